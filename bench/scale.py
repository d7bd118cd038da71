# SPDX-License-Identifier: GPL-2.0-or-later
"""`python -m bench.scale --builds 60000 --data DIR`: a made-up history, loaded through the product's own store into a
server of its own, and how long every question takes at 600, 6,000 and 60,000 builds.

It needs about 90 kB of disk a build below DIR, twice that while it loads, and removes it in the end, unless `--keep`
says to leave it for `python -m bench.site`, which then finds it in DIR itself. Times are of a process that has answered
before; beside them those of one that keeps nothing, as after a start.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django

from bench import history, names

STAGES = (600, 6_000, 60_000)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--builds", type=int, default=60_000)
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()), help="where the server is made")
    parser.add_argument("--keep", action="store_true", help="make it in DIR itself and leave it there")
    parser.add_argument("--beside", type=Path, help="data directory of a real record, whose sizes are told too")
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    with _server(options.data, options.keep):
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        loaded = 0
        for builds in [*(stage for stage in STAGES if stage < options.builds), options.builds]:
            _load(loaded, builds, options.processes)
            loaded = builds
            _report(builds)
    if options.beside:
        with _connected(options.beside):
            print(f"\nThe record in {options.beside}")
            _sizes()
    return 0


@contextmanager
def _server(parent: Path, keep: bool) -> Iterator[None]:
    parent.mkdir(parents=True, exist_ok=True)
    folder = parent if keep else Path(tempfile.mkdtemp(prefix="abidb-scale-", dir=parent))
    folder.chmod(0o755)
    for name in ("DATABASE_URL", "ABIDB_WEB_DATABASE_URL", "ABIDB_ROLE"):
        os.environ.pop(name, None)
    os.environ["ABIDB_DATA"] = str(folder)
    _set_up()
    from abidb import postgres

    try:
        yield
    finally:
        postgres.stop(folder)
        if not keep:
            shutil.rmtree(folder)


def _set_up() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "abidb.settings"
    django.setup()


@contextmanager
def _connected(data: Path) -> Iterator[None]:
    """Ask another record; its server is left as it was found."""
    from django.db import connection

    from abidb import postgres

    ran = postgres.status(data)
    server = ran or postgres.ensure_running(data)
    connection.close()
    kept = dict(connection.settings_dict)
    connection.settings_dict.update(EMBEDDED={**kept["EMBEDDED"], "data": data.resolve()}, HOST=str(server.socket))
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(kept)
        if not ran:
            postgres.stop(data)


def _load(first: int, last: int, processes: int) -> None:
    """Load the builds from number `first` to `last`, a part of a lane a transaction."""
    pieces = history.pieces(first, last)
    start = time.perf_counter()
    _tell({piece.lane.line for piece in pieces})
    with multiprocessing.get_context("spawn").Pool(processes, _set_up) as pool:
        for n, _ in enumerate(pool.imap_unordered(_load_piece, pieces)):
            if sys.stderr.isatty():
                print(f"\r{n + 1:,} of {len(pieces):,} lanes ", end="", file=sys.stderr)
    took = time.perf_counter() - start
    _analyse()
    print(
        f"\n{last - first:,} builds in {took:,.0f} s with {processes} processes, generation and comparison of "
        f"neighbours included: {1000 * took / (last - first):.1f} ms a build, {(last - first) / took:,.0f} a second"
    )


def _tell(lines: set[int]) -> None:
    """Dictionaries and uploads first: processes that load at the same time then add none."""
    from django.db import transaction

    from abidb.store.load import load
    from abidb.store.load_sets import Loading, declare

    with transaction.atomic():
        load(history.releases())
        for line in sorted(lines):
            load(history.uploads(line))
            declare(Loading(), names.members(line))


def _load_piece(piece: history.Piece) -> None:
    """Again where another process was first with a set that both have."""
    from django.db import IntegrityError, transaction

    from abidb.store.lanes import enter_lanes
    from abidb.store.load import load

    for last in (False, False, True):
        try:
            with transaction.atomic():
                enter_lanes(load(history.rows(piece)).builds)
            return
        except IntegrityError:
            if last:
                raise


def _analyse() -> None:
    """As autovacuum does in time."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _report(builds: int) -> None:
    from bench.questions import measured, questions

    print(f"\n{builds:,} simulated builds")
    _sizes()
    print(f"  {'milliseconds':34} {'p50':>7} {'p95':>7}   {'cold':>7} {'p95':>7}   at most")
    for question in questions(names.SEED):
        took = measured(question)
        over = question.limit is not None and took.p95 > question.limit
        limit = "" if question.limit is None else f"{question.limit:.0f}{'  TOO SLOW' if over else ''}"
        print(
            f"  {question.name:34} {took.p50:7.1f} {took.p95:7.1f}   {took.cold50:7.1f} {took.cold95:7.1f}   {limit}",
            flush=True,
        )


def _sizes() -> None:
    """Bytes on disk with indexes: all of it, and what export sets take."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(SIZES)
        everything, sets_bytes, builds, sets, others = cursor.fetchone()
    print(
        f"  {everything / 1e6:,.0f} MB, {everything / max(1, builds) / 1000:,.1f} kB a build; {sets:,} distinct export "
        f"sets, {sets_bytes / max(1, sets) / 1000:,.1f} kB each; largest: {others}"
    )


SIZES = """
WITH own AS (
    SELECT c.relname, pg_total_relation_size(c.oid) AS size
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname NOT LIKE 'procrastinate%'
)
SELECT (SELECT sum(size) FROM own)::bigint, (SELECT size FROM own WHERE relname = 'export_set'),
    (SELECT count(*) FROM build), (SELECT count(*) FROM export_set), (
        SELECT string_agg(relname || ' ' || pg_size_pretty(size), ', ' ORDER BY size DESC)
        FROM (SELECT * FROM own ORDER BY size DESC LIMIT 7) largest
    )
"""

if __name__ == "__main__":
    sys.exit(main())
