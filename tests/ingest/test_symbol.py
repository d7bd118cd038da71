# SPDX-License-Identifier: GPL-2.0-or-later
"""`manage.py symbol` in a record so large that only the newest builds of the main lanes are looked at."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command

from abidb import store
from abidb.queries import symbols
from tests.builders.records import make_kernel

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def large(monkeypatch) -> None:
    monkeypatch.setattr(symbols, "POINTS", 1)
    for n in (1, 2):
        store.save(make_kernel(f"6.1.0-{n}-amd64", f"6.1.{n}-1"))
    store.save(make_kernel("6.1.0-2-cloud-amd64", "6.1.2-1"))


def test_builds_that_were_not_looked_at_are_counted(capsys) -> None:
    call_command("symbol", "kfree")
    assert capsys.readouterr().out.splitlines() == [
        "bookworm amd64 amd64",
        "  (1 older build not looked at)",
        f"  {'6.1.0-2-amd64':32} {'6.1.2-1':24} 0x00000001 EXPORT_SYMBOL vmlinux",
    ]


def test_one_lane_is_told_whole(capsys) -> None:
    call_command("symbol", "kfree", "--json", "--line", "bookworm", "--arch", "amd64", "--flavour", "amd64")
    (lane,) = json.loads(capsys.readouterr().out)["lanes"]
    assert (lane["older"], [point["build"] for point in lane["points"]]) == (
        0,
        ["6.1.0-1-amd64=6.1.1-1:amd64", "6.1.0-2-amd64=6.1.2-1:amd64"],
    )
