# SPDX-License-Identifier: GPL-2.0-or-later
"""What the newest upload of a lane means for modules, in one sentence, written once for page, API and terminal."""

from __future__ import annotations

from abidb.answers import Step
from abidb.compat import Counts, Outcome, magic_flags, outcome
from abidb.overviewanswers import LaneNews
from abidb.records import VMLINUX
from abidb.words import NOT_MEASURABLE, plural, share

STILL_LOAD = "modules of the previous build still load"
NONE_LOADS = "no module of the previous build loads"
#: One word for each outcome, and what it says.
VERDICTS = {
    Outcome.SAME: ("identical", f"nothing that a module could notice changed: {STILL_LOAD}"),
    Outcome.COMPATIBLE: ("compatible", f"exports were only added or opened to more modules: {STILL_LOAD}"),
    Outcome.BREAKS: ("rebuild", "the kernel refuses modules that use a changed export: they must be rebuilt"),
    Outcome.UNKNOWN: (
        "not measurable",
        "a kernel is built without CRCs, or the archive has lost a part of it: a change of types would not show. "
        "Without CRCs a kernel takes no module of another release",
    ),
}


def news_outcome(news: LaneNews) -> Outcome:
    """What the newest upload means for a module of the one before; UNKNOWN where nothing was compared."""
    step = news.step
    if step.counts is None:
        return Outcome.UNKNOWN
    return outcome(step.counts, scope=step.scope or VMLINUX, flags_differ=flags_differ(news))


def verdict_word(news: LaneNews) -> str:
    """The verdict in a word; "" for the first upload of a lane."""
    return VERDICTS[news_outcome(news)][0] if news.step.old else ""


def verdict_sentence(news: LaneNews) -> str:
    """The verdict in one sentence without a full stop."""
    step = news.step
    if step.old is None:
        return "the first upload here: nothing to compare with"
    if step.counts is None:
        return "not compared yet"
    said = "; ".join(part for part in (_changes(step, step.counts), _uncounted(news, step.counts)) if part)
    if news_outcome(news) in (Outcome.SAME, Outcome.COMPATIBLE):
        return f"{said}: {STILL_LOAD}"
    if flags_differ(news):
        return f"{said}; vermagic flags changed: {NONE_LOADS}"
    return "; ".join(part for part in (said, packages_sentence(news)) if part)


def flags_differ(news: LaneNews) -> bool:
    """Whether kernels with CRCs want other words of a module's vermagic than before."""
    if news.step.counts is None or news.step.counts.crc_changed is None:
        return False
    old, new = magic_flags(news.old_vermagic), magic_flags(news.new_vermagic)
    return bool(old and new) and old != new


def _changes(step: Step, counts: Counts) -> str:
    """The exports, with the name where that is what one wonders about."""
    name = "new name" if step.renamed else "same name"
    parts = _parts(counts)
    if not parts:
        all_compared = outcome(counts, scope=step.scope or VMLINUX) is Outcome.SAME
        said = f"{name}, {'exports identical' if all_compared else 'no export added, removed or restricted'}"
    elif counts.breaking and step.renamed:
        said = ", ".join(parts)
    else:
        said = f"{name}, {', '.join(parts)}"
    return f"in vmlinux: {said}" if step.scope == VMLINUX else said


def _parts(counts: Counts) -> list[str]:
    """The kinds of change that count most; the noun stands once."""
    found = [
        (counts.removed - counts.untold, "removed"),
        (counts.gpl_tightened, "made GPL-only"),
        (counts.namespace_changed, "put into a namespace"),
        (counts.added, "added"),
    ]
    if not counts.breaking and not counts.added:
        found.append((counts.compatible, "moved or relaxed"))
    said = [(n, what) for n, what in found if n]
    if counts.crc_changed:
        of = share(counts.crc_changed, counts.common)
        changed = f"{counts.crc_changed:,} of {plural(counts.common, 'export')} changed ({of})"
        return [changed, *(f"{n:,} {what}" for n, what in said)]
    return [f"{f'{n:,}' if place else plural(n, 'export')} {what}" for place, (n, what) in enumerate(said)]


def _uncounted(news: LaneNews, counts: Counts) -> str:
    """What the comparison could not see."""
    parts = []
    if counts.crc_changed is None:
        parts.append(f"{_without(news)}, so changes of type are not measured")
    if news.step.scope == VMLINUX:
        parts.append("the archive has lost modules of one build, so the rest is not measured")
    elif counts.crc_unknown:
        parts.append(f"{plural(counts.crc_unknown, 'export')} {NOT_MEASURABLE}")
    return "; ".join(parts)


def _without(news: LaneNews) -> str:
    with_crcs = any("modversions" in magic_flags(magic) for magic in (news.old_vermagic, news.new_vermagic))
    return "one of both built without CRCs" if with_crcs else "built without CRCs"


def packages_sentence(news: LaneNews) -> str:
    """How many packages must be rebuilt, and whether they can be; "" where none is known."""
    hits = news.hits
    if hits is None or not hits.among or hits.packages is None or not (hits.packages or hits.whole):
        return ""
    said = f"{_of(hits.packages, hits.among, hits.whole)} package{'s' if hits.among > 1 else ''} must be rebuilt"
    worse = news.tried.worse if news.tried else 0
    return f"{said}, {worse:,} no longer compile{'s' if worse == 1 else ''}" if worse else said


def _of(part: int, among: int, whole: bool) -> str:
    if 1 < part == among:
        return f"all {among:,}"
    return f"{'' if whole else 'at least '}{part or 'none'} of {among:,}"
