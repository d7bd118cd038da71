# SPDX-License-Identifier: GPL-2.0-or-later
"""The sentences about new ABI names, written once for page, API and terminal."""

from __future__ import annotations

from collections import Counter

from abidb.nameanswers import (
    APART,
    CHANGED,
    NO_CRC_OF_SOME,
    NO_CRCS,
    NO_NEW,
    NO_OLD,
    NOT_YET,
    PARTIAL,
    REASONS,
    SAME,
    UNKNOWN,
    FlavourStep,
    NameCounts,
    NewName,
)
from abidb.words import brief_sentence, plural

WITHOUT = "without an export change"
MEANS = (
    "A new name counts as without an export change only where every flavour of every architecture that could be "
    "measured is unchanged. What could not be measured is counted apart, never as unchanged."
)
VERDICT_WORDS = {SAME: WITHOUT, CHANGED: "exports changed", UNKNOWN: "cannot be told"}
REASON_WORDS = {
    NO_CRCS: "built without CRCs: nothing else changed, and changes of type cannot be seen",
    NO_CRC_OF_SOME: "some exports without a CRC to compare, and nothing else changed",
    PARTIAL: "partial: of one side only the exports of vmlinux are known, and those are unchanged",
    APART: "set apart: one of the two failed a check",
    NO_OLD: "no build of the upload before is on record",
    NO_NEW: "no build of this upload is on record",
    NOT_YET: "not compared yet",
}


def names_sentence(counts: NameCounts) -> str:
    """How many new names came while nothing changed, and of how many that cannot be told."""
    if not counts.names:
        return "no upload on record brought a new ABI name"
    without = f"{counts.unchanged:,}" if counts.unchanged else "none"
    said = f"of {plural(counts.names, 'new ABI name')} {without} came {WITHOUT}"
    return f"{said}; of {counts.unknown:,} it cannot be told" if counts.unknown else said


def measured_sentence(name: NewName) -> str:
    """In how many flavours the exports are unchanged: `unchanged in 31 of 31`, `unchanged in 12 of 31 measured; …`."""
    if not name.measured:
        return f"measurable in none of {plural(name.unmeasured, 'flavour')}"
    of = f"{name.measured:,}" + (" measured" if name.unmeasured else "")
    said = f"changed in {name.changed:,} of {of}" if not name.unchanged else f"unchanged in {name.unchanged:,} of {of}"
    if name.unchanged and name.changed:
        said += f", changed in {name.changed:,}"
    return f"{said}; {name.unmeasured:,} not measurable" if name.unmeasured else said


def between_sentence(name: NewName) -> str:
    """That the two are not next to each other; "" where none is known between them."""
    if not name.between:
        return ""
    return f"{plural(name.between, 'upload')} between the two {'is' if name.between == 1 else 'are'} not on record"


def renamed_sentence(name: NewName) -> str:
    """`6.1.0-55 → 6.1.0-56`."""
    return f"{', '.join(name.old.abi_names)} → {', '.join(name.new.abi_names)}"


def flavour_title(step: FlavourStep) -> str:
    """`cloud-amd64`, with the architecture where the flavour does not show it."""
    return step.flavour if step.arch in step.flavour else f"{step.flavour} ({step.arch})"


def flavour_sentence(step: FlavourStep) -> str:
    """What is known of one flavour."""
    if step.state == SAME:
        return "no export changed"
    if step.state == CHANGED and step.counts:
        return brief_sentence(step.counts, scope=step.scope)
    return REASON_WORDS[step.state]


def reasons(name: NewName) -> tuple[tuple[str, tuple[FlavourStep, ...]], ...]:
    """The flavours that are not measurable by the reason, in words."""
    met = Counter(step.state for step in name.flavours)
    return tuple(
        (REASON_WORDS[reason], tuple(step for step in name.flavours if step.state == reason))
        for reason in REASONS
        if met[reason]
    )
