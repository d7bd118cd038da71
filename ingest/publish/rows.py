# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables of single things: uploads, builds, debs, attempts at packages. Each is read as it is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from abidb.answers import LaneName
from abidb.management.parquet import TABLES as EXPORTED
from abidb.management.parquet import add_build, add_upload
from abidb.outoftree import Attempt, Target
from abidb.publicwords import without_places
from abidb.queries import content, outoftree_content, publication
from abidb.records import BuildKey
from abidb.transfer.content import BuildRow, SeenRow, UploadRow
from ingest.publish.tables import MOMENT, TEXT, Table

NUMBER, FLAG = pa.int32(), pa.bool_()
_UPLOAD = {"source": TEXT, "version": TEXT}
_KEY = {**_UPLOAD, "arch": TEXT, "flavour": TEXT}
_PACKAGE = {
    **{"package": TEXT, "package_version": TEXT, "kernel_source": TEXT, "kernel_version": TEXT},
    **{"arch": TEXT, "flavour": TEXT, "kernel_release": TEXT},
}
#: Those that `manage.py export --parquet` writes too, and others.
TABLES: dict[str, Mapping[str, Any]] = {
    **{name: EXPORTED[name] for name in ("builds", "changes", "uploads", "facts", "seen")},
    "lanes": {"line": TEXT, "arch": TEXT, "flavour": TEXT, "place": NUMBER, **_UPLOAD, "kernel_release": TEXT},
    "debs": {
        **{**_KEY, "deb": TEXT, "deb_version": TEXT, "deb_arch": TEXT, "deb_source": TEXT},
        **{"size": pa.int64(), "sha256": TEXT},
    },
    "attempts": {**_PACKAGE, "headers": TEXT, "root": TEXT, "outcome": TEXT, "reason": TEXT, "at": MOMENT},
    "uses": {**_PACKAGE, "module": TEXT, "symbol": TEXT, "crc": pa.uint32(), "named": FLAG, "weak": FLAG},
}


def fill(tables: Mapping[str, Table]) -> None:
    """All rows of all of these tables; to be called within one_moment()."""
    covers = publication.covers()
    uploads: dict[tuple[str, str], UploadRow] = {}
    for row in content.rows_without_sets():
        if isinstance(row, UploadRow):
            uploads[row.source, row.version] = row
            add_upload(tables, row)
        elif isinstance(row, BuildRow):
            add_build(tables["builds"], row, covers[row.export_set], uploads[row.key.source, row.key.version])
            _add_debs(tables["debs"], row)
        elif isinstance(row, SeenRow):
            tables["seen"].row(*_key(row.key), row.suite, row.first, row.last)
    for lane, members in publication.lane_members():
        for place, each in enumerate(members):
            tables["lanes"].row(*_lane(lane), place, each.source, each.version, each.kernel_release)
    for old, new, *counts in content.changes():
        tables["changes"].row(bytes(old).hex(), bytes(new).hex(), *counts)
    for attempt in outoftree_content.attempts():
        _add_attempt(tables, attempt)


def _add_debs(table: Table, row: BuildRow) -> None:
    for deb in row.debs:
        table.row(*_key(row.key), deb.name, deb.version, deb.arch, deb.source, deb.size, deb.sha256)


def _add_attempt(tables: Mapping[str, Table], row: Attempt) -> None:
    about = (row.package.package, row.package.version, *_kernel(row.target))
    reason = without_places(row.reason)
    tables["attempts"].row(*about, row.headers, row.root, row.outcome, reason, row.at)
    for module in row.modules:
        for use in module.uses:
            tables["uses"].row(*about, module.name, use.symbol, use.crc, use.named, use.weak)


def _key(key: BuildKey) -> tuple[str, ...]:
    return key.source, key.version, key.arch, key.flavour


def _kernel(target: Target) -> tuple[str, ...]:
    return target.source, target.version, target.arch, target.flavour, target.kernel_release


def _lane(name: LaneName) -> tuple[str, ...]:
    return name.line, name.arch, name.flavour
