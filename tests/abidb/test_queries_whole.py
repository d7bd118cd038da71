# SPDX-License-Identifier: GPL-2.0-or-later
"""Questions over many builds: configurations, volatile symbols, bounded answers, invariants."""

import dataclasses

import pytest
from django.db import connection, transaction

from abidb import comparison, queries, store
from abidb.answers import OptionChange, Volatile
from abidb.dictionary import declarations
from abidb.errors import UnknownName
from abidb.exportset import pack, unpack
from abidb.queries import symbols
from tests.builders.records import make_entry, make_export, make_kernel

pytestmark = pytest.mark.django_db

A, B, C = make_export("alpha"), make_export("beta", module="lib/beta"), make_export("gamma")


def build(n: int, *exports, **fields) -> int:
    fields = {"exports": exports or (A, B), **fields}
    flavour = fields.get("flavour", "amd64")
    return store.save(make_kernel(f"6.1.0-{n}-{flavour}", f"6.1.{n}-1", **fields)).build


def crc(export, n: int):
    return dataclasses.replace(export, crc=n)


def test_options_differ_by_value_and_by_being_set() -> None:
    old = build(1, config="CONFIG_A=y\nCONFIG_B=m\nCONFIG_D=1\n# CONFIG_C is not set\n")
    new = build(2, config="CONFIG_A=y\nCONFIG_B=y\nCONFIG_C=y\n")
    found = queries.config_diff(old, new)
    assert (found.old.id, found.new.id, found.measured) == (old, new, True)
    assert found.changes == (
        OptionChange("CONFIG_B", "m", "y"),
        OptionChange("CONFIG_C", None, "y"),
        OptionChange("CONFIG_D", "1", None),
    )
    assert queries.config_diff(old, old).changes == ()


def test_a_configuration_that_is_not_known_is_not_compared() -> None:
    found = queries.config_diff(build(1), build(2, config=""))
    assert (found.measured, found.changes) == (False, ())
    with pytest.raises(UnknownName, match="no build 0"):
        queries.config_diff(0, 0)


def test_the_symbols_that_broke_most_often_come_first() -> None:
    build(1, A, B, C)
    build(2, crc(A, 2), B, C)
    build(3, crc(A, 3), crc(B, 3), C)
    build(4, crc(A, 4), dataclasses.replace(crc(B, 4), module="lib/other"), C, make_export("new"))
    expected = (Volatile("alpha", 3), Volatile("beta", 2))
    assert queries.volatile("bookworm", "amd64", "amd64") == expected
    assert queries.volatile("bookworm", "amd64", "amd64", limit=1) == expected[:1]


def test_a_symbol_that_moved_is_counted_under_all_its_declarations() -> None:
    moved = dataclasses.replace(B, module="lib/other")
    for n, exports in enumerate(((B,), (crc(B, 2),), (crc(moved, 2),), (crc(moved, 3),)), 1):
        build(n, *exports)
    assert queries.volatile("bookworm", "amd64", "amd64") == (Volatile("beta", 2),)


def test_a_symbol_that_two_modules_export_breaks_once_in_a_step() -> None:
    twice = (B, dataclasses.replace(B, module="lib/other"))
    build(1, *twice)
    build(2, *(crc(export, 2) for export in twice))
    assert queries.volatile("bookworm", "amd64", "amd64") == (Volatile("beta", 1),)


def test_where_nothing_broke_nothing_is_volatile() -> None:
    build(1)
    build(2)
    assert queries.volatile("bookworm", "amd64", "amd64") == queries.volatile("no", "such", "lane") == ()


def test_among_other_lanes_only_the_newest_steps_are_given() -> None:
    for n in range(1, 5):
        build(n, crc(A, n))
    (lane,) = queries.lanes(newest=2)
    assert [(s.old.version, s.new.version, s.counts.crc_changed) for s in lane.steps] == [
        ("6.1.2-1", "6.1.3-1", 1),
        ("6.1.3-1", "6.1.4-1", 1),
    ]
    assert (lane.older, queries.lane("bookworm", "amd64", "amd64").older) == (2, 0)


@pytest.fixture
def few_points(monkeypatch) -> None:
    monkeypatch.setattr(symbols, "POINTS", 2)


def test_of_many_builds_the_newest_of_the_headline_lanes_are_told(few_points) -> None:
    for n in range(1, 4):
        build(n, A)
        build(n, A, flavour="rt-amd64")
    (told,) = queries.symbol("alpha")
    assert (told.lane.flavour, [p.build.version for p in told.points], told.older) == (
        "amd64",
        ["6.1.2-1", "6.1.3-1"],
        1,
    )
    (whole,) = queries.symbol("alpha", line="bookworm", arch="amd64", flavour="rt-amd64")
    assert (len(whole.points), whole.older) == (3, 0)


def test_a_symbol_that_no_headline_lane_has_is_looked_for_in_the_others(few_points) -> None:
    for n in range(1, 4):
        build(n, A)
        build(n, A, C, flavour="rt-amd64")
    (told,) = queries.symbol("gamma")
    assert (told.lane.flavour, len(told.points), told.older) == ("rt-amd64", 1, 2)


def test_a_symbol_that_only_old_builds_have_is_to_be_looked_for_in_one_lane(few_points) -> None:
    for n, exports in enumerate(((A, C), (A,), (A,)), 1):
        build(n, *exports)
        build(n, A, flavour="rt-amd64")
    with pytest.raises(UnknownName, match="none of the newest builds exports 'gamma'"):
        queries.symbol("gamma")
    assert len(queries.symbol("gamma", line="bookworm", arch="amd64", flavour="amd64")) == 1


def test_a_process_keeps_no_more_sets_than_it_may(monkeypatch) -> None:
    monkeypatch.setattr(comparison, "KEPT_IDS", 1)
    for n in range(1, 4):
        build(n, crc(A, n))
    assert [point.exports[0].crc for point in queries.symbol("alpha")[0].points] == [1, 2, 3]
    assert queries.symbol("alpha")[0].points[0].exports == (A,)


def test_an_export_that_no_dictionary_has_is_refused() -> None:
    packed, _ = pack([2_000_000_000], [1])
    with pytest.raises(KeyError, match="1 of its exports"):
        declarations(unpack("all", packed, None).ids)


def test_a_sound_record_has_no_findings() -> None:
    for n in range(1, 4):
        build(n, crc(A, n), B)
    changelog = (make_entry("6.1.4-1", distribution="sid"),)
    store.save(make_kernel("6.1.0-4-amd64", "6.1.4-1", changelog=changelog, config="", modules=()))
    assert queries.invariants() == ()
    assert queries.invariants(memos=1) == ()


SWAP = "UPDATE {table} SET {column} = decode('{value}', 'hex') WHERE id = (SELECT min(id) FROM {table})"


LENIENT = "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"


def spoil(statement: str) -> tuple[str, ...]:
    """What is found after a statement that a sound database would refuse; the ids in it are left out."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LENIENT)
        cursor.execute(statement)
    return queries.invariants()


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        (SWAP.format(table="export_set", column="digest", value="00"), "members are not those of its digest"),
        (SWAP.format(table="export_set", column="exports", value="00000000"), "its ids do not ascend"),
        (SWAP.format(table="export_set", column="exports", value="0100000001000000"), "stored export set of 8 bytes"),
        (SWAP.format(table="export_set", column="crc", value="00"), "with 1 bytes of CRCs"),
        ("UPDATE export_set SET crc = NULL, exports = decode('ffffff7f', 'hex')", "a member that is in no dictionary"),
        ("UPDATE export SET kind = 'EXPORT_SYMBOL_GPL' WHERE id = (SELECT min(id) FROM export)", "of its digest"),
        (SWAP.format(table="fact_set", column="digest", value="00"), "members are not those of its digest"),
        (SWAP.format(table="fact_set", column="members", value="ffffff7f"), "a member that is in no dictionary"),
        (SWAP.format(table="fact_set", column="members", value="ff"), "stored export set of 1 bytes"),
        ("UPDATE upload SET version_key = '1' WHERE version = '6.1.1-1'", "version key is another version's"),
        ("UPDATE build SET abi_name = '6.1.0-9'", "ABI name 6.1.0-9"),
        ("UPDATE build SET kernel_release = 'odd'", "(odd): ABI name 6.1.0-1"),
        ("UPDATE build SET mismatches = '{kfree}'", "good, although its checks failed"),
        ("UPDATE build SET status = 'apart'", "apart, although its checks found nothing"),
        ("DELETE FROM deb", "without any deb"),
        ("UPDATE deb SET sha256 = 'x'", "build linux 6.1.1-1 amd64 amd64: 'x' is no SHA-256"),
        ("UPDATE build SET symvers_differing = '{kfree}'", "differs from a Module.symvers that was not read"),
        ("UPDATE build SET extractor = 99", "read by extractor 99"),
        ("UPDATE build SET flavour = 'rt-amd64'", "6.1.0-1-amd64 is not of the flavour rt-amd64"),
        ("UPDATE build SET module_set_id = config_set_id", "its options or modules are a set of something else"),
        ("UPDATE build SET config_set_id = module_set_id", "its options or modules are a set of something else"),
        ("UPDATE suite_seen SET first = last + interval '1 day'", "seen in bookworm last before it was first"),
        ("UPDATE listing SET release_sha256 = ''", ": '' is no SHA-256"),
        ("UPDATE upload SET urgency = repeat('x', 101)", "upload linux 6.1.1-1: "),
        ("UPDATE upload SET source = 'a b' WHERE version = '6.1.1-1'", "'a b' is no source package"),
        ("INSERT INTO release (codename, version, suite) VALUES ('X', '', '')", "release: 'X' is no codename"),
        ("UPDATE lane SET codename = 'trixie'", "lane bookworm/amd64/amd64: of the release trixie"),
        ("UPDATE lane SET line = 'trixie'", "in lane trixie/amd64/amd64, where it does not belong"),
        ("DELETE FROM lane_build", "not in lane bookworm/amd64/amd64, where it belongs"),
        ("DELETE FROM set_diff", "neighbours in a lane, and no comparison is remembered"),
        ("UPDATE set_diff SET added = 9", "remembered comparison is not what a fresh one tells"),
        ("UPDATE set_diff SET broken = ''", "remembered comparison is not what a fresh one tells"),
    ],
)
def test_what_does_not_hold_is_said(statement: str, finding: str) -> None:
    build(1, A)
    build(2, crc(A, 2))
    assert any(finding in line for line in spoil(statement))
