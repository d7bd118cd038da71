# SPDX-License-Identifier: GPL-2.0-or-later
"""The sentences about new ABI names, and the same as JSON."""

import datetime as dt
import json
from dataclasses import replace

import pytest

from abidb import namewords
from abidb.compat import Counts
from abidb.nameanswers import (
    CHANGED,
    NO_CRCS,
    NO_OLD,
    REASONS,
    SAME,
    FlavourStep,
    NameCounts,
    NamedUpload,
    NamesPage,
    NewName,
)
from abidb.namejson import names_json
from abidb.versions import BuildName

OLD, NEW = BuildName("6.1.0-1-amd64", "6.1.1-1", "amd64"), BuildName("6.1.0-2-amd64", "6.1.2-1", "amd64")
COUNTS = Counts(added=1, removed=0, crc_changed=2, moved=0, gpl_tightened=0, namespace_changed=0, common=10)


def name(unchanged: int = 0, changed: int = 0, unmeasured: int = 0, *flavours: FlavourStep) -> NewName:
    date = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    old, new = NamedUpload("linux", "6.1.1-1", None, ("6.1.0-1",)), NamedUpload("linux", "6.1.2-1", date, ("6.1.0-2",))
    return NewName("bookworm/linux/6.1.2-1", ("bookworm",), old, new, unchanged, changed, unmeasured, flavours)


def step(state: str, flavour: str = "amd64", old: BuildName | None = OLD) -> FlavourStep:
    counts = COUNTS if state == CHANGED else None
    return FlavourStep("amd64", flavour, state, old, NEW, counts, "all" if counts else "")


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((31, 0, 0), "unchanged in 31 of 31"),
        ((12, 19, 0), "unchanged in 12 of 31, changed in 19"),
        ((0, 5, 0), "changed in 5 of 5"),
        ((12, 0, 19), "unchanged in 12 of 12 measured; 19 not measurable"),
        ((2, 3, 4), "unchanged in 2 of 5 measured, changed in 3; 4 not measurable"),
        ((0, 0, 1), "measurable in none of 1 flavour"),
    ],
)
def test_it_is_told_in_how_many_flavours_nothing_changed(numbers: tuple[int, int, int], said: str) -> None:
    assert namewords.measured_sentence(name(*numbers)) == said


def test_new_names_are_summed_up_with_those_of_which_nothing_can_be_told() -> None:
    assert [namewords.names_sentence(NameCounts("", *numbers)) for numbers in ((0, 0, 0), (1, 0, 0), (85, 9, 5))] == [
        "no upload on record brought a new ABI name",
        "of 1 new ABI name none came without an export change",
        "of 85 new ABI names 9 came without an export change; of 5 it cannot be told",
    ]


def test_every_reason_and_every_state_has_its_words() -> None:
    assert set(namewords.REASON_WORDS) == set(REASONS)
    assert [namewords.flavour_sentence(step(state)) for state in (SAME, CHANGED, NO_OLD)] == [
        "no export changed",
        "2 of 10 CRCs changed (20 %), 1 export added",
        "no build of the upload before is on record",
    ]


def test_flavours_that_are_not_measurable_are_told_by_the_reason() -> None:
    missing, bare = step(NO_OLD, "new-amd64", None), step(NO_CRCS, "4kc-malta")
    assert namewords.reasons(name(1, 0, 2, step(SAME), missing, bare)) == (
        (namewords.REASON_WORDS[NO_CRCS], (bare,)),
        (namewords.REASON_WORDS[NO_OLD], (missing,)),
    )
    assert [namewords.flavour_title(each) for each in (missing, bare)] == ["new-amd64", "4kc-malta (amd64)"]


def test_uploads_between_the_two_are_told_where_there_are_any() -> None:
    assert [namewords.between_sentence(replace(name(1), between=n)) for n in (0, 1, 10)] == [
        "",
        "1 upload between the two is not on record",
        "10 uploads between the two are not on record",
    ]


def test_json_says_the_same_in_the_same_words() -> None:
    counts = NameCounts("bookworm", 1, 0, 0)
    found = name(0, 1, 1, step(CHANGED), step(NO_OLD, "new-amd64", None))
    told = names_json(NamesPage((found,), 1, counts, (counts,), ""))
    assert json.loads(json.dumps(told)) == told
    assert (told["summary"], told["before"], told["counts"]) == (
        "of 1 new ABI name none came without an export change",
        None,
        {"line": "bookworm", "names": 1, "unchanged": 0, "unknown": 0},
    )
    (one,) = told["names"]
    assert one["upload"] == {
        "source": "linux",
        "version": "6.1.2-1",
        "date": "2026-11-01T00:00:00+00:00",
        "abi_names": ["6.1.0-2"],
    }
    assert one["summary"] == "changed in 1 of 1 measured; 1 not measurable"
    assert [(each["state"], each["old"], each["scope"], each["summary"]) for each in one["flavours"]] == [
        (CHANGED, str(OLD), "all", "2 of 10 CRCs changed (20 %), 1 export added"),
        (NO_OLD, None, None, "no build of the upload before is on record"),
    ]
