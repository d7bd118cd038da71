# SPDX-License-Identifier: GPL-2.0-or-later
"""`manage.py loadtest` with a record of two kernels and a kernel that answers what a test says."""

import json

import pytest
from django.core.management import call_command

from abidb import queries, store
from abidb.outoftree import ACCEPTED, REFUSED, UNTRIED, LoadResult, Use
from ingest.outoftree import files, kerneldebs, loadtest
from tests.builders.kernel import make_built
from tests.builders.outoftree import make_attempt, make_key, make_module, make_package, make_target
from tests.builders.records import DAY, make_export, make_kernel

pytestmark = pytest.mark.django_db
MAGIC = "6.1.0-1-amd64 SMP preempt mod_unload modversions "
KERNEL = "6.1.0-2-amd64"
USES = (Use("kfree", 1, True), Use("module_layout", 7, False))
EXPORTS = (make_export(), make_export("module_layout", crc=7))


@pytest.fixture(autouse=True)
def data(settings, tmp_path):
    settings.ABIDB_DATA = tmp_path


@pytest.fixture
def answers(monkeypatch):
    """What the kernel says of a module, by its name: answer and reasons."""
    said = {}
    for n in (1, 2):
        store.save(make_kernel(f"6.1.0-{n}-amd64", f"6.1.{n}-1", exports=EXPORTS))

    def run(kernel, packages, debs, beside):
        assert debs == ("debs",)
        found = [(sha256, path) for package in packages for sha256, path in package]
        names = [loadtest.trials.read(sha256, path.read_bytes()).file.name for sha256, path in found]
        return [
            LoadResult(sha256, name, kernel, *said.get(name, (ACCEPTED, ())), ("a word",), DAY)
            for (sha256, _), name in zip(found, names, strict=True)
        ]

    monkeypatch.setattr(loadtest, "require", lambda kernel: b"")
    monkeypatch.setattr(loadtest, "run", run)
    monkeypatch.setattr(kerneldebs, "debs_of", lambda ref: ("debs",))
    return said


@pytest.fixture
def built(tmp_path):
    """A module file that uses kfree as the kernels of the record have it, or with another CRC."""

    def write(name="foo", crc=1):
        path = tmp_path / f"{name}.ko"
        path.write_bytes(make_built({"kfree": crc, "module_layout": 7}, name=name, vermagic=MAGIC))
        return path

    return write


def build(package, name, on="6.1.0-1-amd64", version="6.1.1-1"):
    data = make_built({"kfree": 1, "module_layout": 7}, name=name, vermagic=MAGIC)
    module = make_module(name, sha256=files.put(data).name, vermagic=MAGIC, uses=USES)
    store.put_packages([make_package(package)], whole=False)
    store.save_attempt(make_attempt(make_key(package), make_target(on, version), modules=(module,)))


def called(*arguments):
    with pytest.raises(SystemExit) as ended:
        call_command("loadtest", *map(str, arguments))
    return ended.value.code


def test_without_a_kernel_there_is_nothing_to_try(answers, built, capsys):
    assert called(built()) == 3
    assert capsys.readouterr().err == "abidb: no kernel is named\n"


def test_a_kernel_that_the_record_does_not_have_is_a_failure(answers, built, capsys):
    assert called("6.1.0-7-amd64", built()) == 3
    assert "no build 6.1.0-7-amd64 in the record" in capsys.readouterr().err


def test_an_option_that_does_not_exist_is_a_failure(capsys):
    assert called(KERNEL, "--nothing") == 3
    assert "manage.py loadtest: " in capsys.readouterr().err


def test_a_failure_that_nobody_foresaw_is_none_of_agreement(answers, built, monkeypatch, capsys):
    monkeypatch.setattr(loadtest, "run", lambda *_: 1 // 0)
    assert called(KERNEL, built()) == 3
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said
    assert said.endswith("abidb: it could not be tried\n")


def test_packages_that_nobody_built_have_no_modules(answers, capsys):
    assert called(KERNEL, "--package", "foo-dkms") == 3
    assert "no such modules are here: `manage.py outoftree` builds them" in capsys.readouterr().err


def test_where_both_agree_each_pair_has_a_line(answers, built, capsys):
    answers["bar"] = (REFUSED, (("crc", "kfree"),))
    call_command("loadtest", KERNEL, str(built()), str(built("bar", crc=9)))
    assert capsys.readouterr().out.splitlines() == [
        "agree    foo on 6.1.0-2-amd64: accepted; abidb: loads",
        "agree    bar on 6.1.0-2-amd64: refused (crc); abidb: refused: kfree has another CRC, 0x00000009 -> 0x00000001",
        "2 pairs: 2 agree",
        "accepted 1, crc 1",
    ]
    assert queries.load_results() == []


def test_where_they_disagree_it_is_said_where_and_the_status_is_1(answers, built, capsys):
    answers["foo"] = (REFUSED, (("missing", "kfree"),))
    assert called(KERNEL, built()) == 1
    assert capsys.readouterr().out.splitlines() == [
        "DISAGREE foo on 6.1.0-2-amd64: refused (missing); abidb: loads",
        "         the kernel: refused (missing kfree); we: loads",
        "1 pairs: 1 disagree",
        "missing 1",
    ]


def test_a_module_that_was_not_tried_is_not_compared_and_it_is_said_why(answers, built, capsys):
    answers["foo"] = (UNTRIED, ())
    call_command("loadtest", KERNEL, str(built()))
    assert capsys.readouterr().out.splitlines() == [
        "-        foo on 6.1.0-2-amd64: untried; abidb: loads",
        "         a word",
        "1 pairs: 1 not compared",
        "untried 1",
    ]


def test_pairs_as_json(answers, built, capsys):
    answers["foo"] = (REFUSED, (("missing", "kfree"),))
    assert called(KERNEL, built(crc=9), "--json") == 1
    (pair,) = json.loads(capsys.readouterr().out)
    del pair["sha256"]
    assert pair == {
        "module": "foo",
        "kernel": "6.1.0-2-amd64=6.1.2-1:amd64",
        "answer": "refused",
        "reasons": [["missing", "kfree"]],
        "messages": ["a word"],
        "verdict": "refused",
        "verdict_reasons": [{"kind": "crc", "symbol": "kfree", "detail": "0x00000009 -> 0x00000001"}],
        "untold": [],
        "agree": False,
        "difference": "the kernel alone (missing kfree); we alone (crc kfree)",
    }


def test_modules_of_the_record_are_tried_as_built_last_and_the_answers_are_kept(answers, capsys):
    build("foo-dkms", "old")
    build("foo-dkms", "foo", KERNEL, "6.1.2-1")
    build("bar-dkms", "bar")
    call_command("loadtest", KERNEL)
    assert {result.module for result in queries.load_results()} == {"foo", "bar"}
    assert capsys.readouterr().out.splitlines()[-2:] == ["2 pairs: 2 agree", "accepted 2"]


def test_modules_of_named_packages_as_built_on_a_kernel(answers, capsys):
    build("foo-dkms", "old")
    build("foo-dkms", "foo", KERNEL, "6.1.2-1")
    build("bar-dkms", "bar")
    call_command("loadtest", KERNEL, "--package", "foo-dkms", "--built-on", "6.1.0-1-amd64")
    assert [result.module for result in queries.load_results()] == ["old"]
