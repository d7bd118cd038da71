# SPDX-License-Identifier: GPL-2.0-or-later
"""The sentences about a lane's churn, and about one upload's flavours beside each other."""

from __future__ import annotations

from collections.abc import Sequence

from abidb import words
from abidb.answers import Step
from abidb.channels import Channel
from abidb.churnanswers import ArchOnly, Arrival, FlavourStep, Lasting, Spread
from abidb.compat import Outcome, outcome
from abidb.records import VMLINUX

CHANNEL_WORDS = {
    Channel.SECURITY: "security update",
    Channel.BACKPORTS: "backport",
    Channel.POINT: "point release",
    Channel.RELEASE: "with the release itself",
    Channel.IN_RELEASE: "in the release",
    Channel.UPDATES: "stable update",
    Channel.PROPOSED: "proposed update",
    Channel.ROLLING: "unstable or testing",
}
CHANNEL_MEANS = (
    "How an upload came: by where its changelog aims it and the suites that were seen to hold it. Without a mark, "
    "neither is known."
)
LOGARITHMIC = (
    "Each kind of change has a row of its own with a logarithmic axis, the same for all, so that a handful stays "
    "visible beside thousands: a bar twice as high stands for many times as many. No bar: none."
)
LINEAR = "One stacked bar for each upload on a linear axis: heights compare; a handful beside thousands is not seen."
TOTALS = "An export that changed in several ways counts in each."
SPREAD_MEANS = (
    "Symbols that were removed, changed their CRC, became GPL-only or went into a namespace, each flavour against the "
    "build before it in its own lane."
)


def arrival_sentence(arrival: Arrival | None) -> str:
    """How an upload came: `security update, point release`; "" where that is not known."""
    return ", ".join(CHANNEL_WORDS[channel] for channel in arrival.channels) if arrival else ""


def churn_sentence(step: Step) -> str:
    """What a step changed, as a list says it."""
    if step.old is None:
        return "the first upload here"
    if step.counts is None:
        return "not compared yet"
    return words.brief_sentence(step.counts, scope=step.scope or VMLINUX)


def unchanged(step: Step) -> bool:
    """Whether all was compared and all is the same."""
    return step.counts is not None and outcome(step.counts, scope=step.scope or VMLINUX) is Outcome.SAME


def still_sentence(steps: Sequence[Step]) -> str:
    """How many uploads changed nothing: `8 of 28 uploads changed no export; of 9 a part could not be compared`."""
    told = [step for step in steps if step.counts is not None]
    outcomes = [outcome(step.counts, scope=step.scope or VMLINUX) for step in told if step.counts]
    same, unclear = outcomes.count(Outcome.SAME), outcomes.count(Outcome.UNKNOWN)
    if not told:
        return "no upload could be compared with the one before it"
    said = f"{same:,} of {words.plural(len(told), 'upload')} changed no export"
    return f"{said}; of {unclear:,} it cannot be told" if unclear else said


def lasting_sentence(found: Lasting) -> str:
    """How many exports never changed, and in how many steps that was looked at."""
    if not found.measured:
        return "whether exports kept their CRC cannot be told: no two uploads in a row have CRCs"
    exports = words.plural(len(found.symbols), "export") + (" of vmlinux" if found.partial else "")
    verb, whose = ("is", "its") if len(found.symbols) == 1 else ("are", "their")
    said = f"{exports} {verb} in all {words.plural(found.builds, 'upload')} and never changed {whose} CRC"
    steps = words.plural(found.builds - 1, "step")
    if found.measured == found.builds - 1:
        return f"{said} in {steps}"
    return f"{said} in the {found.measured:,} of {steps} in which all CRCs could be compared"


def spread_sentence(found: Spread) -> str:
    """How the changes of an upload spread over its flavours."""
    if not found.measured:
        return "in no flavour could all changes be measured, so nothing can be said of what they have in common"
    if not found.broken:
        return f"nothing that modules use broke in {_flavours(found)}"
    if found.measured == 1:
        return f"{words.plural(found.broken, 'symbol')} broke in {_flavours(found)}"
    said = f"of {words.plural(found.broken, 'symbol')} that broke, {found.everywhere:,} did so in {_flavours(found)}"
    return f"{said} and {found.single:,} in one only"


def arch_only_sentence(own: ArchOnly) -> str:
    """What one architecture has to itself: `In all measured flavours of amd64, and on no other architecture`."""
    return f"In all measured flavours of {own.arch}, and on no other architecture"


def flavour_only_sentence(row: FlavourStep) -> str:
    """What one flavour has to itself."""
    name = row.lane.flavour if row.lane.arch in row.lane.flavour else f"{row.lane.flavour} ({row.lane.arch})"
    return f"In {name} alone"


def _flavours(found: Spread) -> str:
    of = words.plural(found.measured, "flavour")
    if found.measured == len(found.rows):
        return "the only flavour" if found.measured == 1 else f"all {of}"
    return f"the {of} of {len(found.rows):,} that could be measured"
