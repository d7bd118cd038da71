# SPDX-License-Identifier: GPL-2.0-or-later
"""What a kernel maintainer types, and the exit status that a script relies on."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import ProgrammingError, connection
from psycopg.errors import UndefinedTable

from abidb import comparison, queries, store, symvers
from abidb.errors import BadFormat, BuildFailed, UnknownName
from abidb.terminal import said
from ingest.formats import symvers as reader
from tests.builders.kernel import make_image_deb, make_module, make_split_debs
from tests.builders.records import make_export, make_kernel
from tests.builders.vmlinux import make_bzimage, make_vmlinux

pytestmark = pytest.mark.django_db

KFREE = make_export("kfree", crc=0x1234)
TUN = make_export("tun_get", module="drivers/net/tun", crc=0x77, kind="EXPORT_SYMBOL_GPL")
ONE, TWO = "6.1.0-1-amd64", "6.1.0-2-amd64"


def stored(n: int, *exports, **fields) -> None:
    store.save(make_kernel(f"6.1.0-{n}-amd64", f"6.1.{n}-1", **{"exports": exports or (KFREE, TUN), **fields}))


def call(*arguments: str) -> int:
    try:
        call_command(*arguments)
    except SystemExit as end:
        return int(end.code)
    return 0


def image_deb(folder: Path, *exports, flags: str = "SMP preempt mod_unload modversions ", release: str = TWO) -> str:
    module = make_module([TUN], vermagic=f"{release} {flags}")
    image = make_bzimage(make_vmlinux(exports or (KFREE,)))
    deb = make_image_deb(image, {"drivers/net/tun": module}, release=release, version="6.1.2-1")
    path = folder / f"linux-image-{release}.deb"
    path.write_bytes(deb)
    return str(path)


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ((KFREE, TUN), 0, "New ABI name, no export changed."),
        ((KFREE, TUN, make_export("more")), 1, "1 export added"),
        ((KFREE,), 2, "1 export removed"),
        ((dataclasses.replace(KFREE, crc=5), TUN), 2, "1 of 2 CRCs changed (50 %)"),
        ((dataclasses.replace(KFREE, crc=None), dataclasses.replace(TUN, crc=None)), 3, "not measurable by CRC"),
    ],
    ids=["same", "compatible", "removed", "crc", "cannot be told"],
)
def test_diff_says_what_changed_and_its_status_is_the_outcome(change, status: int, said: str, capsys) -> None:
    stored(1)
    stored(2, *change)
    assert call("diff", ONE, TWO) == status
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong", [("diff", "6.1.0-9-amd64", TWO), ("diff", ONE, "nothing"), ("diff", ONE, "a.deb", "b.deb")]
)
def test_diff_of_what_is_not_there_cannot_be_told(wrong, capsys) -> None:
    stored(1)
    assert call(*wrong) == 3
    assert capsys.readouterr().err.startswith("abidb: ")


def test_diff_of_a_broken_deb_cannot_be_told(tmp_path, capsys) -> None:
    stored(1)
    (tmp_path / "x.deb").write_bytes(b"no deb")
    assert call("diff", ONE, str(tmp_path / "x.deb")) == 3
    assert "x.deb: not an ar archive" in capsys.readouterr().err


@pytest.mark.parametrize("usage", [["diff"], ["diff", ONE], ["diff", ONE, TWO, "--nonsense"]])
def test_diff_that_is_not_understood_cannot_be_told(usage: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", *usage], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr.startswith("manage.py diff: ")) == (3, True)


NOWHERE = {"DATABASE_URL": "postgresql:///none?host=/nonexistent", "DJANGO_SETTINGS_MODULE": "abidb.settings"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["symvers", ONE], "abidb: the database does not answer as it should: "),
        (["diff", ONE, TWO], "abidb: the database does not answer as it should: "),
    ],
)
def test_a_database_that_is_not_there_is_said_in_words(arguments: list[str], said: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env={**os.environ, **NOWHERE},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode in (1, 3)
    assert done.stderr.startswith(said)


def test_errors_have_words_and_what_nobody_foresaw_has_none() -> None:
    missing = ProgrammingError("relation does not exist")
    missing.__cause__ = UndefinedTable()
    assert said(missing) == "the record has no tables yet; `manage.py sync` and `manage.py ingest` make them"
    assert said(FileNotFoundError(2, "No such file or directory", "x.deb")).endswith("'x.deb'")
    assert said(UnknownName("no build x", ["y"])) == "no build x\n  y"
    assert said(ZeroDivisionError()) is None


def test_diff_that_fails_in_an_unforeseen_way_cannot_be_told(monkeypatch, capsys) -> None:
    monkeypatch.setattr(queries, "one_build", lambda text: 1 / 0)
    assert call("diff", ONE, TWO) == 3
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_diff_as_json_has_counts_and_all_changes(capsys) -> None:
    stored(1)
    stored(2, dataclasses.replace(KFREE, crc=5), make_export("more"))
    assert call("diff", ONE, TWO, "--json") == 2
    found = json.loads(capsys.readouterr().out)
    counts = {key: found["counts"][key] for key in ("added", "removed", "crc_changed", "moved", "gpl_tightened")}
    assert counts == {"added": 1, "removed": 1, "crc_changed": 1, "moved": 0, "gpl_tightened": 0}
    assert (found["counts"]["namespace_changed"], found["counts"]["common"]) == (0, 1)
    assert [(c["symbol"], c["kinds"]) for c in found["changes"]] == [
        ("tun_get", ["removed"]),
        ("kfree", ["crc_changed"]),
        ("more", ["added"]),
    ]
    assert found["changes"][1]["new"]["crc"] == "0x00000005"


def test_diff_before_an_upload_reads_the_deb_and_stores_nothing(tmp_path, capsys) -> None:
    stored(1)
    assert call("diff", ONE, image_deb(tmp_path)) == 0
    assert call("diff", ONE, image_deb(tmp_path, dataclasses.replace(KFREE, crc=6))) == 2
    assert queries.status().builds == 1
    assert "1 of 2 CRCs changed" in capsys.readouterr().out


def test_diff_before_an_upload_sees_other_vermagic_flags(tmp_path, capsys) -> None:
    stored(1)
    assert call("diff", ONE, image_deb(tmp_path, flags="SMP preempt_rt mod_unload modversions ")) == 2
    said = capsys.readouterr().out
    said = " ".join(said.split())
    assert "flags changed from 'SMP preempt mod_unload modversions' to 'SMP preempt_rt mod_unload modversions'" in said


def test_diff_before_an_upload_takes_a_module_symvers(tmp_path, capsys) -> None:
    stored(1)
    path = tmp_path / "Module.symvers"
    path.write_bytes(symvers.lines([KFREE, TUN]))
    assert call("diff", ONE, str(path)) == 0
    path.write_bytes(symvers.lines([KFREE]))
    assert call("diff", ONE, str(path)) == 2
    said = capsys.readouterr().out
    assert "1 export removed" in said
    assert "vermagic flags of one side are not known" in said


def test_the_first_changes_are_shown_and_the_rest_counted(capsys) -> None:
    stored(1)
    stored(2, KFREE, TUN, *(make_export(f"new_{n:03}") for n in range(50)))
    call("diff", ONE, TWO)
    short = capsys.readouterr().out
    call("diff", ONE, TWO, "--all")
    whole = capsys.readouterr().out
    assert "... and 10 more (--all lists them)" in short
    assert [whole.count("\n    new_"), short.count("\n    new_")] == [50, 40]


def test_symvers_prints_what_was_read(capsys) -> None:
    stored(1)
    call("symvers", ONE)
    assert set(reader.read(capsys.readouterr().out.encode())) == {KFREE, TUN}


def test_symbol_prints_its_biography(capsys) -> None:
    stored(1)
    stored(2, dataclasses.replace(KFREE, crc=None), TUN)
    stored(3, TUN)
    call("symbol", "kfree")
    assert [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()] == [
        "bookworm amd64 amd64",
        "6.1.0-1-amd64 6.1.1-1 0x00001234 EXPORT_SYMBOL vmlinux",
        "6.1.0-2-amd64 6.1.2-1 no CRC EXPORT_SYMBOL vmlinux [not measurable by CRC]",
        "6.1.0-3-amd64 6.1.3-1 not exported [removed]",
    ]
    call("symbol", "tun_get", "--json")
    (lane,) = json.loads(capsys.readouterr().out)["lanes"]
    assert lane["points"][0]["build"] == "6.1.0-1-amd64=6.1.1-1:amd64"


def test_ingest_of_local_debs_is_marked_local_and_enters_no_lane(tmp_path, capsys) -> None:
    assert call("ingest", image_deb(tmp_path)) == 0
    assert "new, 2 exports, all, local" in capsys.readouterr().out
    assert (queries.status().builds, queries.lane_names()) == (1, ())


def test_ingest_takes_the_debs_of_a_split_build_in_any_order(tmp_path, capsys) -> None:
    plain = [dataclasses.replace(e, crc=None) for e in (KFREE, TUN)]
    image = make_bzimage(make_vmlinux(plain[:1], crcs=False, flags=True))
    debs = make_split_debs(image, {"drivers/net/tun": make_module(plain[1:], crcs="none", flags=True)})
    paths = []
    for name, data in reversed(debs.items()):
        paths.append(tmp_path / f"{name}.deb")
        paths[-1].write_bytes(data)
    assert call("ingest", *map(str, paths)) == 0
    assert "2 exports, all" in capsys.readouterr().out


def test_ingest_of_debs_of_two_builds_is_refused_and_nothing_is_stored(tmp_path) -> None:
    with pytest.raises(BuildFailed, match="not the debs of one build"):
        call("ingest", image_deb(tmp_path), image_deb(tmp_path, release="6.1.0-3-amd64"))
    assert queries.status().builds == 0


def test_ingest_of_a_truncated_deb_is_refused_and_nothing_is_stored(tmp_path) -> None:
    path = Path(image_deb(tmp_path))
    path.write_bytes(path.read_bytes()[:-700])
    with pytest.raises(BadFormat, match=path.name):
        call("ingest", str(path))
    assert queries.status().builds == 0


def test_an_unknown_build_is_refused_with_what_is_near() -> None:
    stored(1)
    with pytest.raises(UnknownName) as caught:
        call("symvers", "6.1.0-2-amd64")
    assert caught.value.listing() == "no build 6.1.0-2-amd64 in the record\n  6.1.0-1-amd64"


def test_a_name_that_cannot_be_is_one_line_and_status_2(tmp_path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "symvers", "a b"], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "abidb: 'a b' is not a build; write RELEASE[=VERSION][:ARCH], such as 6.1.0-56-cloud-amd64\n"


def test_verify_finds_nothing_in_a_sound_record(capsys) -> None:
    stored(1)
    stored(2, make_export("a", crc=None), make_export("b", namespace="N"))
    for every in ((), ("--all",)):
        assert call("verify", *every) == 0
        assert capsys.readouterr().out == "2 builds, 2 export sets, 0 findings\n"


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("crc = '\\x0000000000000000'", "not those of its digest"),
        ("exports = '\\x010203'", "stored export set of 3 bytes"),
        ("exports = '\\xffffff00ffffff00'", "a member that is in no dictionary"),
    ],
)
def test_verify_finds_a_set_that_was_damaged(damage: str, said: str, capsys) -> None:
    stored(1)
    comparison.forget()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE export_set DISABLE TRIGGER immutable")
        cursor.execute(f"UPDATE export_set SET {damage}")
        cursor.execute("ALTER TABLE export_set ENABLE TRIGGER immutable")
    assert call("verify") == 1
    assert said in capsys.readouterr().err
    comparison.forget()
