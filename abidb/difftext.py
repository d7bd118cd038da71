# SPDX-License-Identifier: GPL-2.0-or-later
"""Two builds beside each other as lines of 80 columns, for a terminal: the same for `manage.py diff` and the site."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby

from abidb import packagewords, usewords, words
from abidb.answers import ConfigDiff, Diff
from abidb.changelog import Between, Entry
from abidb.changes import Group, module_of
from abidb.compat import ADDED, KINDS, REMOVED, Change, Counts
from abidb.diffwords import changelog_sentence, fixes_sentence, group_sentence, notes, summary, use_words
from abidb.packageanswers import Hits, PackageHit
from abidb.packagewords import COMPILE_SAYS
from abidb.records import Export
from abidb.verdictwords import ANSWER_WORDS

WIDTH = 80
TOLD = 5  #: packages of which all is told; of more, one that stops compiling
OPTIONS = 20  #: of a configuration that are listed, unless all are asked for


def head(found: Diff) -> Iterator[str]:
    """Both names, the verdict in sentences, and the counts of every kind of change."""
    yield found.old.name
    yield f"  -> {found.new.name or found.new.kernel_release}"
    yield ""
    for said in (summary(found), *notes(found)):
        yield from _wrapped(f"{said[:1].upper()}{said[1:]}.")
    yield ""
    yield from _counts(found.counts)


def _counts(counts: Counts) -> Iterator[str]:
    rows = [(words.KIND_WORDS[kind], getattr(counts, kind), use_words(kind)) for kind in KINDS]
    rows[0] = rows[0][0], counts.removed - counts.untold, rows[0][2]
    yield f"{'exports':>8}  {'change':<26}  a module that uses it"
    for name, n, use in rows:
        if n is None:
            yield f"{'?':>8}  {name:<26}  {words.NOT_MEASURABLE}"
        elif n:
            yield f"{n:>8,}  {name:<26}  {use}"
    if counts.untold:
        yield f"{counts.untold:>8,}  {'gone from vmlinux':<26}  perhaps only moved"
    if counts.crc_unknown:
        yield f"{counts.crc_unknown:>8,}  {'no CRC to compare':<26}  cannot be told"
    yield f"{counts.common:>8,}  on both sides, changed or not"


def packages(hits: Hits) -> Iterator[str]:
    """What the step does to packages, those that it hits worst first."""
    said = (packagewords.hits_sentence(hits), usewords.survived_sentence(hits))
    for number, each in enumerate(each for each in said if each):
        yield from _wrapped(each, before="  " if number else "packages: ", behind="  ")
    told = [hit for hit in hits.packages if hit.stopped or hit.partly or len(hits.packages) <= TOLD]
    for hit in usewords.by_gravity(hits):
        if hit in told:
            yield from _wrapped(usewords.hit_line(hit), before="  ", behind="      ")
    rest = sorted((hit for hit in usewords.by_gravity(hits) if hit not in told), key=_answers)
    for answers, alike in groupby(rest, key=_answers):
        names = ", ".join(f"{hit.package} {hit.version}" for hit in alike)
        yield from _wrapped(f"{answers}: {names}", before="  ", behind="      ")


def _answers(hit: PackageHit) -> str:
    """The two answers about a package alone."""
    answer = ANSWER_WORDS[hit.answer] if hit.judged else "no module to load"
    return f"{answer}; source {COMPILE_SAYS[hit.compiles]}"


def changelog(between: Between) -> Iterator[str]:
    """The uploads from one build to the other, a line each."""
    yield from _wrapped(changelog_sentence(between), before="changelog: ", behind="  ")
    yield from (_entry(entry) for entry in between.entries)
    if more := between.uploads - len(between.entries):
        yield f"  ... and {words.plural(more, 'upload')} before these"


def _entry(entry: Entry) -> str:
    day = f"{entry.date:%Y-%m-%d}" if entry.date else "date unknown"
    return f"  {entry.version:<20} {day:<10}  {fixes_sentence(entry.cves.total, entry.bugs.total)}"


def configuration(found: ConfigDiff, *, limit: int | None = None) -> Iterator[str]:
    """The options that differ, the first of them where a limit is set."""
    yield from _wrapped(
        words.config_sentence(len(found.changes), measured=found.measured), before="configuration: ", behind="  "
    )
    for change in found.changes[:limit]:
        yield from _wrapped(f"{change.name}  {words.option_sentence(change.old, change.new)}", "  ", "      ")
    if rest := len(found.changes) - len(found.changes[:limit]):
        yield f"  ... and {words.number(rest)} more"


def changes(found: Iterable[Change], groups: Sequence[Group], total: int) -> Iterator[str]:
    """Changes by module and kind, which must come in that order: a line each, old -> new where they differ.

    `total` counts those that were asked for; what `found` leaves out of them is said at the end.
    """
    yield from _wrapped(f"changes: {_asked(total, groups)}")
    of_module, shown = {group.module: group for group in groups}, 0
    for module, ours in groupby(found, key=module_of):
        yield ""
        yield from _wrapped(_heading(module, of_module), behind="    ")
        for kind, same in groupby(ours, key=lambda change: change.kinds[0]):
            yield f"  {words.KIND_WORDS[kind]}"
            for change in same:
                shown += 1
                yield from _change(change)
    if rest := total - shown:
        yield f"... and {words.number(rest)} more (--all lists them)"


def _asked(total: int, groups: Sequence[Group]) -> str:
    if not total:
        return "none"
    return f"{words.plural(total, 'export')}, by module" if len(groups) > 1 else words.plural(total, "export")


def _heading(module: str, groups: Mapping[str, Group]) -> str:
    return f"{module}: {group_sentence(groups[module])}" if module in groups else module


def _change(change: Change) -> Iterator[str]:
    what = f"{change.symbol}  {'; '.join(details(change))}".rstrip()
    if len(what) + 4 <= WIDTH:
        yield f"    {what}"
        return
    yield f"    {change.symbol}"
    yield from _wrapped("; ".join(details(change)), before="        ", behind="        ")


def details(change: Change) -> list[str]:
    """What an export was and is: of one on both sides what differs, of one that came or went all of it."""
    if change.old is None or change.new is None:
        side = change.old or change.new
        assert side is not None
        said = [" ".join(_fields(side).values())]
        if change.kinds[0] not in (ADDED, REMOVED):
            said.append("exported by another module too")
        return [*said, "perhaps only moved"] if change.untold else said
    old, new = _fields(change.old, every=True), _fields(change.new, every=True)
    return [f"{old[name] or 'none'} -> {new[name] or 'none'}" for name in old if old[name] != new[name]]


def _fields(export: Export, *, every: bool = False) -> dict[str, str]:
    crc = "" if export.crc is None else f"0x{export.crc:08x}"
    found = {"crc": crc, "kind": export.kind, "namespace": export.namespace}
    if every:
        return {**found, "module": export.module}
    return {name: text for name, text in found.items() if text}


def _wrapped(text: str, before: str = "", behind: str = "") -> list[str]:
    """Lines of a text; a name that is longer than a line stays whole."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=before,
        subsequent_indent=behind,
        break_long_words=False,
        break_on_hyphens=False,
    )


def lines(*parts: Iterable[str]) -> Iterator[str]:
    """Parts with an empty line between them."""
    for number, part in enumerate(parts):
        yield from chain(("",) if number else (), part)
