# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt
import json
from pathlib import Path

import pytest

from abidb.publication import CONTENTS, CURRENT, Publication, PublishedFile, PublishedTable, contents, published

MADE = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
TABLE = PublishedTable("builds", 3, (("source", "string"),), (PublishedFile("builds.parquet", 9, "0" * 64),))


def put(folder: Path, text: str) -> Path:
    (folder / "publication-1").mkdir()
    (folder / "publication-1" / CONTENTS).write_text(text)
    (folder / CURRENT).symlink_to("publication-1")
    return (folder / "publication-1").resolve()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", json.dumps({"generation": 1, "made": "yesterday", "tables": []})]
)
def test_what_is_damaged_is_refused(tmp_path: Path, text: str) -> None:
    put(tmp_path, text)
    with pytest.raises(ValueError):
        published(tmp_path)


def test_where_nothing_was_published_there_is_nothing(tmp_path: Path) -> None:
    assert [published(tmp_path / "none"), published(tmp_path)] == [None, None]


def test_what_was_told_is_read(tmp_path: Path) -> None:
    folder = put(tmp_path, contents(7, MADE, [TABLE]))
    found = published(tmp_path)
    assert found == Publication(7, MADE, folder, (TABLE,))
    assert (found.size, found.file("builds.parquet"), found.file("contents.json")) == (9, TABLE.files[0], None)
