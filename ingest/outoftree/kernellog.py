# SPDX-License-Identifier: GPL-2.0-or-later
"""What a kernel answered to each insmod, out of what it said on its console. Pure.

Between the marks of a trial stands what the kernel said to that module. Its words, and where they come from (paths of
6.1; until 5.18 all of kernel/module/ was kernel/module.c):

- "X: disagrees about version of symbol S": version.c, check_version(); of module_layout, check_modstruct_version().
- "module X: .gnu.linkonce.this_module section size must match ...": main.c, elf_validity_check(), from 6.4: struct
  module, of which module_layout's CRC is made, has another size. It comes before module_layout.
- "X: version magic 'A' should be 'B'": main.c, check_modinfo().
- "X: no symbol version for S": check_version(), where the module has CRCs, but none of this symbol. Debian's kernels
  refuse it (their patch "module: Disable matching missing version CRC"), the kernel's own say it once and go on.
- "X: Unknown symbol S (err E)": main.c, simplify_symbols(), which goes on with the next symbol. E is -2 (0 before 4.20)
  where find_symbol() has none that this module may use: there is none, or it is GPL-only and the license is not. E is
  -22 where the symbol was refused for its CRC or its namespace, which is said in the line before.
- "X: module uses symbol (S) from namespace N, but does not import it.": main.c, verify_namespace_is_imported().
- "X: module using GPL-only symbols uses symbols S from proprietary module M.": main.c, inherit_taint(); then E is -2.
- "failed to validate module [X] BTF: E": kernel/bpf/btf.c, btf_module_notify(). It is a refusal only where
  CONFIG_MODULE_ALLOW_BTF_MISMATCH is off, and comes after all symbols were found.
- "calling  F+0x0/0x1 [X] @ 1": init/main.c, trace_initcall_start_cb(): all checks are over, the module is let in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from abidb.outoftree import ACCEPTED, REFUSED, UNTRIED
from abidb.verdict import BTF, CRC, LAYOUT, MISSING, NAMESPACE, VERMAGIC

OTHER = "other"  # a refusal for what no verdict knows of: the messages say it
LENGTH = 1024  # of a line, as the kernel itself has it (LOG_LINE_MAX)
SAYINGS = (
    (LAYOUT, re.compile(r"(?:disagrees about version of symbol|no symbol version for) (?P<symbol>module_layout)$")),
    (LAYOUT, re.compile(r"\.gnu\.linkonce\.this_module section size must match")),
    (CRC, re.compile(r"disagrees about version of symbol (?P<symbol>\S+)$")),
    (CRC, re.compile(r"no symbol version for (?P<symbol>\S+)$")),
    (VERMAGIC, re.compile(r"version magic '.*' should be '.*'$")),
    (NAMESPACE, re.compile(r"module uses symbol \((?P<symbol>\S+)\) from namespace \S+, but does not import it\.$")),
    (MISSING, re.compile(r"Unknown symbol (?P<symbol>\S+) \(err (?:-2|0)\)$")),
    (OTHER, re.compile(r"Unknown symbol (?P<symbol>\S+) \(err (?!-2\)|0\)|-22\))-?\d+\)$")),
    (OTHER, re.compile(r"exports duplicate symbol (?P<symbol>\S+) \(owned by \S+\)$")),
    (BTF, re.compile(r"failed to validate module \[\S+\] BTF: -?\d+$")),
)
CALLING = re.compile(r"calling  \S+ \[[\w-]+\](?: @ \d+)?$")
TRACE = re.compile(r"(?:calling|initcall|probe of) ")  # what initcall_debug adds
#: errno(3) of init_module(2) that says nothing of the module: no memory, busy, a module of that name is there.
EEXIST = 17
ELSEWHERE = {12, 16, EEXIST}


@dataclass(frozen=True, slots=True)
class Trial:
    """One insmod, as the console tells it."""

    number: int
    status: int | None  #: errno, 0 for success; None where the kernel ended before it answered
    messages: tuple[str, ...]  #: each once, in order
    begun: bool  #: its initialisation was called


@dataclass(frozen=True, slots=True)
class Report:
    """What one boot brought."""

    started: bool  #: the kernel came as far as init
    trials: tuple[Trial, ...]

    def answered(self) -> Report:
        """Without the trial that the boot ended in."""
        return replace(self, trials=tuple(trial for trial in self.trials if trial.status is not None))


def report(console: str, token: str) -> Report:
    """The trials of a boot, out of what stood on the console; `token` marks init's own lines there."""
    mark = re.compile(rf".*?abidb {re.escape(token)} (\w+)(?: (\d+))?(?: (\d+))?$")
    trials, words, lines = list[Trial](), set[str](), list[str]()
    number: int | None = None
    for line in console.split("\n"):
        found = mark.match(line)
        if not found:
            lines.append(line)
            continue
        word, which, status = found.groups()
        words.add(word)
        if word == "end" and which is not None and number == int(which):
            trials.append(_trial(number, int(status or 0), lines))
            number = None
        elif word == "begin" and which is not None:
            number, lines = int(which), []
    if number is not None:
        trials.append(_trial(number, None, lines))
    return Report("ready" in words, tuple(trials))


def _trial(number: int, status: int | None, lines: list[str]) -> Trial:
    said = [line.strip() for line in lines]
    messages = dict.fromkeys(line[:LENGTH] for line in said if line and not TRACE.match(line))
    return Trial(number, status, tuple(messages), any(CALLING.match(line) for line in said))


def reasons(messages: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Why a kernel refused, as (kind, symbol), in its order, each once; () where it says nothing of the kind."""
    return tuple(dict.fromkeys(found for message in messages for found in _said(message)))


def _said(message: str) -> Iterator[tuple[str, str]]:
    for kind, pattern in SAYINGS:
        if found := pattern.search(message):
            yield kind, found.groupdict().get("symbol") or ""
            return


def answer(trial: Trial, lost: frozenset[str] = frozenset()) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Whether the kernel let the module in, and if not why.

    `lost` are symbols of modules that this one needs and that could not be loaded: that they are missing says nothing.
    """
    if trial.begun or trial.status == 0:
        return ACCEPTED, ()
    said = reasons(trial.messages)
    own = tuple(reason for reason in said if not (reason[0] == MISSING and reason[1] in lost))
    if own:
        return REFUSED, own
    if said or trial.status is None or trial.status in ELSEWHERE:
        return UNTRIED, ()
    return REFUSED, ((OTHER, ""),)
