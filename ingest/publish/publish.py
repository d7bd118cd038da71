# SPDX-License-Identifier: GPL-2.0-or-later
"""Publishing the record's tables into a folder, all of one moment, all of them or none."""

from __future__ import annotations

import datetime as dt
import fcntl
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from abidb import publication, queries, tablewords
from abidb.errors import Unavailable
from abidb.publication import Publication, PublishedTable
from abidb.queries import content
from ingest import queue
from ingest.publish import history, rows
from ingest.publish.tables import table

PART, LOCK = ".part", ".lock"


def publish(folder: Path) -> Publication:
    """Write all tables into a folder below `folder`, and let `current` lead there; what was there before goes.

    Raises Unavailable where the disk does not take them, or somebody else is at it: what was published stays.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            _tidy(folder)
            part = folder / PART
            part.mkdir()
            try:
                _write(part)
                _put(part, folder)
            finally:
                _tidy(folder)
    except OSError as error:
        raise Unavailable(f"the tables could not be published: {error.strerror or error}") from error
    found = publication.published(folder)
    assert found is not None
    return found


def is_due(folder: Path, hours: int) -> bool:
    """Whether the record has changed since it was published, and that is so many hours ago; never with 0 hours.

    A record that was never published is first filled: tables of its first builds would stand there for a day.
    """
    if not hours:
        return False
    try:
        last = publication.published(folder)
    except (OSError, ValueError):
        return True
    now = queries.generation()
    if last is None:
        return now.n > 0 and not queue.builds_left()
    return last.generation != now.n and dt.datetime.now(dt.UTC) - last.made >= dt.timedelta(hours=hours)


def job() -> queue.Job:
    """A publication into ABIDB_PUBLISHED of the machine that asks for it."""
    return queue.Job("publish_tables", queue.of_this_machine(), 0, {}, queue.of_this_machine())


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unavailable("the tables are being published already") from None
        yield


def _tidy(folder: Path) -> None:
    """Remove what no reader is led to: of a publication that was broken off, or that has been replaced."""
    current = (folder / publication.CURRENT).resolve()
    for path in folder.iterdir():
        if path.is_symlink():
            if path.name != publication.CURRENT:
                path.unlink()
        elif path.is_dir() and path != current:
            shutil.rmtree(path)


def _write(folder: Path) -> None:
    with content.one_moment():
        generation = queries.generation().n
        made = dt.datetime.now(dt.UTC).replace(microsecond=0)
        tables = [*_rows(folder), *_history(folder)]
    tables.sort(key=lambda each: list(tablewords.TABLES).index(each.name))
    (folder / publication.CONTENTS).write_text(publication.contents(generation, made, tables))


def _rows(folder: Path) -> list[PublishedTable]:
    with ExitStack() as stack:
        tables = {name: stack.enter_context(table(folder, name, columns)) for name, columns in rows.TABLES.items()}
        rows.fill(tables)
    return [each.published() for each in tables.values()]


def _history(folder: Path) -> list[PublishedTable]:
    return [_spans(folder, of) for of in history.TABLES]


def _spans(folder: Path, of: str) -> PublishedTable:
    with table(folder, history.TABLES[of][0], history.columns(of)) as made:
        history.fill(of, made)
    return made.published()


def _put(part: Path, folder: Path) -> None:
    """Let readers find the part as a whole, at once."""
    number = 1
    while (whole := folder / f"publication-{number}").exists():
        number += 1
    part.rename(whole)
    link = folder / f".{publication.CURRENT}"
    link.symlink_to(whole.name)
    link.replace(folder / publication.CURRENT)
