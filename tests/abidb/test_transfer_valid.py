# SPDX-License-Identifier: GPL-2.0-or-later
"""What an import refuses although it is written as abidb writes it, and what it takes in memory."""

import datetime as dt
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest

from abidb.errors import BadFormat
from abidb.records import EXTRACTOR, BuildKey, Snapshot, UploadFact
from abidb.store import load
from abidb.store.load_sets import Loading, put_sets
from abidb.transfer import envelope, reader
from abidb.transfer.content import CONFIG, MODULES, BuildRow, ListingRow, ReleaseRow, Row, SeenRow, UploadRow
from abidb.transfer.source import BLOCK
from abidb.transfer.valid import DEBS
from abidb.transfer.writer import CONTENT, HEADER, SIGHTINGS
from tests.abidb.test_transfer import DAY, KEY, make_build, make_deb, make_rows, make_set, make_upload, rows_of, text_of

LONG = "x" * 9000
MB = 1 << 20


def changed(kind: type[Row], **given: Any) -> list[Row]:
    """A whole export in which the first row of that kind says something else."""
    rows = make_rows()
    found: Any = next(row for row in rows if isinstance(row, kind))
    if isinstance(found, ListingRow) and "sha256" not in given:
        given = {"listing": replace(found.listing, **given)}
    if isinstance(found, UploadRow):
        rows[:] = [row for row in rows if row is found or not isinstance(row, UploadRow)]
    if isinstance(found, ReleaseRow) and "alias" not in given:
        given = {"release": replace(found.release, **given)}
    return [replace(found, **given) if row is found else row for row in rows]


def keyed(**given: Any) -> BuildKey:
    return replace(KEY, **given)


@pytest.mark.parametrize(
    ("kind", "given", "reason"),
    [
        (ReleaseRow, {"codename": "../x"}, "'../x' is no codename"),
        (ReleaseRow, {"version": LONG}, "is no version of a release"),
        (ReleaseRow, {"alias": "a\x1b[2J"}, "is no suite: more than 100 bytes, or a control character"),
        (ListingRow, {"sha256": "<b>not hex"}, "'<b>not hex' is no SHA-256"),
        (ListingRow, {"release_sha256": "B" * 64}, "is no SHA-256"),
        (ListingRow, {"root": LONG}, "is no root"),
        (ListingRow, {"suite": LONG}, "is no suite"),
        (ListingRow, {"suite": "\N{LATIN SMALL LETTER A WITH DIAERESIS}" * 101}, "is no suite"),
        (ListingRow, {"index": LONG}, "is no index"),
        (SeenRow, {"suite": LONG}, "is no suite"),
        (SeenRow, {"first": DAY + dt.timedelta(days=1)}, "seen in sid last before it was first"),
        (SeenRow, {"key": keyed(source="bash")}, "'bash' is not the kernel's source package"),
        (SeenRow, {"key": keyed(source="linux-6." + "1" * 100)}, "is no source package"),
        (SeenRow, {"key": keyed(version="6 1")}, "'6 1' is no version"),
        (SeenRow, {"key": keyed(arch="AMD")}, "'AMD' is no architecture"),
        (SeenRow, {"key": keyed(flavour="a/b")}, "'a/b' is no flavour"),
        (SeenRow, {"key": keyed(flavour=LONG)}, "is no flavour"),
        (UploadRow, {"source": LONG}, "is no source package"),
        (UploadRow, {"version": "1" * 129}, "is no version"),
        (UploadRow, {"told_by": "a b"}, "'a b' is no version"),
        (UploadRow, {"distribution": LONG}, "is no distribution"),
        (UploadRow, {"urgency": LONG}, "is no urgency"),
        (UploadRow, {"abi_name": LONG}, "is no ABI name"),
        (UploadRow, {"told_with": EXTRACTOR + 1}, f"read by extractor {EXTRACTOR + 1}"),
        (UploadRow, {"facts": (UploadFact("rumour", "", ""),)}, "'rumour' is no kind of fact"),
        (UploadRow, {"facts": (UploadFact("bug", LONG, ""),)}, "is no architecture"),
        (UploadRow, {"facts": (UploadFact("bug", "", LONG),)}, "is no text of a fact"),
        (BuildRow, {"kernel_release": "6.1.0-1-rt-amd64"}, "6.1.0-1-rt-amd64 is not of the flavour amd64"),
        (BuildRow, {"kernel_release": f"{'6.' * 100}1-1-amd64"}, "is no kernel release"),
        (BuildRow, {"vermagic": LONG}, "is no vermagic"),
        (BuildRow, {"extractor": 2**31 - 1}, "only a newer one can take it"),
        (BuildRow, {"mismatches": ("a b",)}, "'a b' is no symbol"),
        (BuildRow, {"symvers_differing": ("kfree",)}, "it differs from a Module.symvers that was not read"),
        (BuildRow, {"debs": ()}, "without any deb"),
        (BuildRow, {"debs": tuple(make_deb(name=f"a{n:03}") for n in range(DEBS + 1))}, "more than 100 debs"),
        (BuildRow, {"debs": (make_deb(name="-x"),)}, "'-x' is no package"),
        (BuildRow, {"debs": (make_deb(source="a/b"),)}, "'a/b' is no source package"),
        (BuildRow, {"debs": (make_deb(source="bash"),)}, "of bash is none of this build"),
        (BuildRow, {"debs": (make_deb(arch="zz"),)}, "6.1.1-1' 'zz' of linux is none of this build"),
        (BuildRow, {"debs": (make_deb(version="9"),)}, "'9' 'amd64' of linux is none of this build"),
        (BuildRow, {"debs": (make_deb(sha256="<b>not hex"),)}, "'<b>not hex' is no SHA-256"),
        (BuildRow, {"debs": (make_deb(size=0),)}, "has 0 bytes"),
        (BuildRow, {"debs": (make_deb(snapshot=Snapshot("c", DAY)),)}, "'c' is no SHA-1"),
    ],
)
def test_a_row_that_no_reader_of_debs_makes_is_refused(kind: type[Row], given: dict[str, Any], reason: str) -> None:
    text, _ = text_of(changed(kind, **given))
    with pytest.raises(BadFormat, match=r"^line \d+: ") as refused:
        rows_of(text)
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("of", "member"),
    [
        ("exports", b"a b\tvmlinux\tEXPORT_SYMBOL\t\t"),
        ("exports", b"a\tvmlinux\tEXPORT_SYMBOLS\t\t"),
        ("exports", b"a\t\tEXPORT_SYMBOL\t\t"),
        ("exports", b"a\tvmlinux\tEXPORT_SYMBOL\ta b\t"),
        ("exports", b"a" * 513 + b"\tvmlinux\tEXPORT_SYMBOL\t\t"),
        (CONFIG, b"CONFIG_\t1"),
        (CONFIG, b"CONFIG_A\t" + b"x" * 2501),
        (CONFIG, b"CONFIG_A\t" + "\N{LATIN SMALL LETTER A WITH DIAERESIS}".encode() * 1251),
        (MODULES, b"a b\tGPL"),
        (MODULES, b"a\t\x1b"),
        (MODULES, b"a\t" + b"x" * 2501),
    ],
)
def test_a_member_that_no_reader_of_debs_makes_is_refused(of: str, member: bytes) -> None:
    one, exports = make_set({member: b""}, of), make_set()
    sets = {"exports": {}, CONFIG: {"config_set": one.digest}, MODULES: {"module_set": one.digest}}[of]
    rows = [make_upload(), one, make_build(one)] if of == "exports" else [make_upload(), exports, one]
    text, _ = text_of(rows if of == "exports" else [*rows, make_build(exports, **sets)])
    with pytest.raises(BadFormat, match=f"is no line of {of}"):
        rows_of(text)


def test_a_moment_at_the_end_of_time_is_refused() -> None:
    text, _ = text_of(make_rows())
    with pytest.raises(BadFormat, match="is no date and time"):
        rows_of(text.replace(b"2026-11-01T08:00:00Z", b"0001-01-01T00:00:00+01:00", 1))


START = [HEADER, SIGHTINGS, CONTENT, b"upload\tlinux\t1\t\t\t\t\t\t0\t0"]
EMPTY = make_set({})
BUILD = text_of([make_upload(), EMPTY, make_build(EMPTY)])[0].split(b"\n")[:6]


@pytest.mark.parametrize(
    ("before", "line"),
    [
        (START, b"fact\tcve\t\tCVE-2026-1"),
        (START, b"fact\tcve\t\t" + b"x" * 15_000),
        ([HEADER, SIGHTINGS], CONTENT),
        (BUILD, b"mismatch\tkfree"),
        (BUILD, b"deb\ta\t1\tamd64\t" + b"a" * 64 + b"\tlinux\t1\t\t"),
        ([*START, b"config\t" + b"0" * 64 + b"\t\t0"], b"+CONFIG_A\ty"),
    ],
)
def test_lines_without_end_are_refused_before_they_fill_the_memory(before: list[bytes], line: bytes) -> None:
    def lines() -> Iterator[bytes]:
        yield from before
        yield from (bytes(bytearray(line)) for _ in repeat(None))

    tracemalloc.start()
    try:
        with pytest.raises(BadFormat, match="that belong together|may not stand here"):
            list(reader.rows(lines()))
        assert tracemalloc.get_traced_memory()[1] < 8 * BLOCK
    finally:
        tracemalloc.stop()


def test_a_few_bytes_that_unpack_to_a_billion_lines_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb"
    with envelope.written(path) as sink:
        sink(b"\n".join(START) + b"\n")
        for _ in range(100):
            sink(b"fact\tcve\t\tCVE-2026-1\n" * 100_000)
    assert path.stat().st_size < 100_000
    with pytest.raises(BadFormat, match="more than 200,000 lines, or 16,777,216 bytes, that belong together"):
        list(reader.rows(envelope.lines(path)))


def test_rows_with_many_parts_are_written_a_few_at_a_time() -> None:
    many = tuple(UploadFact("bug", "", str(n)) for n in range(100_000))
    uploads = [make_upload(version=str(n), facts=many) for n in range(6)]
    sets = [make_set({b"CONFIG_%d\ty" % n: b"" for n in range(5)}, CONFIG)] * 3
    builds = [make_build(make_set(), symvers_differing=("a",) * 300_000)] * 5
    assert [len(batch) for _, batch in load._batches([*uploads, *sets, *builds])] == [3, 3, 6, 2]


@pytest.mark.django_db
def test_ids_of_members_are_looked_up_again_where_too_many_would_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    loading, sets = Loading(), [make_set({b"CONFIG_A\t%d" % n: b""}, CONFIG) for n in range(3)]
    monkeypatch.setattr("abidb.store.load_sets.KNOWN", 1)
    kept = []
    for one in [*sets, sets[0]]:
        put_sets(loading, [one])
        kept.append(len(loading.members[CONFIG]))
    assert (kept, len(loading.sets[CONFIG])) == ([1, 2, 1, 1], 3)
