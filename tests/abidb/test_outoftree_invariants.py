# SPDX-License-Identifier: GPL-2.0-or-later
"""What `verify` finds of out-of-tree modules."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from abidb import queries, store
from abidb.outoftree import Use
from tests.abidb.test_queries_whole import LENIENT
from tests.builders.outoftree import (
    make_attempt,
    make_key,
    make_load_result,
    make_module,
    make_package,
    make_rebuild,
    make_target,
)
from tests.builders.records import DAY, make_export, make_kernel

pytestmark = pytest.mark.django_db


def fill(*uses: Use, **fields: object) -> None:
    exports = (make_export(), make_export("module_layout", crc=7), make_export("lost", crc=None))
    store.save(make_kernel(exports=exports))
    store.put_packages([make_package()], whole=True)
    store.save_attempt(make_attempt(modules=(make_module(uses=uses),) if uses else (make_module(),), **fields))
    store.put_scan(make_key(), make_target(), ["kfree"])
    store.save_rebuild(make_rebuild())
    store.save_load_results([make_load_result()])
    store.put_popcon({"foo-dkms": 1}, DAY)


def test_a_sound_record_has_no_findings() -> None:
    fill(Use("kfree", 1, True), Use("lost", 9, False), Use("module_layout", 7, False), Use("weak", None, False))
    assert queries.invariants() == ()


def test_imports_that_the_kernel_exports_otherwise_are_named() -> None:
    exports = tuple(make_export(symbol) for symbol in ("a", "b", "c", "d", "same"))
    store.save(make_kernel(exports=(*exports, make_export("unknown", crc=None))))
    store.put_packages([make_package()], whole=True)
    uses = [*(Use(symbol, 8, True) for symbol in ("a", "b", "c", "d", "not_exported", "unknown")), Use("same", 1, True)]
    store.save_attempt(make_attempt(modules=(make_module(uses=tuple(uses)),)))
    assert list(queries.import_mismatches()) == [
        "foo-dkms 1.0-1 on 6.1.0-1-amd64, foo: imports with another CRC than the kernel exports: a, b, c and 1 more"
    ]


def test_imports_with_other_headers_are_not_compared() -> None:
    fill(Use("kfree", 8, True), headers="6.1.0-2-amd64")
    assert list(queries.import_mismatches()) == []


def test_a_kernel_without_crcs_is_not_compared() -> None:
    store.save(make_kernel(exports=(make_export(crc=None),)))
    store.put_packages([make_package()], whole=True)
    store.save_attempt(make_attempt())
    assert list(queries.import_mismatches()) == []


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE import_set SET digest = '' WHERE crc IS NULL", "its members are not those of its digest"),
        ("UPDATE import_set SET crc = NULL WHERE crc IS NOT NULL", "its members are not those of its digest"),
        ("UPDATE import_set SET symbols = ''", "stored import set with columns of 0, 8 and 2 bytes"),
        ("UPDATE import_set SET symbols = '\\x0000000001000000' WHERE crc IS NOT NULL", "ids do not ascend"),
        ("UPDATE import_set SET symbols = '\\xffffff7f' WHERE crc IS NULL", "1 symbols that are in no dictionary"),
        ("UPDATE dkms_package SET version_key = ''", "package foo-dkms 1.0-1: its version key is another version's"),
        ("UPDATE target SET version_key = ''", "kernel linux 6.1.1-1: its version key is another version's"),
        ("UPDATE dkms_package SET sha256 = 'x'", "package foo-dkms 1.0-1 all foo 1.0-1 main dkms"),
        ("UPDATE dkms_listing SET first = last + interval '1 day'", "listed foo-dkms 1.0-1 all"),
        ("UPDATE popcon SET package = 'A'", "popcon A 1"),
        ("UPDATE dkms_build SET outcome = 'well'", "attempt foo-dkms 1.0-1 all linux 6.1.1-1"),
        ("UPDATE dkms_build SET builder = 99", "built by builder 99"),
        ("UPDATE dkms_module SET vermagic = 'é'", "is no vermagic"),
        ("UPDATE rebuild SET outcome = 'x'", "rebuild foo-dkms 1.0-1 all"),
        ("UPDATE load_result SET answer = 'x'", "'x' is no answer of a kernel"),
        ("UPDATE target SET kernel_release = 'x'", "is not the release of a Debian kernel"),
        ("UPDATE export_set SET exports = '\\x01'", "stored export set of 1 bytes"),
    ],
)
def test_what_does_not_hold_is_said(statement: str, finding: str) -> None:
    fill()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LENIENT)
        cursor.execute(statement)
    assert any(finding in line for line in queries.invariants())
