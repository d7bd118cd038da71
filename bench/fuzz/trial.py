# SPDX-License-Identifier: GPL-2.0-or-later
"""Mutations of one reader's inputs, tried one after the other, and what came of them."""

from __future__ import annotations

import resource
import signal
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from abidb.errors import BadFormat
from bench.fuzz.mutations import Input, mutate

HANG = 10  # seconds of CPU after which a trial is broken off


@dataclass(frozen=True, slots=True)
class Reader:
    """What is called with each input, the inputs, and how it refuses what lacks the magic."""

    read: Callable[[bytes], object]
    inputs: Callable[[], tuple[Input, ...]]
    refusals: tuple[str, ...] = ()


class Bounds(NamedTuple):
    """What a trial may take; None for no bound."""

    seconds: float | None = None  #: of CPU
    megabytes: int | None = None  #: resident, of the whole process


@dataclass(slots=True)
class Tally:
    """What came of some trials."""

    trials: int = 0
    past_magic: int = 0
    accepted: int = 0
    slowest: float = 0.0  #: seconds of CPU
    megabytes: int = 0
    violations: list[tuple[str, str]] = field(default_factory=list)  #: READER:NUMBER, what is wrong

    def add(self, other: Tally) -> None:
        self.trials += other.trials
        self.past_magic += other.past_magic
        self.accepted += other.accepted
        self.slowest = max(self.slowest, other.slowest)
        self.megabytes = max(self.megabytes, other.megabytes)
        self.violations += other.violations


class Hang(BaseException):
    """A trial that does not end; no `except Exception` stops it."""


def mutation(reader: Reader, name: str, seed: int, number: int) -> bytes:
    """The input of one trial: the same for the same reader, seed and number."""
    inputs = reader.inputs()
    return mutate(inputs[number % len(inputs)], Random(f"{seed}:{name}:{number}"))


def try_all(reader: Reader, name: str, seed: int, numbers: range, bounds: Bounds) -> Tally:
    """Read the mutations of these numbers. Warnings count as errors."""
    inputs = reader.inputs()
    tally = Tally(megabytes=_megabytes())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for number in numbers:
            data = mutate(inputs[number % len(inputs)], Random(f"{seed}:{name}:{number}"))
            _try(reader, data, f"{name}:{number}", bounds, tally)
    return tally


def _try(reader: Reader, data: bytes, trial: str, bounds: Bounds, tally: Tally) -> None:
    start = time.process_time()
    refusal, wrong = outcome(reader, data)
    seconds, megabytes = time.process_time() - start, _megabytes()
    tally.trials += 1
    tally.accepted += not refusal and not wrong
    tally.past_magic += not any(text in refusal for text in reader.refusals)
    tally.slowest = max(tally.slowest, seconds)
    if bounds.seconds is not None and seconds > bounds.seconds:
        wrong = wrong or f"took {seconds:.2f} s of CPU"
    if bounds.megabytes is not None and megabytes > max(bounds.megabytes, tally.megabytes):
        wrong = wrong or f"took the process to {megabytes:,} MB"
    tally.megabytes = max(tally.megabytes, megabytes)
    if wrong:
        tally.violations.append((trial, wrong))


def outcome(reader: Reader, data: bytes) -> tuple[str, str]:
    """How a reader refused an input, and what it did wrong; both empty where it accepted it."""
    signal.signal(signal.SIGPROF, _hang)
    signal.setitimer(signal.ITIMER_PROF, HANG)
    try:
        reader.read(data)
    except BadFormat as error:
        return str(error), ""
    except (Exception, Hang) as error:  # noqa: BLE001 - whatever else comes out is what is looked for
        return "", f"{type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return "", ""


def _hang(*_: object) -> None:
    raise Hang(f"no end after {HANG} s")


def _megabytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
