# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt
import hashlib
from pathlib import Path

import pytest

from abidb import queries, words
from abidb.answers import Generation
from abidb.publication import CONTENTS, CURRENT, PublishedFile, PublishedTable, contents
from tests.dashboard.reading import read

MADE = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
FILES = {"builds.parquet": b"PAR1 and so on", "builds.csv.gz": b"\x1f\x8b and so on"}


@pytest.fixture(autouse=True)
def generation(monkeypatch):
    monkeypatch.setattr(queries, "generation", lambda: Generation(7, MADE))


@pytest.fixture
def folder(settings, tmp_path: Path) -> Path:
    """Where nothing was published."""
    settings.ABIDB_PUBLISHED = tmp_path
    return tmp_path


@pytest.fixture
def published(folder: Path) -> Path:
    """A publication of two tables, of which one is of another version of abidb; and a file beside that is none of it."""
    here = folder / "publication-1"
    here.mkdir()
    files = []
    for name, content in FILES.items():
        (here / name).write_bytes(content)
        files.append(PublishedFile(name, len(content), hashlib.sha256(content).hexdigest()))
    builds = PublishedTable("builds", 1234, (("source", "string"), ("date", "timestamp[us, tz=UTC]")), tuple(files))
    (here / CONTENTS).write_text(contents(7, MADE, [builds, PublishedTable("novel", 0, (("x", "int32"),), ())]))
    (here / "secret.parquet").write_bytes(b"PAR1")
    (folder / CURRENT).symlink_to(here.name)
    return here


@pytest.mark.parametrize(
    "name",
    [
        "secret.parquet",
        CONTENTS,
        "builds",
        "..",
        "..%2fcurrent%2fbuilds.parquet",
        "%2fetc%2fpasswd",
        "b%00",
        "é" * 5_000,
    ],
)
def test_only_what_was_published_is_given_out(client, published, name: str) -> None:
    assert client.get(f"/download/{name}").status_code in (400, 404)


@pytest.mark.parametrize("address", ["/download/", "/download/builds.parquet"])
def test_only_reading_is_allowed(client, published, address: str) -> None:
    assert client.post(address).status_code == 405


@pytest.mark.parametrize("address", ["/download/", "/download/builds.parquet"])
@pytest.mark.parametrize("text", ["", "{}", '{"generation": 1, "made": "x", "tables": []}'])
def test_a_publication_that_cannot_be_read_is_503(client, published, address: str, text: str) -> None:
    (published / CONTENTS).write_text(text)
    assert client.get(address).status_code == 503


def test_a_file_that_was_replaced_just_now_is_503(client, published) -> None:
    (published / "builds.parquet").unlink()
    assert client.get("/download/builds.parquet").status_code == 503


def test_where_nothing_was_published_the_page_says_so(client, folder) -> None:
    page = read(client.get("/download/"))
    assert "none have been written yet" in page.text
    assert (page.tables, client.get("/download/builds.parquet").status_code) == ({}, 404)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("builds.parquet", "application/vnd.apache.parquet"), ("builds.csv.gz", "application/gzip")],
)
def test_a_file_is_given_out_as_it_is(client, published, name: str, kind: str) -> None:
    response = client.get(f"/download/{name}", HTTP_ACCEPT_ENCODING="gzip")
    assert b"".join(response) == FILES[name]
    assert {name: response[name] for name in ("Content-Type", "Content-Length", "Content-Disposition", "ETag")} == {
        "Content-Type": kind,
        "Content-Length": str(len(FILES[name])),
        "Content-Disposition": f'attachment; filename="{name}"',
        "ETag": f'"{hashlib.sha256(FILES[name]).hexdigest()}"',
    }
    assert response["Last-Modified"] == "Sun, 01 Nov 2026 00:00:00 GMT"


@pytest.mark.django_db  # what closes an answer looks at the connection, where a test before it made one
def test_who_has_a_file_is_told_so(client, published) -> None:
    first = client.get("/download/builds.parquet")
    again = client.get("/download/builds.parquet", HTTP_IF_NONE_MATCH=first["ETag"])
    assert (again.status_code, b"".join(first)) == (304, FILES["builds.parquet"])
    assert client.get("/download/builds.parquet", HTTP_IF_MODIFIED_SINCE=first["Last-Modified"]).status_code == 304
    head = client.head("/download/builds.parquet")
    head.close()
    assert head["Content-Length"] == str(len(FILES["builds.parquet"]))


def test_tables_are_listed_with_their_files_and_columns(client, published) -> None:
    page = read(client.get("/download/"))
    (files,) = (rows for caption, rows in page.tables.items() if caption.startswith("Files."))
    assert files[1] == [
        "builds",
        "builds.parquet 14 bytesbuilds.csv.gz 12 bytes",
        "1,234",
        "A build: one kernel of one upload.",
    ]
    assert page.tables["Columns of builds"][1:] == [
        ["source", "string", "source package of the kernel"],
        ["date", "timestamp[us, tz=UTC]", "of the upload’s changelog entry"],
    ]
    assert page.tables["Columns of novel"][1:] == [["x", "int32", ""]]
    assert page.to("builds.parquet") == ["/download/builds.parquet"]
    assert hashlib.sha256(FILES["builds.parquet"]).hexdigest() in page.text
    assert words.CRC_OVERSTATES in page.text
    assert "The record has changed since" not in page.text


def test_a_record_that_has_changed_since_is_said(client, published, monkeypatch) -> None:
    monkeypatch.setattr(queries, "generation", lambda: Generation(8, MADE))
    assert "The record has changed since" in read(client.get("/download/")).text
