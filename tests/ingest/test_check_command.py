# SPDX-License-Identifier: GPL-2.0-or-later
"""manage.py check: of a module, else Django's own."""

from __future__ import annotations

import io
import json
import sys

import pytest
from django.core.management import call_command

from abidb import queries, store
from tests.builders.kernel import make_built
from tests.builders.records import make_export, make_kernel

pytestmark = pytest.mark.django_db

FLAGS = "SMP preempt mod_unload modversions "
LAYOUT, KFREE = make_export("module_layout", crc=0x10), make_export("kfree", crc=0x11)
DUMP = b"0x00000010\tmodule_layout\n0x00000011\tkfree\n"


@pytest.fixture
def kernels(db):
    """The first takes the module, the second does not, the third is set against it by what it cannot compare."""
    exports = (LAYOUT, KFREE), (LAYOUT, make_export("kfree", crc=9)), (LAYOUT, make_export("kfree", crc=None))
    for n, exported in enumerate(exports, 1):
        store.save(make_kernel(f"6.1.0-{n}-amd64", f"6.1.{n}-1", exports=exported))


@pytest.fixture
def module(tmp_path):
    path = tmp_path / "tun.ko"
    path.write_bytes(make_built({"module_layout": 0x10, "kfree": 0x11}, name="tun", vermagic=f"6.1.0-1-amd64 {FLAGS}"))
    return str(path)


def call(*arguments) -> int:
    try:
        call_command("check", *arguments)
    except SystemExit as end:
        return int(end.code)
    return 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.ko"], "abidb: no file nowhere.ko"),
        (["a.ko", "b.ko"], "abidb: one file is checked at a time"),
        ([__file__], 'neither a module nor a package, and as text: line 1 is not "0x12345678 symbol"'),
    ],
)
def test_what_cannot_be_read_is_3(kernels, capsys, arguments, said):
    assert call(*arguments) == 3
    assert said in capsys.readouterr().err


def test_a_kernel_that_is_not_on_record_is_3(kernels, module, capsys):
    assert call(module, "--kernel", "6.1.0-9-amd64") == 3
    assert "no kernel 6.1.0-9-amd64 of amd64 in the record" in capsys.readouterr().err


def test_a_defect_of_ours_is_3_too_and_shown(kernels, module, monkeypatch, capsys):
    monkeypatch.setattr(queries, "check", lambda *_, **__: {}["nothing"])
    assert call(module) == 3
    assert "KeyError" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("asked", "status"), [([1], 0), ([2], 2), ([3], 3), ([1, 2], 2), ([1, 3], 3), ([2, 3], 2), ([], 0)]
)
def test_the_status_is_of_the_worst_kernel_that_is_asked_for_else_of_the_best(kernels, module, asked, status, capsys):
    assert call(module, *(part for n in asked for part in ("--kernel", f"6.1.0-{n}-amd64"))) == status


def test_without_a_file_the_project_is_checked(capsys):
    assert call() == 0
    assert call("abidb", "ingest") == 0
    assert capsys.readouterr().out.count("System check identified no issues") == 2


def test_all_kernels_are_told_by_lane(kernels, module, capsys):
    call(module)
    assert capsys.readouterr().out.splitlines() == [
        "tun: built for 6.1.0-1-amd64 SMP preempt mod_unload modversions; not signed",
        "",
        "bookworm amd64 amd64",
        f"  {'6.1.0-3-amd64':64} cannot be said: 1 symbol cannot be compared (kfree)",
        f"  {'6.1.0-2-amd64':64} refused: kfree with another CRC",
        f"  {'6.1.0-1-amd64':64} loads",
        "",
        "loads on 1 kernel, refused by 1, cannot be said of 1",
        "These answers are about the ABI alone. Under Secure Boot Debian’s kernels refuse a module that is not signed, "
        "or whose key is not enrolled, whatever its ABI.",
    ]


def test_a_kernel_that_is_asked_for_is_told_with_every_reason(kernels, module, capsys):
    call(module, "--kernel", "6.1.0-2-amd64")
    said = "6.1.0-2-amd64=6.1.2-1:amd64                  refused: kfree has another CRC, 0x00000011 -> 0x00000009"
    assert f"  {said}\n" in capsys.readouterr().out


def test_a_dump_can_come_from_another_program(kernels, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(DUMP)))
    assert call("-", "--arch", "amd64", "--kernel", "6.1.0-1-amd64") == 0
    assert "loads as far as its CRCs tell" in (out := capsys.readouterr().out)
    assert out.endswith("The module file tells more.\n")


def test_programs_get_json(kernels, module, capsys):
    assert call(module, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["answer"] for one in found["kernels"]] == ["cannot be said", "refused", "loads"]


def test_a_long_lane_says_how_many_are_not_looked_at(kernels, module, monkeypatch, capsys):
    monkeypatch.setitem(queries.hosts.__globals__, "NEWEST", 1)
    call(module)
    assert "  ... and 2 older kernels not looked at\n" in capsys.readouterr().out
