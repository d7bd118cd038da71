# SPDX-License-Identifier: GPL-2.0-or-later
"""The only writer. Every public function is one transaction: all of it is in the database afterwards, or none."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, astuple, dataclass
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from abidb import exportset, sql, versions
from abidb.comparison import broken, compare
from abidb.errors import Unavailable
from abidb.lifecycle import DebianRelease
from abidb.records import Deb, Kernel, Listing, ModuleFact

SQL = sql.blocks("store")
OPTION = re.compile(r"CONFIG_\w{1,100}=[^\0]{0,2000}", re.ASCII)  # PostgreSQL cannot index longer ones
MANY = 500  #: new rows of a dictionary after which the planner must look at it again


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a build: "new", "better" (took the place of a lesser one) or "known"."""

    build: int
    outcome: str


@transaction.atomic
def save(kernel: Kernel) -> Saved:
    """Put a build into the record, with its exports, config, modules, debs, places, lanes and memos.

    Saving the same build again changes nothing but the places where it was seen.
    """
    upload = _upload(kernel)
    _add_listings((deb.sha256, listing) for deb in kernel.debs for listing in deb.listings)
    known = _row("stored_build", upload=upload, arch=kernel.arch, flavour=kernel.flavour)
    if known and _rank(*known[2:]) >= _rank(_listed(kernel), kernel.covers, kernel.signed, kernel.extractor):
        saved = Saved(known[0], "known")
    elif known:
        saved = Saved(_replace(kernel, upload, known[0], known[1]), "better")
    else:
        saved = Saved(_value("add_build", **_columns(kernel, upload)), "new")
    if saved.outcome != "known":
        _add_debs(saved.build, kernel.debs)
    _run("raise_generation")  # writers meet here: what comes next sees all builds that are saved before this one
    _see(saved.build)
    return saved


@transaction.atomic
def put_listings(listings: Iterable[tuple[str, Listing]]) -> None:
    """Keep where debs (by SHA-256) are listed now; builds of the record enter the suites and lanes that follow."""
    _add_listings(listings)
    _run("raise_generation")
    _see(None)


@transaction.atomic
def note_absent(name: str, version: str, arch: str, reason: str) -> None:
    """Note a deb that is listed and not to be had."""
    _run("note_absent", name=name, version=version, arch=arch, reason=reason)


@transaction.atomic
def put_releases(releases: Iterable[DebianRelease], suites: dict[str, str]) -> None:
    """Keep what distro-info-data says of each release, and the suite name of its Release file by codename."""
    for release in releases:
        _run("put_release", alias=suites.get(release.codename, ""), **asdict(release))
    _run("raise_generation")


@transaction.atomic
def start_run() -> int:
    """Begin a sync's account; one that was interrupted is closed. Raises Unavailable while another sync runs."""
    if not _value("lock_runs"):
        raise Unavailable("another sync is running on this record")
    _run("abandon_runs")
    return int(_value("start_run"))


@transaction.atomic
def step_run(run: int, *, total: int, done: int, failed: int, current: str) -> None:
    """Say how far a sync is."""
    _run("step_run", run=run, total=total, done=done, failed=failed, current=current)


@transaction.atomic
def finish_run(run: int) -> None:
    """Close a sync's account."""
    _run("finish_run", run=run)
    _run("unlock_runs")


@transaction.atomic
def add_problem(run: int, subject: str, reason: str) -> None:
    """Keep what a sync could not do."""
    _run("add_problem", run=run, subject=subject, reason=reason)


@transaction.atomic
def collect() -> int:
    """Remove export sets that no build has any more, with their memos; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL abidb.collecting = 'on'")
        cursor.execute(SQL["collect_memos"])
        cursor.execute(SQL["collect_sets"])
        return int(cursor.rowcount)


def _rank(listed: bool, covers: str, signed: bool, extractor: int) -> tuple[bool, bool, bool, int]:
    """Vouched for by a verified index is better than local, whole than partial, signed than unsigned, a newer
    extractor than an older one.
    """
    return listed, covers == "all", signed, extractor


def _listed(kernel: Kernel) -> bool:
    sha256 = {deb.sha256 for deb in kernel.debs}
    return bool(_value("count_listed", sha256=list(sha256)) == len(sha256))


def _upload(kernel: Kernel) -> int:
    names = {"source": kernel.source, "version": kernel.version}
    date = min((deb.built for deb in kernel.debs if deb.built), default=None)
    _run("add_upload", version_key=versions.version_key(kernel.version), date=date, **names)
    upload = int(_value("lock_upload", **names))
    _run("date_upload", upload=upload, date=date)
    return upload


def _columns(kernel: Kernel, upload: int) -> dict[str, Any]:
    _add_modules({export.module for export in kernel.exports} | {fact.module for fact in kernel.modules})
    return {
        "upload": upload,
        "arch": kernel.arch,
        "flavour": kernel.flavour,
        "kernel_release": kernel.kernel_release,
        "abi_name": versions.split_release(kernel.kernel_release)[0],
        "export_set": _export_set(kernel),
        "config_set": _fact_set("config_option", _options(kernel.config)),
        "module_set": _fact_set("module_fact", _licenses(kernel.modules)),
        "vermagic": kernel.modules[0].vermagic if kernel.modules else "",
        "signed": kernel.signed,
        "status": "apart" if kernel.check.mismatches else "good",
        "imports_checked": kernel.check.imports,
        "mismatches": list(kernel.check.mismatches),
        "extractor": kernel.extractor,
    }


def _replace(kernel: Kernel, upload: int, build: int, old_digest: bytes) -> int:
    _run("replace_build", build=build, old_digest=bytes(old_digest), **_columns(kernel, upload))
    _run("forget_debs", build=build, keep=[deb.sha256 for deb in kernel.debs])
    return build


def _export_set(kernel: Kernel) -> int:
    digest = exportset.digest(kernel.exports, kernel.covers)
    known = _row("export_set_id", digest=digest)
    if known:
        return int(known[0])
    ids = _export_ids(kernel)
    exports, crc = exportset.pack(ids, [e.crc for e in kernel.exports])
    _run("add_export_set", digest=digest, covers=kernel.covers, exports=exports, crc=crc)
    return int(_value("export_set_id", digest=digest))


def _export_ids(kernel: Kernel) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS incoming_export")
        cursor.execute(SQL["incoming_exports"])
        with cursor.copy("COPY incoming_export FROM STDIN") as copy:
            for n, e in enumerate(kernel.exports):
                copy.write_row((n, e.symbol, e.module, e.kind, e.namespace))
        cursor.execute("ANALYZE incoming_export")
        _add(cursor, "add_symbols", "symbol")
        _add(cursor, "add_exports", "export")
        cursor.execute(SQL["export_ids"])
        return [row[0] for row in cursor.fetchall()]


def _add_modules(paths: set[str]) -> None:
    with connection.cursor() as cursor:
        _add(cursor, "add_modules", "module", paths=sorted(paths))


def _add(cursor: CursorWrapper, query: str, table: str, **parameters: Any) -> None:
    """Fill a dictionary; many new rows make the planner's idea of the table wrong by far until it is analysed."""
    cursor.execute(SQL[query], parameters)
    if cursor.rowcount > MANY:
        cursor.execute(f"ANALYZE {table}")


def _options(config: str) -> list[tuple[str, str]]:
    """CONFIG_X=value lines; what is not set has no line of that form."""
    return sorted({_pair(line) for line in config.splitlines() if OPTION.fullmatch(line)})


def _pair(line: str) -> tuple[str, str]:
    name, _, value = line.partition("=")
    return name, value


def _licenses(modules: Iterable[ModuleFact]) -> list[tuple[str, str]]:
    return sorted({(fact.module, fact.license) for fact in modules})


def _fact_set(of: str, facts: Sequence[tuple[str, str]]) -> int | None:
    """The id of a set of dictionary rows; None for an empty one."""
    if not facts:
        return None
    digest = hashlib.sha256("\0".join(f"{name}\0{value}" for name, value in facts).encode()).digest()
    known = _row("fact_set_id", of=of, digest=digest)
    if known:
        return int(known[0])
    members, _ = exportset.pack(_fact_ids(of, facts), [None] * len(facts))
    _run("add_fact_set", of=of, digest=digest, members=members)
    return int(_value("fact_set_id", of=of, digest=digest))


_FACT_QUERIES = {"config_option": "add_config_options", "module_fact": "add_module_facts"}


def _fact_ids(of: str, facts: Sequence[tuple[str, str]]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS incoming_fact")
        cursor.execute(SQL["incoming_facts"])
        with cursor.copy("COPY incoming_fact FROM STDIN") as copy:
            for n, (name, value) in enumerate(facts):
                copy.write_row((n, name, value))
        cursor.execute("ANALYZE incoming_fact")
        _add(cursor, _FACT_QUERIES[of], of)
        cursor.execute(SQL[f"{of}_ids"])
        return [row[0] for row in cursor.fetchall()]


def _add_debs(build: int, debs: Iterable[Deb]) -> None:
    for deb in debs:
        fields = ("name", "version", "arch", "source", "sha256", "size")
        _run("add_deb", build=build, **{name: getattr(deb, name) for name in fields})
        _run("forget_absent", name=deb.name, version=deb.version, arch=deb.arch)


def _add_listings(listings: Iterable[tuple[str, Listing]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS incoming_listing")
        cursor.execute(SQL["incoming_listings"])
        with cursor.copy("COPY incoming_listing FROM STDIN") as copy:
            for sha256, listing in listings:
                copy.write_row((sha256, *astuple(listing)))
        cursor.execute(SQL["add_listings"])


def _see(build: int | None) -> None:
    """Enter a build, or all, into the suites and lanes of what lists its debs, and compare what is neighbours now."""
    _run("see_in_suites", build=build)
    places = _rows("places", build=build)
    suites, sources = [suite for suite, _ in places], [source for _, source in places]
    names = {
        "build": build,
        "suites": suites,
        "sources": sources,
        "lines": [versions.line(suite, source) for suite, source in places],
        "codenames": [versions.codename(suite) for suite in suites],
    }
    _run("add_lanes", **names)
    _run("join_lanes", **names)
    _remember_neighbours(build)


def _remember_neighbours(build: int | None) -> None:
    """Compare what has become neighbours in the build's lanes, or in any."""
    for old, new in _rows("missing_memos", build=build):
        found = compare(old, new)
        packed, _ = exportset.pack(ids := broken(found).tolist(), [None] * len(ids))
        _run("add_memo", old=old, new=new, broken=packed, **asdict(found.counts))


def _run(query: str, /, **parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SQL[query], parameters)


def _rows(query: str, /, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(SQL[query], parameters)
        return list(cursor.fetchall())


def _row(query: str, /, **parameters: Any) -> tuple[Any, ...] | None:
    return next(iter(_rows(query, **parameters)), None)


def _value(query: str, /, **parameters: Any) -> Any:
    return _rows(query, **parameters)[0][0]
