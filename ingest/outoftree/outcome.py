# SPDX-License-Identifier: GPL-2.0-or-later
"""What became of a build, told from what dkms and make left: never guessed, what is not understood is ours."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from abidb.outoftree import BUILT, HARNESS, NO_COMPILE, NO_DEPENDENCY, NOT_APPLICABLE, PARTLY

EXCLUSIVE = 77  #: exit status of dkms since 2.8.2 where a BUILD_EXCLUSIVE rule is not met (dkms.in, prepare_build)
BAD_BUILD = (6, 7, 10, 11)  #: a patch does not apply; a module did not come out; make failed (dkms.in)
LONGEST = 400  #: characters of a reason
# What stands before a file's name within a build: dkms' copy of the source, or the source itself.
PLACES = re.compile(r"/var/lib/dkms/[^/\s:]+/[^/\s:]+/(?:build|source)/|/usr/src/(?!linux-)[^/\s:]+/")
ERRORS = (
    re.compile(r"^\S+:\d+(?::\d+)?: (?:fatal )?error: .*$", re.MULTILINE),  # gcc and clang
    re.compile(r"^\S+:\d+:(?:\d+:)? (?:fatal )?[eE]rror: .*$|^.*: error: .*$", re.MULTILINE),
    re.compile(r"^(?:ERROR: modpost|FATAL: modpost|ERROR): .*$", re.MULTILINE),  # scripts/mod/modpost.c
    re.compile(r"^\S*ld: .*(?:undefined reference|error).*$|^.*undefined reference to .*$", re.MULTILINE),
    re.compile(r"^configure: error: .*$|^\s*\*\*\* .*$", re.MULTILINE),
    re.compile(r"^.*\.\s?\(?No rule to make target .*$|^make\S*: \*\*\* No rule to make target .*$", re.MULTILINE),
    re.compile(r"^\d+ out of \d+ hunks? FAILED.*$", re.MULTILINE),  # patch(1)
)
# Signs that our root or our limits stood in the way; what make says after one of the first kind means nothing. Only
# what a tool says itself counts: a compiler quotes the source, which may have the same words.
TOOLS = (
    r"(?:[\w+-]+-)?(?:gcc|g\+\+|cc|c\+\+|clang|cpp|as|ld|ar|nm|objcopy|objdump|strip|readelf)(?:[.-]\w+)?|cc1|cc1plus"
    r"|collect2|cp|mv|ln|rm|mkdir|mktemp|touch|install|cat|tee|echo|printf|head|tail|sed|awk|gawk|mawk|grep|sort|find"
    r"|xargs|patch|tar|xz|zstd|gzip|sh|bash|dash|env|perl|python[\d.]*|g?make(?:\[\d+\])?|fixdep|modpost|objtool|pahole"
    r"|resolve_btfids|genksyms|openssl|sign-file|depmod|dkms|\{standard input\}"
)
LIMIT_WORDS = (
    r"(?:Read-only file system|No space left on device|Cannot allocate memory|virtual memory exhausted|Cannot fork"
    r"|out of memory allocating|Resource temporarily unavailable|File too large|Killed signal terminated program)"
)
LIMITS = re.compile(
    rf"^(?:\S*/)?(?:{TOOLS}): .*{LIMIT_WORDS}.*$"
    rf"|^\S+: (?:line )?\d+: .*{LIMIT_WORDS}$"  # a shell, of a script
    r"|^(?:\S+: )?(?:virtual memory exhausted|fatal error: error writing|error while loading shared libraries).*$",
    re.MULTILINE,
)
LACKS = re.compile(
    r"^.*(?:command not found|: not found$|Operation not permitted|Please install the package).*$", re.MULTILINE
)
MAKE_LOG = "--- make.log\n"  #: what dkms says before it, of keys to sign with, is no matter


@dataclass(frozen=True, slots=True)
class Left:
    """What one dkms.conf left behind."""

    status: int  #: exit status of dkms
    rules: tuple[str, ...]  #: BUILD_EXCLUSIVE_* of the dkms.conf
    promised: tuple[str, ...]
    came: Collection[str]  #: modules that are there


@dataclass(frozen=True, slots=True)
class Needed:
    """What another package brings and was built before."""

    name: str  #: PACKAGE_NAME of its dkms.conf
    left: Left
    log: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One of abidb.outoftree.OUTCOMES, why, and which modules did not come out."""

    outcome: str
    reason: str = ""
    missing: tuple[str, ...] = ()


def outcome(
    left: Collection[Left], log: str, needed: Collection[Needed] = (), lacking: Collection[str] = ()
) -> Outcome:
    """What became of a build of one or more dkms.conf, which all wrote to `log`.

    What is `needed` was built before, what is `lacking` nothing brings: where the build fails, that comes first.
    """
    asked = [one for one in left if one.status != EXCLUSIVE]
    if not asked:
        rules = " ".join(rule for one in left for rule in one.rules)[:LONGEST]
        return Outcome(NOT_APPLICABLE, rules) if left else Outcome(HARNESS, "no dkms.conf was built")
    missing = tuple(sorted({name for one in asked for name in one.promised if name not in one.came}))
    came = any(one.came for one in asked)
    if came and not missing and not any(one.status for one in asked):
        return Outcome(BUILT)
    found = (None if came else _cause(needed)) or _failure(asked, log, lacking, partly=came and bool(missing))
    return Outcome(*found, missing)


def _failure(asked: Collection[Left], log: str, lacking: Collection[str], *, partly: bool) -> tuple[str, str]:
    """Outcome and reason of what did not come out whole."""
    status = next((one.status for one in asked if one.status), 0)
    error = first_error(log)
    if ours := _ours(log, error):
        return HARNESS, ours
    if partly and status in (0, *BAD_BUILD):
        return PARTLY, error or f"dkms ended with status {status}"
    if error and status in BAD_BUILD:
        return NO_COMPILE, error
    if lacking:
        return NO_DEPENDENCY, plain(f"no package that it depends on brings {', '.join(lacking)} of BUILD_DEPENDS")
    return HARNESS, error or _complaint(log) or f"dkms ended with status {status}"


def _cause(needed: Collection[Needed]) -> tuple[str, str] | None:
    """Outcome and reason where something that had to be built before was not."""
    for one in needed:
        if one.left.status:
            found = outcome([one.left], one.log)
            ours = found.outcome == HARNESS
            word = "" if ours else f"{'' if found.outcome == NO_COMPILE else 'is '}{found.outcome}: "
            kind = HARNESS if ours else NO_DEPENDENCY
            return kind, f"{one.name}, which has to be built before, {word}{found.reason}"[:LONGEST]
    return None


def _ours(log: str, error: str) -> str:
    """What of our doing stood in the way; "" where nothing did."""
    made = log.partition(MAKE_LOG)[2] or log
    found = LIMITS.search(made) or (None if error else LACKS.search(made))
    return plain(found[0]) if found else ""


def first_error(log: str) -> str:
    """The first line that says why source does not compile, without the places of the build; "" where none does."""
    first = [(found.start(), found[0]) for pattern in ERRORS if (found := pattern.search(log))]
    return plain(min(first)[1]) if first else ""


def plain(line: str) -> str:
    """A line of a log as it may be shown: on any machine the same."""
    return PLACES.sub("", " ".join(line.split()))[:LONGEST]


def _complaint(log: str) -> str:
    """What stands before make gave up, else the last thing that dkms complained of."""
    if found := re.search(r"^(.*)\nmake\S*: \*\*\* \[", log, re.MULTILINE):
        return plain(found[1])
    complaints = re.findall(r"^(?:Error!|dkms: |E: ).*$", log, re.MULTILINE)
    return plain(complaints[-1]) if complaints else ""
