# SPDX-License-Identifier: GPL-2.0-or-later
"""How far a sync is: a bar and what is being read on a terminal, a plain line a build elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn


class Lines:
    """A line when something is done."""

    def __init__(self) -> None:
        self._total = self._done = 0
        self._paused = False

    def begin(self, total: int) -> None:
        self._total = total
        print(f"{total} builds to ingest", flush=True)

    def working(self, names: Collection[str], paused: bool) -> None:
        if paused and not self._paused:
            print("work is paused; `manage.py resume` lets it go on", flush=True)
        self._paused = paused

    def finished(self, name: str, outcome: str) -> None:
        self._done += 1
        print(f"[{self._done}/{self._total}] {name}  {outcome}", flush=True)


class Bars:
    """A bar for the builds, below it what is worked on; above them a line for each build that is done."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._all = bars.add_task("reading the archive's indexes", total=None, amount="")
        self._now = bars.add_task("", total=None, amount="", visible=False)
        self._total = self._done = 0

    def begin(self, total: int) -> None:
        self._total = total
        self._bars.update(self._all, description="builds", total=total, amount=f"0 of {total}")

    def working(self, names: Collection[str], paused: bool) -> None:
        said = "paused; `manage.py resume` lets it go on" if paused else ", ".join(names)
        self._bars.update(self._now, description=said, visible=bool(said))

    def finished(self, name: str, outcome: str) -> None:
        self._done += 1
        self._bars.console.print(f"{name}  {outcome}", highlight=False, markup=False)
        self._bars.update(self._all, completed=self._done, amount=f"{self._done} of {self._total}")


@contextmanager
def display() -> Iterator[Lines | Bars]:
    """Bars where standard output is a terminal, else lines."""
    if not sys.stdout.isatty():
        yield Lines()
        return
    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[amount]}"), TimeRemainingColumn()
    with Progress(*columns, console=Console()) as bars:
        yield Bars(bars)
