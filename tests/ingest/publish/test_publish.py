# SPDX-License-Identifier: GPL-2.0-or-later
import csv
import datetime as dt
import errno
import fcntl
import gzip
import hashlib
import json
from pathlib import Path

import pytest
from django.core.management import call_command
from pyarrow import parquet

from abidb import publication, queries, store, tablewords
from abidb.answers import Generation
from abidb.errors import Unavailable
from abidb.records import SelfCheck
from ingest import queue, workers
from ingest.management.commands import run, worker
from ingest.publish import history, publish, rows, tables
from tests.builders.outoftree import make_attempt, make_package
from tests.builders.queue import do, taken
from tests.builders.records import make_export, make_kernel

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def record() -> None:
    """Three uploads of bookworm, the second without modules, and one that is set apart."""
    tun, kfree = make_export("tun_get", module="drivers/net/tun", crc=2), make_export()
    store.save(make_kernel("6.1.0-1-amd64", "6.1.1-1", exports=(kfree, tun)))
    store.save(make_kernel("6.1.0-2-amd64", "6.1.2-1", exports=(kfree,), covers="vmlinux", modules=(), config=""))
    store.save(make_kernel("6.1.0-3-amd64", "6.1.3-1", exports=(make_export(crc=None), tun), config="CONFIG_TUN=y\n"))
    store.save(make_kernel("6.1.0-4-amd64", "6.1.4-1", exports=(kfree,), check=SelfCheck(1, ("kfree",))))
    store.put_packages([make_package()], whole=True)
    store.save_attempt(make_attempt())


def read(folder: Path, name: str) -> list[dict[str, object]]:
    return parquet.read_table(folder / f"{name}.parquet").to_pylist()


def test_tables_are_of_the_whole_record(record, tmp_path: Path) -> None:
    found = publish.publish(tmp_path)
    assert [table.name for table in found.tables] == list(tablewords.TABLES)
    assert [(row["kernel_release"], row["status"], row["covers"]) for row in read(found.folder, "builds")] == [
        ("6.1.0-1-amd64", "good", "all"),
        ("6.1.0-2-amd64", "good", "vmlinux"),
        ("6.1.0-3-amd64", "good", "all"),
        ("6.1.0-4-amd64", "apart", "all"),
    ]
    assert [(row["line"], row["place"], row["version"]) for row in read(found.folder, "lanes")] == [
        ("bookworm", 0, "6.1.1-1"),
        ("bookworm", 1, "6.1.2-1"),
        ("bookworm", 2, "6.1.3-1"),
    ]
    assert {table.name: table.rows for table in found.tables} == {
        **{name: len(read(found.folder, name)) for name in tablewords.TABLES},
        **{"builds": 4, "debs": 4, "seen": 4, "changes": 2, "attempts": 1, "uses": 2},
    }


def test_exports_are_told_as_spans_and_what_is_not_measured_as_nothing(record, tmp_path: Path) -> None:
    found = publish.publish(tmp_path)
    lane = {"line": "bookworm", "arch": "amd64", "flavour": "amd64", "kind": "EXPORT_SYMBOL", "namespace": ""}
    kfree, tun = {"symbol": "kfree", "module": "vmlinux"}, {"symbol": "tun_get", "module": "drivers/net/tun"}
    first, second, third = ("6.1.1-1", "6.1.2-1", "6.1.3-1")
    assert read(found.folder, "export_spans") == [
        {**lane, **kfree, "crc": 1, "first": first, "last": second, "first_place": 0, "last_place": 1},
        {**lane, **kfree, "crc": None, "first": third, "last": third, "first_place": 2, "last_place": 2},
        {**lane, **tun, "crc": 2, "first": first, "last": third, "first_place": 0, "last_place": 2},
    ]
    assert [(row["name"], row["value"], row["first"], row["last"]) for row in read(found.folder, "config_spans")] == [
        ("CONFIG_MODVERSIONS", "y", first, first),
        ("CONFIG_TUN", "m", first, first),
        ("CONFIG_TUN", "y", third, third),
    ]
    (module,) = read(found.folder, "module_spans")
    assert (module["module"], module["license"], module["first"], module["last"]) == (
        *("drivers/net/tun", "GPL"),
        *(first, third),
    )


def test_csv_has_the_same_rows_as_parquet(record, tmp_path: Path) -> None:
    found = publish.publish(tmp_path)
    for table in found.tables:
        with gzip.open(found.folder / f"{table.name}.csv.gz", "rt", newline="") as text:
            lines = list(csv.DictReader(text))
        assert [list(row) for row in lines[:1]] == [[name for name, _ in table.columns]] * bool(lines)
        assert len(lines) == table.rows
    with gzip.open(found.folder / "export_spans.csv.gz", "rt", newline="") as text:
        assert [row["crc"] for row in csv.DictReader(text)] == ["1", "", "2"]


def test_files_are_told_with_size_and_digest(record, tmp_path: Path) -> None:
    found = publish.publish(tmp_path)
    for file in (file for table in found.tables for file in table.files):
        content = (found.folder / file.name).read_bytes()
        assert (file.size, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert found.generation == queries.generation().n
    assert publication.published(tmp_path) == found


def test_what_is_too_long_for_csv_is_parquet_alone(record, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(tables, "MOST_AS_CSV", 3)
    monkeypatch.setattr(tables, "AT_ONCE", 1)
    found = publish.publish(tmp_path)
    files = {table.name: [file.name for file in table.files] for table in found.tables}
    assert (files["builds"], files["lanes"]) == (["builds.parquet"], ["lanes.parquet", "lanes.csv.gz"])
    assert not (found.folder / "builds.csv.gz").exists()
    assert len(read(found.folder, "builds")) == 4


def test_a_long_lane_is_written_in_parts(record, tmp_path: Path, monkeypatch) -> None:
    whole = publish.publish(tmp_path / "a")
    monkeypatch.setattr(history, "AT_ONCE", 1)
    parts = publish.publish(tmp_path / "b")
    one, other = ([tuple(row.values()) for row in read(each.folder, "export_spans")] for each in (whole, parts))
    assert sorted(one, key=str) == sorted(other, key=str)


def test_every_column_is_explained() -> None:
    made = {**rows.TABLES, **{history.TABLES[of][0]: history.columns(of) for of in history.TABLES}}
    assert {name: list(columns) for name, columns in made.items()} == {
        name: list(columns) for name, (_, columns) in tablewords.TABLES.items()
    }


def test_a_publication_takes_the_place_of_the_one_before(record, tmp_path: Path) -> None:
    before = publish.publish(tmp_path)
    store.save(make_kernel("6.1.0-5-amd64", "6.1.5-1"))
    after = publish.publish(tmp_path)
    assert [table.rows for each in (before, after) for table in each.tables if table.name == "builds"] == [4, 5]
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "current", after.folder.name]


@pytest.mark.parametrize("step", ["_rows", "_history", "_put"])
def test_a_full_disk_leaves_what_was_published(record, tmp_path: Path, monkeypatch, step: str) -> None:
    before = publish.publish(tmp_path)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(publish, step, full)
    with pytest.raises(Unavailable, match="the tables could not be published: No space left on device"):
        publish.publish(tmp_path)
    assert publication.published(tmp_path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "current", before.folder.name]


def test_what_a_kill_left_is_removed_by_the_next(record, tmp_path: Path) -> None:
    (tmp_path / ".part").mkdir()
    (tmp_path / ".part" / "builds.parquet").write_bytes(b"PAR1")
    (tmp_path / "publication-7").mkdir()
    (tmp_path / ".current").symlink_to("publication-7")
    found = publish.publish(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "current", found.folder.name]


def test_two_do_not_publish_at_a_time(record, tmp_path: Path) -> None:
    with (tmp_path / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Unavailable, match="the tables are being published already"):
            publish.publish(tmp_path)


def aged(folder: Path, hours: int) -> None:
    """Let the publication have been made so long ago."""
    contents = folder / "current" / publication.CONTENTS
    told = json.loads(contents.read_text())
    told["made"] = (dt.datetime.now(dt.UTC) - dt.timedelta(hours=hours)).isoformat()
    contents.write_text(json.dumps(told))


def test_a_publication_is_due_when_the_record_has_changed_and_not_too_often(record, tmp_path: Path) -> None:
    assert [publish.is_due(tmp_path, hours) for hours in (0, 24)] == [False, True]
    publish.publish(tmp_path)
    aged(tmp_path, 25)
    assert not publish.is_due(tmp_path, 24)  # nothing has changed
    store.save(make_kernel("6.1.0-5-amd64", "6.1.5-1"))
    assert publish.is_due(tmp_path, 24)
    aged(tmp_path, 23)
    assert not publish.is_due(tmp_path, 24)
    (tmp_path / "current" / publication.CONTENTS).write_text("{")
    assert publish.is_due(tmp_path, 24)  # nobody can read it


def test_a_record_is_filled_before_it_is_first_published(record, tmp_path: Path) -> None:
    queue.defer([queue.Job("ingest_build", "build", 0, {})])
    assert not publish.is_due(tmp_path, 24)
    publish.publish(tmp_path)
    store.save(make_kernel("6.1.0-5-amd64", "6.1.5-1"))
    aged(tmp_path, 25)
    assert publish.is_due(tmp_path, 24)


def test_an_empty_record_is_not_published_by_itself(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(queries, "generation", lambda: Generation(0, None))
    assert not publish.is_due(tmp_path, 24)


def test_workers_publish_when_it_is_time(record, settings, tmp_path: Path) -> None:
    settings.ABIDB_PUBLISHED = tmp_path
    worker.publish_if_due()
    assert taken() is None  # ABIDB_PUBLISH_HOURS is 0
    settings.ABIDB_PUBLISH_HOURS = 24
    worker.publish_if_due()
    worker.publish_if_due()
    job = taken()
    assert (job.task_name, job.queue, taken()) == ("publish_tables", queue.of_this_machine(), None)
    assert do(job) is None
    assert publication.published(tmp_path).generation == queries.generation().n


def test_only_workers_of_a_machine_that_publishes_take_that(settings) -> None:
    assert queue.of_this_machine() not in workers.taken_from("")
    settings.ABIDB_PUBLISH_HOURS = 24
    assert workers.taken_from("")[queue.of_this_machine()] == 1


def test_a_publication_that_fails_is_tried_again_and_then_said(record, settings, tmp_path: Path, caplog) -> None:
    (tmp_path / "file").write_text("")
    settings.ABIDB_PUBLISHED, settings.ABIDB_PUBLISH_HOURS = tmp_path / "file", 24
    queue.defer([publish.job()])
    errors = []
    while job := taken():
        errors.append(do(job))
    assert [type(error) for error in errors] == [Unavailable, Unavailable, Unavailable, type(None)]
    assert "the tables could not be published: File exists" in caplog.text


def test_a_command_publishes_at_once(record, tmp_path: Path, capsys) -> None:
    call_command("publish", "--to", str(tmp_path))
    said = capsys.readouterr().out
    assert ("builds: 4 rows" in said, f"{tmp_path}/publication-1: 0.0 MB" in said) == (True, True)


def test_a_site_that_was_filled_publishes_and_outlives_a_full_disk(record, settings, tmp_path: Path, capsys) -> None:
    settings.ABIDB_PUBLISHED = tmp_path / "published"
    command = run.Command()
    command.publish()
    settings.ABIDB_PUBLISH_HOURS = 24
    command.publish()
    settings.ABIDB_PUBLISHED = tmp_path / "file"
    settings.ABIDB_PUBLISHED.write_text("")
    command.publish()
    said = capsys.readouterr()
    assert said.out == "published 0.0 MB of tables: http://127.0.0.1:8000/download/\n"
    assert said.err == "abidb: the tables could not be published: File exists\n"
