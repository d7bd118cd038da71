# SPDX-License-Identifier: GPL-2.0-or-later
"""The sentences of summaries and verdicts, written once for page, API and terminal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from abidb.answers import QueueState
from abidb.compat import Counts, Outcome
from abidb.records import VMLINUX

NOT_MEASURABLE = "not measurable by CRC"
CRC_OVERSTATES = (
    "A changed CRC overstates: reusing the padding of a structure changes it and breaks nobody. "
    "The kernel refuses the module all the same."
)
PARTIAL = "only the exports of vmlinux are compared: the archive no longer has the modules of one of the builds"
PROVENANCE_WORDS = {
    "signed index": "an index of a signed Release lists every package of it",
    "snapshot hash": "by snapshot hash only: of a package at least no verified index is known, only the hash under "
    "which the snapshot service keeps it",
    "local": "no verified index lists all of these packages, so nothing vouches for the build",
}
CONFIG_UNKNOWN = "not compared: the configuration of one of the builds is in none of its packages"
POLICY_UNKNOWN = "not known: its source package has not been read"
HEADERS_SINCE = 2  #: first version of the extractor that read headers
FLAGS_NOT_COMPARED = "the vermagic flags of one side are not known and were not compared"
KIND_WORDS = {
    "removed": "removed",
    "crc_changed": "CRC changed",
    "gpl_tightened": "became GPL-only",
    "namespace_changed": "namespace added or changed",
    "namespace_dropped": "namespace dropped",
    "gpl_relaxed": "no longer GPL-only",
    "type_changed": "export type changed",
    "moved": "moved to another module",
    "added": "added",
}
OUTCOME_WORDS = {
    Outcome.SAME: "nothing that a module could notice changed",
    Outcome.COMPATIBLE: "only compatible changes: modules of the old build still find all they use",
    Outcome.BREAKS: "modules that use a changed export must be rebuilt",
    Outcome.UNKNOWN: "cannot be told",
}


def number(n: int) -> str:
    """A count with separators of thousands."""
    return f"{n:,}"


def plural(n: int, noun: str) -> str:
    """`1 export`, `2 exports`."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def share(part: int, whole: int) -> str:
    """A share of a whole in percent, never rounded to a false 0 or 100."""
    if not whole:
        return "0 %"
    percent = 100 * part / whole
    if 0 < percent < 1:
        return "under 1 %"
    return "over 99 %" if 99 < percent < 100 else f"{percent:.0f} %"


def changes_sentence(counts: Counts, *, scope: str) -> str:
    """What changed, in one line without a full stop: `18,272 of 24,664 CRCs changed (74 %), 19 exports added`."""
    said = brief_sentence(counts, scope=scope)
    return f"{said} ({PARTIAL})" if scope == VMLINUX else said


def brief_sentence(counts: Counts, *, scope: str) -> str:
    """The same for a list, which says elsewhere what a comparison of vmlinux alone means."""
    parts = [*_crc_part(counts), *_other_parts(counts)]
    clauses = [", ".join(parts)] if parts else []
    if counts.untold:
        gone = plural(counts.untold, "export")
        clauses.append(f"{gone} gone from vmlinux, perhaps only moved into a module that the archive has lost")
    clauses = clauses or [_nothing(counts)]
    if counts.crc_changed is None:
        clauses.append(f"changes of type are {NOT_MEASURABLE}")
    if counts.crc_unknown:
        clauses.append(f"{plural(counts.crc_unknown, 'export')} without a CRC to compare")
    said = "; ".join(clauses)
    return f"in vmlinux: {said}" if scope == VMLINUX else said


def _nothing(counts: Counts) -> str:
    if counts.crc_changed is None:
        return "no export added, removed or restricted"
    return "no export changed"


def _crc_part(counts: Counts) -> list[str]:
    if not counts.crc_changed:
        return []
    of = share(counts.crc_changed, counts.common)
    return [f"{counts.crc_changed:,} of {counts.common:,} CRCs changed ({of})"]


def _other_parts(counts: Counts) -> list[str]:
    said = (
        (counts.removed - counts.untold, "export", "removed"),
        (counts.gpl_tightened, "export", "became GPL-only"),
        (counts.namespace_changed, "namespace", "added or changed"),
        (counts.namespace_dropped, "namespace", "dropped"),
        (counts.gpl_relaxed, "export", "no longer GPL-only"),
        (counts.type_changed, "export type", "changed"),
        (counts.moved, "export", "moved to another module"),
        (counts.added, "export", "added"),
    )
    return [f"{plural(n, noun)} {what}" for n, noun, what in said if n]


def name_sentence(old_abi: str, new_abi: str) -> str:
    """Whether the ABI name is new."""
    return "same ABI name" if old_abi == new_abi else "new ABI name"


def flags_sentence(old_flags: str, new_flags: str) -> str:
    """The change of vermagic flags that makes every module refuse."""
    return f"vermagic flags changed from {old_flags!r} to {new_flags!r}: no module of the old build loads"


def no_modversions_sentence(same_release: bool) -> str:
    """What a kernel without MODVERSIONS does with modules of another build."""
    if same_release:
        return "built without CRCs under the same release: the kernel accepts the other build's modules unchecked"
    return "built without CRCs: the kernel compares the whole vermagic, so it refuses modules of any other release"


def step_sentence(old_abi: str, new_abi: str, counts: Counts, *, scope: str) -> str:
    """A step of a lane in one line: `new ABI name, no export changed`."""
    return f"{name_sentence(old_abi, new_abi)}, {brief_sentence(counts, scope=scope)}"


def bare_rename_sentence(bare: int, renamed: int, unknown: int) -> str:
    """How many new ABI names of a lane came while no export changed, and of how many that cannot be told."""
    if not renamed:
        return "no step brought a new ABI name"
    said = f"{bare:,} of {plural(renamed, 'new ABI name')} came with no change of the exports"
    return f"{said}; of {unknown:,} it cannot be told" if unknown else said


def check_sentence(imports: int, mismatches: int) -> str:
    """The result of a build's self-check: what its modules import against what it exports."""
    if not imports:
        return "no module of the build states the CRC of an import, so there was nothing to compare"
    if mismatches:
        return f"{plural(mismatches, 'symbol')} exported with another CRC than the build's own modules import"
    return f"all {imports:,} CRCs that the build's own modules import are those that it exports"


def symvers_sentence(lines: int | None, differing: int, *, extractor: int, local: bool) -> str:
    """The result of comparing a build with its headers' Module.symvers, or why there is none."""
    if lines is not None and not differing:
        return f"all {plural(lines, 'line')} of the headers' Module.symvers say what was read"
    if lines is not None:
        return f"{plural(differing, 'symbol')} not as the headers' Module.symvers has them"
    if extractor < HEADERS_SINCE:
        return "not compared: it was read before abidb read headers"
    return f"not compared: the headers are not {'among the files given' if local else 'in the archive'}"


def config_sentence(changes: int, *, measured: bool) -> str:
    """How far two configurations differ."""
    if not measured:
        return CONFIG_UNKNOWN
    return f"{plural(changes, 'option')} differ{'s' if changes == 1 else ''}" if changes else "no option differs"


def option_sentence(old: str | None, new: str | None) -> str:
    """Both sides of an option, as a .config writes them: `m -> y`, `not set -> m`."""
    return " -> ".join("not set" if value is None else value for value in (old, new))


def abi_sentence(names: Sequence[str], *, from_changelog: bool) -> str:
    """The ABI names of an upload, and whose word they are."""
    if not names:
        return "unknown"
    return ", ".join(names) + (" (as the changelog says)" if from_changelog else "")


def queue_sentence(state: QueueState) -> str:
    """What the workers do: `2 jobs at work, 310 waiting; 2 workers`."""
    jobs = f"{plural(state.doing, 'job')} at work, {state.waiting:,} waiting"
    jobs += f", {state.failed:,} failed" if state.failed else ""
    if state.workers:
        return f"{jobs}; {plural(state.workers, 'worker')}"
    return f"{jobs}; no worker runs"


def pause_sentence(reason: str) -> str:
    """That no job is begun, and why."""
    return "no job is begun until manage.py resume" + (f": {reason}" if reason else "")


def run_sentence(done: int, total: int, failed: int, current: str) -> str:
    """How far a sync is: `ingested 7 of 23, now linux-image-…, 1 failed`."""
    parts = [f"ingested {done:,} of {total:,}", *([f"now {current}"] if current else [])]
    return ", ".join([*parts, *([f"{failed:,} failed"] if failed else [])])


def ahead(then: dt.datetime, now: dt.datetime) -> str:
    """How long until a moment, in the largest whole unit: `in 3 days`; `due` where it is past."""
    return f"in {spoken}" if (spoken := _spell(then - now)) else "due"


def age(then: dt.datetime, now: dt.datetime) -> str:
    """How long ago, in the largest whole unit: `3 days ago`."""
    return f"{spoken} ago" if (spoken := _spell(now - then)) else "just now"


def _spell(time: dt.timedelta) -> str:
    """A time in its largest whole unit; "" under a minute."""
    seconds = int(time.total_seconds())
    for size, noun in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return plural(seconds // size, noun)
    return ""
