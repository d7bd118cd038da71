# SPDX-License-Identifier: GPL-2.0-or-later
"""`manage.py module`: a module of the kernel at a terminal."""

import dataclasses
import json

import pytest
from django.core.management import call_command

from abidb import store
from abidb.errors import UnknownName
from tests.builders.records import make_entry, make_export, make_kernel

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def line() -> None:
    """Two uploads: the second exports beta from the module no more, and gamma, which vmlinux had, from it."""
    alpha, beta, gamma = (make_export(name, module="net/a-b") for name in ("alpha", "beta", "gamma"))
    for n, exports in ((1, (alpha, beta, dataclasses.replace(gamma, module="vmlinux"))), (2, (alpha, gamma))):
        entry = make_entry(f"6.1.{n}-1", distribution="bookworm")
        store.save(make_kernel(f"6.1.0-{n}-amd64", f"6.1.{n}-1", exports=exports, changelog=(entry,)))


def test_a_module_that_there_is_not_is_refused_with_what_looks_like_it() -> None:
    with pytest.raises(UnknownName) as caught:
        call_command("module", "a_bb")
    assert caught.value.candidates == ("net/a-b",)


def test_a_module_is_told_with_what_changed_and_what_it_exports(capsys) -> None:
    call_command("module", "a_b", "--limit", "1")
    assert capsys.readouterr().out.splitlines() == [
        "a_b (net/a-b) in bookworm amd64 amd64",
        "it exports 2 symbols in 6.1.0-2-amd64 (6.1.2-1); it exported 1 more before",
        "of no package outside of the kernel is it known what it uses",
        "6.1.2-1: 1 removed, 1 came: +gamma; −beta",
        "  alpha EXPORT_SYMBOL  since 6.1.1-1",
        "further exports: --after alpha",
    ]


def test_json_tells_the_same(capsys) -> None:
    call_command("module", "a-b", "--gone", "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["module"], told["exports_now"], told["exports_gone"], told["after"]) == ("a_b", 2, 1, None)
    assert told["exports"] == [
        {
            "symbol": "beta",
            "path": "net/a-b",
            "kind": "EXPORT_SYMBOL",
            "namespace": "",
            "packages": 0,
            "first": "6.1.0-1-amd64=6.1.1-1:amd64",
            "last": "6.1.0-1-amd64=6.1.1-1:amd64",
        }
    ]
    assert [(step["build"], step["came"], step["removed"]) for step in told["steps"]] == [
        ("6.1.0-2-amd64=6.1.2-1:amd64", ["gamma"], ["beta"]),
        ("6.1.0-1-amd64=6.1.1-1:amd64", [], []),
    ]
    assert told["lane"] == told["lanes"][0]
    assert (told["lane"]["first"], told["lane"]["gone"]) == ("6.1.0-1-amd64=6.1.1-1:amd64", False)
