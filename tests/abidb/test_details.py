# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt

import pytest

from abidb import queries, store
from abidb.answers import ReleaseAge
from abidb.queries import symbols
from abidb.records import ReleaseRow
from tests.builders.records import DAY, make_export, make_kernel

pytestmark = pytest.mark.django_db
ROOT = "http://127.0.0.1/debian"


def test_a_build_without_a_configuration_has_no_option() -> None:
    store.save(make_kernel(config=""))
    assert queries.config(queries.one_build("6.1.0-1-amd64").id) == ()


def test_the_options_that_a_configuration_sets_come_by_name() -> None:
    store.save(make_kernel(config="CONFIG_TUN=m\nCONFIG_A=y\n# CONFIG_X is not set\n"))
    found = queries.config(queries.one_build("6.1.0-1-amd64").id)
    assert found == (("CONFIG_A", "y"), ("CONFIG_TUN", "m"))


def test_ages_of_suites_are_told_by_their_present_names() -> None:
    asked = DAY + dt.timedelta(hours=1)
    rows = [ReleaseRow(ROOT, folder, "0" * 64, DAY, asked, "a text") for folder in ("sid", "buster/updates")]
    store.put_release_files(rows)
    assert queries.release_ages() == (
        ReleaseAge(ROOT, "buster-security", DAY, asked),
        ReleaseAge(ROOT, "sid", DAY, asked),
    )


def test_of_one_lane_a_symbol_is_always_told_whole(monkeypatch) -> None:
    monkeypatch.setattr(symbols, "POINTS", 1)
    store.save(make_kernel("6.1.0-1-amd64", "6.1.1-1"))
    store.save(make_kernel("6.1.0-1-cloud-amd64", "6.1.1-1"))
    assert [queries.looks_at_all(), queries.looks_at_all(flavour="amd64")] == [False, True]


def test_a_single_sign_is_looked_for_where_names_begin() -> None:
    store.save(make_kernel(exports=(make_export("kfree"), make_export("backlog", module="drivers/net/k"))))
    found = queries.search("k")
    assert (found.symbols, found.modules, found.builds) == (("kfree",), (), ())
    assert [build.version for build in queries.search("6").builds] == ["6.1.1-1"]
