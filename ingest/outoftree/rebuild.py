# SPDX-License-Identifier: GPL-2.0-or-later
"""Was a forced rebuild needed? The code of one source, compiled against two kernels, compared.

Evidence beside the verdict by CRC, never in its place: equal code says nothing of what the functions it calls do now.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from abidb.outoftree import (
    BUILT,
    DIFFERENT,
    NOT_COMPARED,
    SAME,
    Difference,
    DkmsPackage,
    PackageKey,
    Rebuild,
    Target,
)
from ingest.formats import accesses
from ingest.outoftree.evidence import Evidence, evidence, read_log


def compare(package: DkmsPackage, old: Target, new: Target, root: str) -> Rebuild:
    """Build `package` against both kernels with the tools of the release `root`, and compare.

    Raises Unavailable where an archive cannot be reached or a tool is missing.
    """
    before, now = of_one_compiler(package, (old, new), root)
    return compared(package.key, (old, before), (new, now), dt.datetime.now(dt.UTC))


def of_one_compiler(package: DkmsPackage, targets: Sequence[Target], root: str) -> list[Evidence]:
    """Evidence of builds with one compiler: what an earlier one left is made anew where they differ.

    The release's compiler is the one that the first of those that are made anew has.
    """
    found = [evidence(package, target, root) for target in targets]
    if len({one.tools for one in found}) < 2 or any(one.outcome != BUILT for one in found):
        return found
    anew = [evidence(package, targets[0], root, anew=True)]
    for target, one in zip(targets[1:], found[1:], strict=True):
        anew.append(one if one.tools == anew[0].tools else evidence(package, target, root, anew=True))
    return anew


def compared(
    package: PackageKey, before: tuple[Target, Evidence], now: tuple[Target, Evidence], at: dt.datetime
) -> Rebuild:
    """What two builds say."""
    (old, one), (new, other) = before, now
    obstacles = (_obstacle(*before), _obstacle(*now), _tools(one, other), _lacking(*before, other), _lacking(*now, one))
    reason = next(filter(None, obstacles), "")
    if reason:
        return Rebuild(package, old, new, NOT_COMPARED, reason, 0, 0, (), False, at)
    logs = read_log(one), read_log(other)
    differing = tuple(_differing(one, other, logs))
    return Rebuild(
        package,
        old,
        new,
        DIFFERENT if differing else SAME,
        "",
        len(one.modules),
        sum(len(functions) for functions in one.modules.values()),
        differing,
        None not in logs,
        at,
    )


def _obstacle(target: Target, found: Evidence) -> str:
    """Why a build cannot be compared with any other."""
    release = target.kernel_release
    if found.headers not in ("", release):
        return f"the headers of {release} are not to be had"
    if found.outcome != BUILT:
        return f"{found.outcome} on {release}{f': {found.reason}' if found.reason else ''}"
    return "" if found.modules else f"nothing came out on {release}"


def _tools(one: Evidence, other: Evidence) -> str:
    """Another compiler makes other code."""
    return "" if one.tools == other.tools else f"compiled with {one.tools} and with {other.tools}"


def _lacking(target: Target, found: Evidence, other: Evidence) -> str:
    """Modules that only the other build has."""
    lacking = sorted(other.modules.keys() - found.modules.keys())
    return f"{', '.join(lacking)} did not come out on {target.kernel_release}" if lacking else ""


def _differing(
    one: Evidence, other: Evidence, logs: tuple[accesses.Log | None, accesses.Log | None]
) -> Iterator[Difference]:
    old, new = logs
    for module, before in sorted(one.modules.items()):
        now = other.modules[module]
        standing = {name for _, name in before.keys() & now.keys()}
        for key in sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key)):
            members = accesses.explain(old, new, key, standing) if old and new else ()
            yield Difference(module, key[1], key[0], members)
