# SPDX-License-Identifier: GPL-2.0-or-later
"""Sets of exports and facts: shared, limited to what an index can hold, removed when no build has them."""

from __future__ import annotations

import random
import threading

import pytest
from django.db import connection

from abidb import queries, store
from abidb.records import ModuleFact
from abidb.store import builds
from tests.builders.records import make_export, make_kernel

pytestmark = pytest.mark.django_db


def table(name: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {name} ORDER BY id")
        return cursor.fetchall()


def value(query: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


def test_a_config_that_an_index_could_not_hold_is_left_out() -> None:
    config = f"CONFIG_A=y\nCONFIG_LONG={'x' * 3000}\nCONFIG_{'B' * 200}=y\n"
    assert queries.build(store.save(make_kernel(config=config)).build).config_options == 1


def test_what_an_index_can_hold_of_a_config_is_counted_in_bytes() -> None:
    letters = random.Random(1).sample(range(0x4E00, 0x9FFF), 1900)  # nothing that the database could compress
    config = f'CONFIG_A="{"é" * 1000}"\nCONFIG_B="{"".join(map(chr, letters))}"\n'
    store.save(make_kernel(config=config))
    assert [row[1] for row in table("config_option")] == ["CONFIG_A"]


def test_config_and_licenses_are_kept_as_shared_sets() -> None:
    store.save(make_kernel())
    store.save(make_kernel("6.1.0-2-amd64", "6.1.2-1", modules=(ModuleFact("drivers/net/tun", "Proprietary", ""),)))
    assert [row[1:] for row in table("config_option")] == [("CONFIG_MODVERSIONS", "y"), ("CONFIG_TUN", "m")]
    assert value("SELECT array_agg(license ORDER BY id) FROM module_fact") == ["GPL", "Proprietary"]
    assert [row[1] for row in table("fact_set")] == ["config_option", "module_fact", "module_fact"]


def test_a_build_without_config_or_modules_has_none() -> None:
    facts = queries.build(store.save(make_kernel(config="", modules=(), covers="vmlinux")).build)
    assert (facts.config_options, facts.modules_shipped, facts.vermagic) == (0, 0, "")


def test_collecting_removes_only_sets_that_no_build_has() -> None:
    store.save(make_kernel(covers="vmlinux", exports=(make_export(),)))
    store.save(make_kernel())
    assert (store.collect(), len(table("export_set"))) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_a_set_that_a_build_is_about_to_get_is_not_collected(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = (make_export(crc=7),)
    store.save(make_kernel(covers="vmlinux", exports=shared))
    store.save(make_kernel())  # the better one: now no build has the other's set
    found, go_on = threading.Event(), threading.Event()
    errors: list[Exception] = []
    real = builds.run

    def run(query: str, /, **parameters: object) -> int:
        if query == "raise_generation":
            found.set()
            go_on.wait(10)
        return real(query, **parameters)

    def save() -> None:
        try:
            store.save(make_kernel("6.1.0-2-amd64", "6.1.2-1", covers="vmlinux", exports=shared))
        except Exception as error:  # the thread's error is the test's
            errors.append(error)
        finally:
            connection.close()

    monkeypatch.setattr(builds, "run", run)
    writer = threading.Thread(target=save)
    writer.start()
    found.wait(10)
    collected = store.collect()
    go_on.set()
    writer.join()
    assert (errors, collected, queries.status().builds) == ([], 0, 2)


def test_collecting_raises_the_generation() -> None:
    before = queries.status().generation
    store.collect()
    assert queries.status().generation == before + 1
