# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt
import hashlib
import struct
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from abidb.errors import BadFormat
from abidb.lifecycle import DebianRelease
from abidb.records import BuildKey, Deb, Listing, Snapshot, UploadFact
from abidb.transfer import envelope, fields, reader
from abidb.transfer.content import (
    CONFIG,
    EXPORTS,
    MODULES,
    BuildRow,
    ListingRow,
    ReleaseRow,
    Row,
    SeenRow,
    SetRow,
    UploadRow,
)
from abidb.transfer.sets import LARGEST, applied, computed_digest, fact_digest, steps
from abidb.transfer.valid import KINDS
from abidb.transfer.writer import Writer

DAY = dt.datetime(2026, 11, 1, 8, tzinfo=dt.UTC)
KEY = BuildKey("linux", "6.1.1-1", "amd64", "amd64")


def make_set(members: dict[bytes, bytes] | None = None, of: str = EXPORTS, covers: str = "all") -> SetRow:
    given = {b"kfree\tvmlinux\tEXPORT_SYMBOL\t\t": b"1"} if members is None else members
    row = SetRow(of, b"", covers if of == EXPORTS else "", dict(sorted(given.items())))
    return SetRow(of, computed_digest(row), row.covers, row.members)


def make_upload(**given: Any) -> UploadRow:
    told = {"date": DAY, "distribution": "unstable", "urgency": "medium", "abi_name": "6.1.0-1"}
    told |= {"told_by": "6.1.1-1", "told_with": 2, "policy_read": False, "facts": ()}
    return UploadRow(**{"source": "linux", "version": "6.1.1-1", **told, **given})


def make_deb(**given: Any) -> Deb:
    named = {"name": "linux-image-6.1.0-1-amd64", "version": "6.1.1-1", "arch": "amd64", "source": "linux"}
    return Deb(**{**named, "sha256": "a" * 64, "size": 1000, **given})


def make_build(exports: SetRow, **given: Any) -> BuildRow:
    checks = {"vermagic": "6.1.0-1-amd64 SMP ", "signed": True, "extractor": 2, "imports_checked": 5, "mismatches": ()}
    sets = {"export_set": exports.digest, "config_set": None, "module_set": None}
    symvers = {"symvers_lines": None, "symvers_differing": ()}
    named = {"key": KEY, "kernel_release": "6.1.0-1-amd64", "debs": (make_deb(),)}
    return BuildRow(**{**named, **sets, **checks, **symvers, **given})


def make_rows() -> list[Row]:
    exports, config = make_set(), make_set({b'CONFIG_X\t"a\\\\b"': b""}, CONFIG)
    other = make_set({b"kfree\tvmlinux\tEXPORT_SYMBOL\t\t": b"", b"a\tm/n\tEXPORT_SYMBOL_GPL\tN\t": b"7"})
    modules = make_set({b"m/n\tGPL": b""}, MODULES)
    later = BuildKey("linux", "6.1.10-1", "amd64", "amd64")
    listing = Listing("http://127.0.0.1/debian", "sid", "main/binary-amd64/Packages", "b" * 64, DAY)
    snapshot = Snapshot("c" * 40, DAY)
    sets = {"config_set": config.digest, "module_set": modules.digest}
    return [
        ReleaseRow(DebianRelease("sid", "", dt.date(1993, 8, 16), None, None, None), "unstable"),
        ListingRow("a" * 64, listing),
        SeenRow(KEY, "sid", DAY, DAY),
        make_upload(facts=(UploadFact("abi", "", "1"), UploadFact("ignore-remark", "amd64", "a\\b"))),
        make_upload(version="6.1.10-1", date=None, told_by="", told_with=0, policy_read=True),
        exports,
        config,
        make_build(exports, config_set=config.digest, mismatches=("kfree",)),
        other,
        modules,
        make_build(
            other,
            key=later,
            symvers_lines=9,
            symvers_differing=("a", "b"),
            debs=(make_deb(version="6.1.10-1", snapshot=snapshot),),
            **sets,
        ),
    ]


def text_of(rows: Iterable[Row]) -> tuple[bytes, bytes]:
    """The lines of an export, and the digest of its content."""
    parts: list[bytes] = []
    writer = Writer(parts.append)
    for row in rows:
        writer.put(row)
    digest = writer.close()
    return b"".join(parts), digest


def rows_of(text: bytes) -> list[Row]:
    return list(reader.rows(iter(text.split(b"\n")[:-1])))


def plain(rows: Iterable[Row]) -> list[object]:
    """Rows that can be compared: sets are compared by identity otherwise."""
    return [(r.of, r.digest, r.covers, dict(r.members)) if isinstance(r, SetRow) else r for r in rows]


def resigned(text: bytes) -> bytes:
    """The text with digests that fit it: what a forger would make of it."""
    body = text[: text.index(b"\ndigest\t") + 1]
    content = body[body.index(b"\ncontent\n") + 1 :]
    whole = body + b"digest\t" + hashlib.sha256(content).hexdigest().encode() + b"\n"
    return whole + b"end\t" + hashlib.sha256(whole).hexdigest().encode() + b"\n"


def test_the_text_is_what_the_documentation_shows() -> None:
    text, digest = text_of(make_rows()[3:8])
    exports, config = make_set(), make_set({b'CONFIG_X\t"a\\\\b"': b""}, CONFIG)
    expected = [
        "abidb export\t2",
        "sightings",
        "content",
        "upload\tlinux\t6.1.1-1\t2026-11-01T08:00:00Z\tunstable\tmedium\t6.1.0-1\t6.1.1-1\t2\t0",
        "fact\tabi\t\t1",
        "fact\tignore-remark\tamd64\ta\\\\b",
        "upload\tlinux\t6.1.10-1\t\tunstable\tmedium\t6.1.0-1\t\t0\t1",
        f"exports\t{exports.digest.hex()}\tall\t1",
        "+kfree\tvmlinux\tEXPORT_SYMBOL\t\t1",
        f"config\t{config.digest.hex()}\t\t1",
        '+CONFIG_X\t"a\\\\b"',
        f"build\tlinux\t6.1.1-1\tamd64\tamd64\t6.1.0-1-amd64\t{exports.digest.hex()}\t{config.digest.hex()}\t\t"
        "6.1.0-1-amd64 SMP \t1\t2\t5\t",
        "mismatch\tkfree",
        f"deb\tlinux-image-6.1.0-1-amd64\t6.1.1-1\tamd64\t{'a' * 64}\tlinux\t1000\t\t",
        f"digest\t{digest.hex()}",
    ]
    assert text.decode().splitlines()[:-1] == expected


def test_everything_comes_back_as_it_went_in() -> None:
    text, _ = text_of(make_rows())
    assert plain(rows_of(text)) == plain(make_rows())


def test_the_digest_is_of_the_content_and_not_of_sightings() -> None:
    _, whole = text_of(make_rows())
    _, without = text_of(make_rows()[3:])
    assert whole == without


def test_an_empty_record_has_an_export() -> None:
    text, _ = text_of([])
    assert rows_of(text) == []


names = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)
said = st.text(max_size=6).filter(str.isprintable)
told_facts = st.tuples(st.sampled_from(KINDS), said, said)
words = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=4)
symbols = st.from_regex(r"[A-Za-z_$.][A-Za-z0-9_$.]{0,3}", fullmatch=True)
kinds = st.sampled_from(["EXPORT_SYMBOL", "EXPORT_SYMBOL_GPL", "EXPORT_UNUSED_SYMBOL_GPL", "EXPORT_SYMBOL_GPL_FUTURE"])
crcs = st.none() | st.integers(1, 2**32 - 1)
declared = st.dictionaries(st.tuples(symbols, words, kinds, words | st.just("")), crcs, max_size=6)


@given(st.lists(declared, max_size=4), st.lists(told_facts, max_size=3))
@settings(max_examples=60)
def test_whatever_is_exported_comes_back(sets: list[dict], told: list[tuple[str, str, str]]) -> None:
    facts = tuple(UploadFact(*fact) for fact in sorted(set(told)))
    versions = [f"6.1.{n}-1" for n in range(len(sets))]
    rows: list[Row] = [make_upload(version=version, facts=facts) for version in versions]
    seen: set[bytes] = set()
    for version, exports in zip(versions, sets, strict=True):
        row = make_set({("\t".join(e) + "\t").encode(): str(crc or "").encode() for e, crc in exports.items()})
        rows += [row] if row.digest not in seen else []
        seen.add(row.digest)
        rows.append(make_build(row, key=replace(KEY, version=version), debs=(make_deb(version=version),)))
    text, _ = text_of(rows)
    assert plain(rows_of(text)) == plain(rows)


@given(st.lists(st.tuples(names, names), unique=True))
def test_options_come_back_whatever_they_hold(facts: list[tuple[str, str]]) -> None:
    assert fields.pairs(fields.member(*fact) for fact in facts) == facts


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"abidb export\t2", b"abidb export\t3", "another version of the format"),
        (b"abidb export\t2", b"PK", "'PK' where 'abidb export\\t2' is expected"),
        (b"sightings", b"seen", "'seen' where 'sightings' is expected"),
        (b"+kfree\tvmlinux\tEXPORT_SYMBOL\t\t1", b"+kfree\tvmlinux\tEXPORT_SYMBOL\t\t2", "not those of this digest"),
        (b"+kfree\tvmlinux\tEXPORT_SYMBOL\t\t1", b"+kfree\tvmlinux\tEXPORT_SYMBOL\t\t01", "'01' is no CRC"),
        (b"+kfree\tvmlinux\tEXPORT_SYMBOL\t\t1", b"+kfree\tvmlinux\tEXPORT_SYMBOL\t\t4294967296", "is no CRC"),
        (b"+kfree\tvmlinux\tEXPORT_SYMBOL\t\t1", b"+kfree\tvmlinux\tEXPORT_SYMBOL\t1", "is no line of exports"),
        (b"+kfree\tvmlinux\tEXPORT_SYMBOL\t\t1", b"-kfree\tvmlinux\tEXPORT_SYMBOL\t\t", "takes away what is not there"),
        (b"\tall\t1\n", b"\tall\t2\n", "a set of 1 members, not 2"),
        (b"\tall\t1\n", b"\thalf\t1\n", "a set of exports cannot cover 'half'"),
        (b"\tmedium\t6.1.0-1\t6.1.1-1\t2", b"\tmedium\t6.1.0-1\t6.1.1-1\t-2", "'-2' is no number"),
        (b"6.1.1-1\t2\t0\n", b"6.1.1-1\t2\tno\n", "'no' is neither 0 nor 1"),
        (b"6.1.1-1\t2\t0\n", b"6.1.1-1\t2\n", "'upload' has 8 fields, not 9"),
        (b"2026-11-01T08:00:00Z\tunstable", b"yesterday\tunstable", "'yesterday' is no date and time"),
        (b"2026-11-01T08:00:00Z\tunstable", b"2026-11-01T08:00:00\tunstable", "has no time zone"),
        (b"2026-11-01T08:00:00Z\tunstable", b"2026-11-01T09:00:00+01:00\tunstable", "not as abidb writes it"),
        (b"1993-08-16", b"1993-16-08", "is no day"),
        (b"ignore-remark\tamd64\ta\\\\", b"ignore-remark\tamd64\ta\\x", "is no escape"),
        (b"fact\tabi\t\t1\n", b"fact\tabi\t\t1\nfact\tabi\t\t1\n", "not as abidb writes it"),
        (b"fact\tabi\t\t1\n", b"fact\tabi\t\t\xff\n", "no UTF-8"),
        (b"fact\tabi\t\t1\n", b"fact\tabi\t\t\x00\n", "a NUL"),
        (b"fact\tabi\t\t1\n", b"tale\tabi\t\t1\n", "may not stand here"),
        (b"6.1.0-1-amd64\t", b"rubbish\t", "is not the release of a Debian kernel"),
        (b"linux\t1000\t\t\n", b"linux\t1000\t" + b"c" * 40 + b"\t\n", "half of what the snapshot service says"),
        (b"linux\t1000\t\t\n", b"linux\t1000\t\t\nmismatch\n", "may not stand here"),
    ],
)
def test_a_file_that_says_otherwise_is_refused_even_with_digests_that_fit(old: bytes, new: bytes, reason: str) -> None:
    text, _ = text_of(make_rows())
    assert old in text
    with pytest.raises(BadFormat, match=r"^line \d+: ") as refused:
        rows_of(resigned(text.replace(old, new, 1)))
    assert reason in str(refused.value)


def test_a_forged_digest_of_a_set_is_refused() -> None:
    text, _ = text_of(make_rows())
    digest = make_set().digest.hex().encode()
    with pytest.raises(BadFormat, match="not those of this digest"):
        rows_of(resigned(text.replace(digest, b"0" * 64)))
    with pytest.raises(BadFormat, match="is no SHA-256"):
        rows_of(resigned(text.replace(digest, b"0" * 63)))


@pytest.mark.parametrize(("word", "reason"), [(b"digest", "the content has the digest"), (b"end", "is expected")])
def test_a_forged_digest_of_the_content_or_the_whole_is_refused(word: bytes, reason: str) -> None:
    text, _ = text_of(make_rows())
    at = text.index(b"\n" + word + b"\t") + len(word) + 2
    with pytest.raises(BadFormat, match=reason):
        rows_of(text[:at] + b"0" * 64 + text[at + 64 :])


def test_every_beginning_of_a_file_is_refused() -> None:
    lines = text_of(make_rows())[0].split(b"\n")[:-1]
    for count in range(len(lines)):
        with pytest.raises(BadFormat):
            list(reader.rows(iter(lines[:count])))


def test_what_stands_behind_the_end_is_refused() -> None:
    text, _ = text_of(make_rows())
    with pytest.raises(BadFormat, match="something stands behind its end"):
        rows_of(text + b"more\n")


def test_there_is_one_order() -> None:
    rows = make_rows()
    for wrong, reason in [
        ([rows[1], rows[0]], "out of order"),
        ([rows[4], rows[3]], "out of order"),
        ([rows[3], rows[3]], "out of order"),
        ([rows[5], rows[5]], "stand there twice"),
        ([rows[7]], "a set of .* is missing"),
        ([rows[9], *rows[5:8]], "that are not its own"),
        ([rows[5]], "a set that no build has"),
        ([replace(rows[5], digest=b"0" * 32)], "are not those of this digest"),
        ([rows[5], rows[8]], "two sets of exports before one build"),
    ]:
        with pytest.raises(BadFormat, match=reason):
            text_of(wrong)


def test_what_is_no_row_cannot_be_written() -> None:
    from abidb.transfer.writer import _lines, _place

    for name in (_lines, _place):
        with pytest.raises(TypeError, match="str"):
            name("a row")


def test_steps_lead_from_one_set_to_the_next() -> None:
    before, after = {b"a\tx": b"", b"b\tx": b""}, {b"b\tx": b"", b"c\tx": b""}
    assert steps(before, after) == [b"-a\tx", b"+c\tx"]
    assert applied(MODULES, before, steps(before, after)) == after


def test_a_set_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("abidb.transfer.sets.LARGEST", 1)
    with pytest.raises(BadFormat, match="more than 1 members"):
        applied(CONFIG, {}, [b"+CONFIG_A\tx", b"+CONFIG_B\tx"])
    monkeypatch.setattr("abidb.transfer.sets.LARGEST", LARGEST)
    monkeypatch.setattr("abidb.transfer.sets.HEAVIEST", 9)
    with pytest.raises(BadFormat, match="or 9 bytes"):
        applied(CONFIG, {}, [b"+CONFIG_A\tx"])
    assert LARGEST > 100_000


def test_the_digest_of_facts_does_not_hang_on_their_order() -> None:
    assert fact_digest([("b", "1"), ("a", "2")]) == hashlib.sha256(b"a\x002\0b\x001").digest()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "record.abidb"
    text, _ = text_of(make_rows())
    with envelope.written(path) as sink:
        sink(text[:100])
        sink(text[100:])
    return path


def test_a_file_holds_its_lines(file: Path) -> None:
    assert list(envelope.lines(file)) == text_of(make_rows())[0].split(b"\n")[:-1]
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_zstd_alone_reads_a_file(file: Path) -> None:
    with file.open("rb") as compressed:
        reader = zstandard.ZstdDecompressor().stream_reader(compressed, read_across_frames=True)
        assert reader.read() == text_of(make_rows())[0]


def test_a_file_with_any_one_bit_flipped_is_refused(file: Path) -> None:
    data = file.read_bytes()
    for bit in range(0, len(data) * 8, 7):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        file.write_bytes(changed)
        with pytest.raises(BadFormat, match="cut off or changed"):
            next(envelope.lines(file))


def test_a_file_that_was_cut_off_is_refused(file: Path) -> None:
    data = file.read_bytes()
    for length in range(0, len(data), 13):
        file.write_bytes(data[:length])
        with pytest.raises(BadFormat, match="cut off or changed|too short"):
            next(envelope.lines(file))


def signed(frame: bytes) -> bytes:
    return frame + struct.pack("<II", 0x184D2A50, 32) + hashlib.sha256(frame).digest()


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"no zstd at all", "zstd: "),
        (zstandard.compress(b"x" * 2_000_000), "a line of more than 20,000 bytes"),
        (zstandard.compress(b"a\nb"), "its last line has no end"),
    ],
)
def test_a_frame_that_is_no_text_is_refused(tmp_path: Path, frame: bytes, reason: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(signed(frame))
    with pytest.raises(BadFormat, match=reason):
        list(envelope.lines(path))


def test_a_second_frame_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(signed(zstandard.compress(b"a\n") + zstandard.compress(b"b\n")))
    assert list(envelope.lines(path)) == [b"a", b"b"]


def test_nothing_is_left_of_a_file_that_could_not_be_finished(tmp_path: Path) -> None:
    def fail() -> Iterator[None]:
        with envelope.written(tmp_path / "x") as sink:
            sink(b"half")
            raise KeyError("half way")
        yield

    with pytest.raises(KeyError):
        next(fail())
    assert list(tmp_path.iterdir()) == []
