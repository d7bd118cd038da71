# SPDX-License-Identifier: GPL-2.0-or-later
"""`manage.py lanes` and what it shares with the API."""

import json

import pytest
from django.core.management import call_command
from django.db import connection

from abidb import queries, store
from abidb.errors import UnknownName
from abidb.lanejson import churn_json, lanes_json
from abidb.words import CRC_OVERSTATES
from tests.builders.packages import fill_packages
from tests.builders.records import make_export, make_kernel

pytestmark = pytest.mark.django_db
LANE = ("bookworm", "amd64", "amd64")


@pytest.mark.parametrize("lane", ["woody", "bookworm/amd64/rt-amd64"])
def test_a_lane_that_is_not_there_is_refused_with_those_that_are(lane) -> None:
    fill_packages()
    with pytest.raises(UnknownName) as refused:
        call_command("lanes", lane)
    assert refused.value.candidates[0].startswith("bookworm")


def test_a_record_without_builds_has_no_lanes(capsys) -> None:
    call_command("lanes")
    assert capsys.readouterr().out.strip() == ""


def test_lanes_are_listed_with_what_their_release_is_today(capsys) -> None:
    fill_packages()
    call_command("lanes", "bookworm")
    assert capsys.readouterr().out.splitlines() == ["bookworm/amd64/amd64  oldstable"]


def test_a_lane_is_told_newest_first_with_whom_each_build_hurts(capsys) -> None:
    fill_packages()
    call_command("lanes", "bookworm/amd64/amd64", "--limit", "2")
    first, newest, before, refused, rest = capsys.readouterr().out.splitlines()
    assert (first, rest) == (CRC_OVERSTATES, "and 2 older builds")
    assert newest.endswith("6.1.0-4-amd64 6.1.4-1  new ABI name, no export changed")
    assert before.endswith("new ABI name, 1 of 5 CRCs changed (20 %), 1 export became GPL-only")
    assert refused == "    refuses the modules of 2 packages: bar-dkms, foo-dkms"


def test_the_first_build_and_one_that_is_not_compared_say_so(capsys) -> None:
    for n in (1, 2):
        store.save(make_kernel(f"6.1.0-{n}-amd64", f"6.1.{n}-1", exports=(make_export(crc=n),)))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM set_diff")
    call_command("lanes", "bookworm/amd64/amd64")
    said = [line.rpartition("  ")[2] for line in capsys.readouterr().out.splitlines()]
    assert said[1:] == ["not compared", "the first"]


@pytest.mark.parametrize(
    ("lane", "told"),
    [
        ("", lambda: lanes_json(queries.lane_list(limit=1000))),
        (
            "bookworm/amd64/amd64",
            lambda: churn_json(queries.lane(*LANE).steps[::-1], queries.lane_hits(*LANE), 4, None),
        ),
    ],
)
def test_programs_get_what_the_api_says(capsys, lane, told) -> None:
    fill_packages()
    call_command("lanes", *[lane] * bool(lane), "--json")
    assert json.loads(capsys.readouterr().out) == told()
