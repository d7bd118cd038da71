# SPDX-License-Identifier: GPL-2.0-or-later
"""The sentences about symbols that out-of-tree modules use, written once for page, API and terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from abidb.packageanswers import Hits, PackageHit
from abidb.packagewords import CODE_SAYS, COMPILE_SAYS, about_sentence, loading_sentence
from abidb.stablelist import Gap, ListCoverage
from abidb.useanswers import InUse, ReleaseUses, StepHits, User, Users
from abidb.verdict import LOADS, REFUSED, UNSAID, Verdict
from abidb.verdictwords import verdict_sentence
from abidb.words import plural

NOTHING = "no package that brings source of modules is in the record"
NAMED = {True: "its own source", False: "a header or the compiler"}
CURVE_MEANS = (
    "The list grows by one package at a time, always the one that needs fewest symbols more. That is a bound from "
    "above: for some numbers of packages a shorter list may do."
)
WEIGHED_MEANS = (
    "The list grows by one package at a time, always the one that brings most installations for each symbol more. A "
    "system with several of the packages counts once for each."
)
WHOLE_MEANS = "A package is whole where every symbol that its modules import from the kernel is on the list."
BROKE_MEANS = (
    "How often a symbol broke is counted in steps of this lane: gone, another CRC, GPL-only or in a namespace since. "
    "Where module_layout broke, no old module loads whatever else it uses."
)
SCANNED = "known from a search of its source alone"
STEP_MEANS = (
    "Packages hit: those whose modules, built on the kernel before, the new one refuses. A package survives a step "
    "that neither refuses its modules nor stops its source from compiling. A number with “+ ?” is the least that it "
    "can be: a part could not be compared. Of each package it is the version that the release had then, or the newest "
    "known one."
)
SHOWN = 8  #: names in one sentence


def release_sentence(uses: ReleaseUses) -> str:
    """What figures of a release are about: `33 of 41 packages of bookworm were built; 2 in part, …: not counted`."""
    if not uses.packages:
        return NOTHING
    said = f"{len(uses.built):,} of {plural(uses.packages, 'package')} of {uses.release} were built whole"
    rest = (
        (len(uses.partly), "built in part"),
        (len(uses.scanned), "known from a search of the source alone"),
        (len(uses.unknown), "not built"),
    )
    others = ", ".join(f"{n:,} {what}" for n, what in rest if n)
    return f"{said}; not counted: {others}" if others else said


def in_use_sentence(found: InUse) -> str:
    """How many symbols there are: `33 packages import 1,537 symbols, 266 of them GPL-only`."""
    said = f"{plural(len(found.uses.built), 'package')} import {plural(found.symbols, 'symbol')}"
    return f"{said}, {found.gpl_only:,} of them GPL-only in {found.newest}" if found.newest else said


def users_sentence(users: Users) -> str:
    """How many use a symbol: `4 of 33 packages that were built use it`."""
    if not users.packages:
        return "no package that brings modules has been built"
    n = len(users.built)
    whole = f"{plural(users.packages, 'package')} that {'was' if users.packages == 1 else 'were'} built"
    return f"{n or 'none'} of {whole} use{'s' if n <= 1 else ''} it"


def users_lines(users: Users) -> list[str]:
    """The same for a terminal, a line for each package."""
    scanned = [f"  {user_line(user)}: not counted" for user in users.scanned]
    return [users_sentence(users), *(f"  {user_line(user)}" for user in users.built), *scanned]


def user_line(user: User) -> str:
    """One package for a terminal: `zfs-dkms 2.1.11-1: zfs, spl; through its own source; CDDL`."""
    parts = [", ".join(user.modules), f"through {NAMED[user.named]}" if user.modules else SCANNED]
    parts += [", ".join(user.licenses), systems_sentence(user.systems)]
    return f"{user.package} {versions_sentence(user.versions)}: {'; '.join(part for part in parts if part)}"


def versions_sentence(versions: Sequence[str]) -> str:
    """One version, or the oldest and the newest of several, oldest first."""
    if len(versions) < 3:
        return ", ".join(versions)
    return f"{versions[0]} … {versions[-1]} ({len(versions):,} versions)"


def systems_sentence(systems: int | None) -> str:
    """What popcon says of a package; "" where nothing is known."""
    return "" if systems is None else f"at least {plural(systems, 'reporting system')}"


def coverage_sentence(found: ListCoverage) -> str:
    """The answer about a list: `this list of 212 symbols keeps 21 of 33 packages whole`."""
    whole = f"{len(found.whole):,} of {plural(found.packages, 'package')} whole"
    return f"this list of {plural(found.symbols, 'symbol')} keeps {whole}"


def idle_sentence(found: ListCoverage) -> str:
    """How much of a list no package needs."""
    if not found.idle:
        return "every symbol on it is used by a package"
    return f"{plural(len(found.idle), 'symbol')} on it {'is' if len(found.idle) == 1 else 'are'} used by none"


def gap_sentence(gap: Gap, shown: int = SHOWN) -> str:
    """What a package lacks: `zfs-dkms lacks 3 of 210: a, b, c`."""
    return f"{gap.package} lacks {len(gap.lacking):,} of {gap.uses:,}: {names(gap.lacking, shown)}"


def names(found: Sequence[str], shown: int = SHOWN) -> str:
    """The first names, and how many more there are."""
    more = len(found) - shown
    return ", ".join(found[:shown]) + (f" and {more:,} more" if more > 0 else "")


def step_hits(hits: StepHits | None) -> str:
    """The packages that a step of a lane hits, for a table."""
    if hits is None or hits.packages is None:
        return "–"
    return f"{hits.packages:,}" if hits.whole else f"{hits.packages:,} + ?"


def same_code_of_step(hits: StepHits) -> str:
    """How many of the rebuilds that a step forced gave the same code; "" where none was compared."""
    return f"{hits.same_code:,} of {plural(hits.compared, 'rebuild')} gave the same code" if hits.compared else ""


def survived_steps(hits: Mapping[int, StepHits], stopped: Mapping[int, int]) -> str:
    """How many steps of a lane every package survived: `every package survives 4 of 17 steps; of 2 it cannot be told`.

    By the id of a step's new build; `stopped` are the packages that it stopped from compiling.
    """
    none = [at for at, step in hits.items() if not step.packages and not stopped.get(at)]
    survived = sum(hits[at].whole and hits[at].names is not None for at in none)
    said = f"every package survives {survived:,} of {plural(len(hits), 'step')}"
    return f"{said}; of {len(none) - survived:,} it cannot be told" if len(none) > survived else said


def loads_sentence(hit: PackageHit) -> str:
    """What the new kernel answers to the modules of the old one, and why; "" where there is no module."""
    if not hit.judged:
        return ""
    said, about = verdict_sentence(Verdict(hit.answer, hit.reasons, hit.untold), shown=1), about_sentence(hit.about)
    return f"{said} ({about})" if about else said


def compiles_sentence(hit: PackageHit) -> str:
    """Whether the source compiles on the new kernel; where it stopped to, that."""
    said = COMPILE_SAYS[hit.compiles]
    if hit.headers:
        return f"{said}: its own headers are not to be had, those of {hit.headers} were taken"
    return f"{said} any more" if hit.stopped else said


def hit_line(hit: PackageHit) -> str:
    """One package for a terminal: `zfs-dkms 2.1.11-1  refused: …; source compiles; the rebuild gives the same code`."""
    parts = [loads_sentence(hit), loading_sentence(hit.loading), f"source {compiles_sentence(hit)}"]
    parts += [CODE_SAYS.get(hit.code, ""), hit.why if hit.stopped else ""]
    return f"{hit.package} {hit.version}  {'; '.join(part for part in parts if part)}"


def survived_sentence(hits: Hits) -> str:
    """That every package came over a step, as far as that is known; "" where one did not, or none is known to have."""
    judged = [hit for hit in hits.packages if hit.judged]
    told = [hit for hit in judged if hit.answer != UNSAID]
    if not hits.update or hits.stopped or hits.partly or not told or any(hit.answer != LOADS for hit in told):
        return ""
    untold = len(judged) - len(told)
    said = "every package survives this step: modules that were built on the old kernel load on the new one"
    return said if not untold else f"{said}; of {plural(untold, 'package')} that cannot be said"


def by_gravity(hits: Hits) -> list[PackageHit]:
    """The packages that stop compiling, those that do in part, those refused, then the rest; by name."""
    return sorted(hits.packages, key=lambda hit: (not hit.stopped, not hit.partly, hit.answer != REFUSED, hit.package))
