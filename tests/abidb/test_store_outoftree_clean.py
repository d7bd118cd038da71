# SPDX-License-Identifier: GPL-2.0-or-later
"""What a package says of itself is text of a stranger: as it is kept, it can be told to others."""

import pytest
from django.db import connection

from abidb import store
from abidb.outoftree import PARTLY, Difference
from abidb.queries import content
from abidb.store.load import merge
from abidb.transfer import reader
from abidb.transfer.writer import Writer
from tests.builders.outoftree import make_attempt, make_module, make_package, make_rebuild

pytestmark = pytest.mark.django_db(transaction=True)
PROMISED = ("b\x1b[31m", "a" * 9000, "a", "c\t\n", "c", "\udcff")
NAMES = (Difference("foo", "f\x00\u202e" + "x" * 9000, "function", ("m\n" * 2000,)), Difference("foo", "e", "data"))
ALIKE = tuple(Difference("foo", "f" * 5000 + end, "data") for end in "ab")


def test_whatever_a_dkms_conf_promises_is_kept_as_a_line_each_once_in_order():
    store.put_packages([make_package()], whole=True)
    store.save_attempt(make_attempt(outcome=PARTLY, modules=(make_module(),), missing=PROMISED))
    with connection.cursor() as cursor:
        cursor.execute("SELECT missing FROM dkms_build")
        assert cursor.fetchall() == [(["", "a", "a" * 200, "b [31m", "c"],)]


def test_what_was_kept_is_told_and_taken_back_whatever_a_package_said():
    store.put_packages([make_package()], whole=True)
    many = tuple(f"m{n}" for n in range(1000))
    module = make_module(exports=("b", "a"), siblings=("d", "c"))
    store.save_attempt(make_attempt(outcome=PARTLY, modules=(module, make_module("bar")), missing=PROMISED + many))
    store.save_rebuild(make_rebuild(differing=NAMES + ALIKE))
    parts: list[bytes] = []
    writer = Writer(parts.append)
    with content.one_moment():
        for row in content.out_of_tree_rows():
            writer.put(row)
    writer.close()
    assert merge(reader.rows(iter(b"".join(parts).split(b"\n")[:-1]))).attempts == {"known": 1}
