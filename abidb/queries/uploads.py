# SPDX-License-Identifier: GPL-2.0-or-later
"""Uploads of the kernel's source packages: what changelogs and their sources' policy say."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from abidb.answers import Upload, UploadNotes
from abidb.errors import UnknownName
from abidb.lifecycle import aimed
from abidb.queries.lanes import debian_releases
from abidb.queries.remembered import remembered
from abidb.queries.rows import rows
from abidb.queries.wholerecord import of_whole_record
from abidb.versions import line as line_of
from abidb.versions import version_key

CANDIDATES = 20
_NUMBER = re.compile(r"\d+")


def uploads(*, line: str = "", source: str = "", before: str = "", limit: int = 100) -> tuple[Upload, ...]:
    """Uploads, newest version first, from below the version `before` on: all, or those of a line or a source package.

    Those of a line were aimed at it or have a build in it. Also uploads that only later changelogs tell of.
    """
    return remembered(("uploads", line, source, before, limit), lambda: _page(line, source, before, limit))


def _page(line: str, source: str, before: str, limit: int) -> tuple[Upload, ...]:
    where = _aims(line) if line else {"sources": [], "distributions": [], "days": []}
    key = version_key(before) if before else None
    found = rows("uploads", line=line or None, source=source or None, version=None, before=key, limit=limit, **where)
    return _uploads(found)


def upload(source: str, version: str) -> Upload:
    """One upload; raises UnknownName with others, SOURCE=VERSION each."""
    where: dict[str, Any] = {"line": None, "before": None, "sources": [], "distributions": [], "days": []}
    found = rows("uploads", source=source, version=version, limit=1, **where)
    if not found:
        near = [row[0] for row in rows("uploads_near", source=source, version=version, limit=CANDIDATES)]
        raise UnknownName(f"no upload {source} {version} is known", near)
    return _uploads(found)[0]


def upload_notes(source: str, version: str) -> UploadNotes:
    """The CVEs and bugs that an upload's changelog names, in order; none where nothing is known of it."""
    notes: dict[str, list[str]] = defaultdict(list)
    for kind, text in rows("upload_notes", source=source, version=version):
        notes[kind].append(text)
    return UploadNotes(*(tuple(sorted(notes[kind], key=_by_number)) for kind in ("cve", "bug")))


def _by_number(text: str) -> tuple[list[int], str]:
    return [int(digits) for digits in _NUMBER.findall(text)], text


def uploads_without_policy() -> tuple[tuple[str, str], ...]:
    """Source and version of the uploads whose ignore patterns nobody has read yet."""
    return tuple((source, version) for source, version in rows("uploads_without_policy"))


def _aims(line: str) -> dict[str, list[Any]]:
    """What uploads that were aimed at the line state."""
    releases = debian_releases()
    wanted = [
        row
        for row in of_whole_record("aims", lambda: rows("aims"))
        if line in {line_of(suite, row[0]) for suite in aimed(row[1], row[2], releases)}
    ]
    sources, distributions, days = ([row[column] for row in wanted] for column in range(3))
    return {"sources": sources, "distributions": distributions, "days": days}


def _uploads(found: list[tuple[Any, ...]]) -> tuple[Upload, ...]:
    """The rows with what other tables know of them."""
    ids = [row[0] for row in found]
    said: dict[tuple[int, str], list[str]] = defaultdict(list)
    for upload_id, kind, text in rows("upload_facts", uploads=ids):
        said[upload_id, kind].append(text)
    fixes = {(upload_id, kind): n for upload_id, kind, n in rows("upload_fixes", uploads=ids)}
    built = {upload_id: (n, tuple(names)) for upload_id, n, names in rows("upload_builds", uploads=ids)}
    return tuple(_upload(row, said, fixes, *built.get(row[0], (0, ()))) for row in found)


def _upload(
    row: tuple[Any, ...],
    said: dict[tuple[int, str], list[str]],
    fixes: dict[tuple[int, str], int],
    builds: int,
    abi_names: tuple[str, ...],
) -> Upload:
    number, source, version, date, distribution, urgency, told, policy_read = row
    return Upload(
        source=source,
        version=version,
        date=date,
        distribution=distribution,
        urgency=urgency,
        abi_names=abi_names or ((told,) if told else ()),
        from_changelog=not abi_names and bool(told),
        builds=builds,
        abi=tuple(said[number, "abi"]),
        ignored=tuple(said[number, "ignore"]),
        policy_read=policy_read,
        remarks=tuple(said[number, "ignore-remark"]),
        cves=fixes.get((number, "cve"), 0),
        bugs=fixes.get((number, "bug"), 0),
    )
