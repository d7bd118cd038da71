# SPDX-License-Identifier: GPL-2.0-or-later
import pytest
from django.db import connection

from abidb import queries, store
from abidb.outoftree import HARNESS
from abidb.queries import wholerecord
from abidb.queries.kept import Kept
from abidb.queries.stock import stock
from tests.builders.outoftree import make_attempt, make_key, make_load_result, make_module, make_package, make_use
from tests.builders.packages import FIRST, fill_packages
from tests.builders.records import make_kernel

pytestmark = pytest.mark.django_db


@pytest.fixture
def packages(db):
    fill_packages()


def test_of_many_answers_those_asked_for_last_are_kept() -> None:
    kept = Kept(2)
    kept["a"] = kept["b"] = 1
    assert kept["a"] == 1
    kept["c"] = 1
    assert list(kept) == ["a", "c"]


def test_a_new_kernel_drops_answers_and_leaves_attempts_as_they_are(packages) -> None:
    before = stock()
    queries.packages()
    store.save(make_kernel("6.1.0-9-amd64", "6.1.9-1"))
    after = stock()
    assert (after is before, after.tries is before.tries, len(after.kept)) == (False, True, 0)


@pytest.mark.parametrize(
    "write",
    [
        lambda: store.save_load_results([make_load_result(sha256="0" * 64)]),
        lambda: store.put_popcon({"foo-dkms": 7}, make_attempt().at),
        lambda: store.save_attempt(make_attempt(make_key("qux-dkms"), FIRST)),
        lambda: store.put_packages([make_package("new-dkms")], False),
        lambda: store.put_scan(make_key("qux-dkms"), FIRST, ["beta"]),
    ],
)
def test_what_is_written_about_packages_is_read_again(packages, write) -> None:
    before = stock()
    write()
    assert stock().tries is not before.tries


def test_while_one_reads_others_get_what_was_there(packages) -> None:
    before = stock()
    store.save(make_kernel("6.1.0-9-amd64", "6.1.9-1"))
    with wholerecord._making[connection.settings_dict["NAME"], "stock"]:
        assert stock() is before
    assert stock() is not before


def test_modules_of_an_attempt_that_we_failed_are_left_out(packages) -> None:
    store.save_attempt(make_attempt(make_key("qux-dkms"), FIRST, outcome=HARNESS, modules=(make_module("qux"),)))
    (found,) = (each for each in stock().tries.values() if each.outcome == HARNESS)
    assert (found.modules, found.says) == ((), "not tried")


def test_flags_of_uses_are_told_apart(packages) -> None:
    uses = (make_use("alpha", 1, named=False), make_use("kfree", 2, named=True))
    store.save_attempt(make_attempt(make_key("qux-dkms"), FIRST, modules=(make_module("qux", uses=uses),)))
    (qux,) = (m for each in stock().tries.values() for m in each.modules if m.name == "qux")
    told = zip(qux.imports.symbols.tolist(), qux.imports.named.tolist(), qux.imports.weak.tolist(), strict=True)
    assert {stock().names[symbol]: flags for symbol, *flags in told} == {
        "alpha": [False, False],
        "kfree": [True, False],
    }
