# SPDX-License-Identifier: GPL-2.0-or-later
"""The sentences about two builds beside each other, written once for page, preview and terminal."""

from __future__ import annotations

from abidb.answers import BuildRef, Diff
from abidb.changelog import Between, Way
from abidb.changes import Group
from abidb.compat import BREAKS, GPL_TIGHTENED, KINDS, Counts, magic_flags
from abidb.packageanswers import Hits
from abidb.words import (
    CRC_OVERSTATES,
    FLAGS_NOT_COMPARED,
    KIND_WORDS,
    NOT_MEASURABLE,
    OUTCOME_WORDS,
    changes_sentence,
    flags_sentence,
    name_sentence,
    no_modversions_sentence,
    number,
    plural,
)

OVERSTATES_BRIEFLY = "CRCs overstate"
NEVER_MEANT = (
    "builds of different architectures or flavours: their kernels were never meant to share modules, and their CRCs "
    "differ for reasons that are no change of any source"
)
GROUPED = "An export that moved counts where it was. One that changed in several ways counts in each of them."
WAY_WORDS = {
    Way.SAME: "both builds are of one upload",
    Way.SOURCES: "the builds are of different source packages: no one changelog leads from one to the other",
    Way.BRANCHES: "no release line has both builds: no one changelog leads from one to the other",
}


def sides_words(old: BuildRef, new: BuildRef) -> tuple[str, str]:
    """What tells two builds apart, as shortly as it can be said: ABI names, else releases, else versions."""
    if (old.arch, old.flavour) == (new.arch, new.flavour) and new.abi_name not in ("", old.abi_name):
        return old.abi_name, new.abi_name
    if old.kernel_release != new.kernel_release:
        return old.kernel_release, new.kernel_release
    if old.version != new.version:
        return f"{old.kernel_release} {old.version}", f"{new.kernel_release} {new.version}"
    return f"{old.kernel_release} {old.arch}", f"{new.kernel_release} {new.arch}"


def verdict(found: Diff, hits: Hits | None = None) -> str:
    """What matters most, in one line: `6.1.0-55 → 6.1.0-56: 12 of 24,683 exports changed their CRC, …`."""
    old, new = sides_words(found.old, found.new)
    said = [*_changed(found.counts), *(_packages(hits) if hits else ())]
    line = f"{old} → {new}: {', '.join(said)}"
    if found.counts.crc_changed is None:
        return f"{line}; changes of type are {NOT_MEASURABLE}"
    return f"{line}. {OVERSTATES_BRIEFLY}" if found.counts.crc_changed else line


def _changed(counts: Counts) -> list[str]:
    tightened = counts.gpl_tightened + counts.namespace_changed
    parts = (
        (counts.removed - counts.untold, "removed"),
        (tightened, "restricted"),
        (counts.added, "added"),
    )
    said = [f"{number(n)} {what}" for n, what in parts if n]
    if counts.crc_changed:
        of = plural(counts.common, "export")
        return [f"{number(counts.crc_changed)} of {of} changed {'its' if counts.common == 1 else 'their'} CRC", *said]
    if said:
        n, _, rest = said[0].partition(" ")
        return [f"{n} export{'' if n == '1' else 's'} {rest}", *said[1:]]
    return ["no export added, removed or restricted" if counts.crc_changed is None else "no export changed"]


def _packages(hits: Hits) -> list[str]:
    judged = sum(hit.judged for hit in hits.packages)
    if not judged or not hits.update:
        return []
    return [f"{number(hits.refused) if hits.refused else 'none'} of {plural(judged, 'package')} must be rebuilt"]


def summary(found: Diff) -> str:
    """Whether the ABI name is new, and what changed."""
    said = changes_sentence(found.counts, scope=found.scope)
    return f"{name_sentence(found.old.abi_name, found.new.abi_name)}, {said}" if found.new.abi_name else said


def notes(found: Diff) -> list[str]:
    """What a reader must know to judge the counts, a sentence each."""
    flags = [magic_flags(magic) for magic in (found.old_vermagic, found.new_vermagic)]
    said = [flags_sentence(*flags) if found.flags_differ else OUTCOME_WORDS[found.outcome]]
    if not all(flags):
        said.append(FLAGS_NOT_COMPARED)
    if found.counts.crc_changed is None:
        said.append(no_modversions_sentence(found.old.kernel_release == found.new.kernel_release))
    if (found.old.arch, found.old.flavour) != (found.new.arch, found.new.flavour):
        said.append(NEVER_MEANT)
    if found.counts.crc_changed:
        said.append(CRC_OVERSTATES.rstrip("."))
    return said


def use_words(kind: str) -> str:
    """What a kind of change does to a module that uses the export."""
    if kind == GPL_TIGHTENED:
        return "is refused unless it is GPL-compatible"
    return "is refused" if kind in BREAKS else "is not affected"


def group_sentence(group: Group) -> str:
    """What changed in a module: `2 removed, 18 CRC changed`."""
    return ", ".join(f"{number(n)} {KIND_WORDS[kind]}" for kind, n in zip(KINDS, group.counts, strict=True) if n)


def fixes_sentence(cves: int, bugs: int) -> str:
    """`12 CVEs, 1 bug`."""
    said = [plural(n, noun) for n, noun in ((cves, "CVE"), (bugs, "bug")) if n]
    return ", ".join(said) or "no CVE or bug named"


def changelog_sentence(between: Between) -> str:
    """How many uploads there are between two builds and what they fix, or why that cannot be told."""
    if between.way in WAY_WORDS:
        return WAY_WORDS[between.way]
    said = f"{plural(between.uploads, 'upload')}: {fixes_sentence(between.cves, between.bugs)}"
    return f"going back undoes {said}" if between.way is Way.BACK else said
