# SPDX-License-Identifier: GPL-2.0-or-later
import lzma

import pytest

from abidb.errors import BadFormat
from abidb.outoftree import ACCEPTED, REFUSED, UNTRIED
from ingest.outoftree import trials
from ingest.outoftree.intree import OwnModules
from ingest.outoftree.kernellog import Report, Trial
from ingest.outoftree.trials import Answer, Findings, Plan
from tests.builders.kernel import make_module
from tests.builders.records import make_export

OWN = OwnModules(
    exporters={"nat": "net/nat", "crc": "lib/crc"},
    exports={"net/nat": ("nat",), "lib/crc": ("crc",)},
    needs={"net/nat": ("lib/crc",), "lib/crc": ()},
)


def module(name, *, exports=(), needs=()):
    data = make_module([make_export(symbol, module=name) for symbol in exports], name=name, undefined=needs)
    return trials.read(name, data)


def found(planned, *tried, end="the kernel broke"):
    findings = Findings()
    findings.note(planned, Report(True, tried), OWN, end)
    return findings


def test_what_is_no_module_is_refused():
    with pytest.raises(BadFormat):
        trials.read("", b"no module")


def test_a_compressed_module_is_tried_unpacked():
    data = make_module(name="a")
    assert trials.read("1", lzma.compress(data)) == trials.read("1", data)


def test_modules_that_need_one_another_make_up_a_set_in_the_order_in_which_they_load():
    a = module("a", exports=["of_a"], needs=["kfree"])
    b = module("b", exports=["of_b"], needs=["of_a"])
    c = module("c", needs=["of_b", "of_a"])
    alone = module("alone", needs=["kfree"])
    assert trials.together([c, alone, b, a]) == [(a, b, c), (alone,)]


def test_modules_in_a_circle_keep_their_order():
    a, b = module("a", exports=["of_a"], needs=["of_b"]), module("b", exports=["of_b"], needs=["of_a"])
    assert trials.together([a, b]) == [(a, b)]


def test_the_kernels_own_modules_are_loaded_before_a_set_unless_the_set_takes_their_place():
    user = module("user", needs=["nat", "kfree"])
    other = module("other", exports=["nat"])
    named = module("nat", exports=["else"])
    assert trials.plan([(user,), (other, user), (named, user)], OWN).sets == [
        (("lib/crc", "net/nat"), (user,)),
        ((), (other, user)),
        (("lib/crc",), (named, user)),
    ]


def test_the_root_file_system_tries_each_module_by_number_and_cleans_up_behind_each_set():
    a, b = module("a", needs=["crc"]), module("b", needs=["crc"])
    files = trials.files(trials.plan([(a,), (b,)], OWN), {"lib/crc": b"crc"}, b"busybox", "T17")
    assert {path: file.data for path, file in files.items() if path != "init"} == {
        "bin/busybox": b"busybox",
        "m/0.ko": b"crc",
        "m/1.ko": a.data,
        "m/2.ko": b.data,
    }
    init = files["init"].data.decode()
    assert "say ready\ntry 0\ntry 1\nclean\ntry 0\ntry 2\nclean\nsay done\n" in init
    assert "abidb T17 " in init
    assert files["init"].program


def test_a_module_whose_sibling_was_refused_was_not_tried():
    a, b = module("a", exports=["of_a"]), module("b", needs=["of_a"])
    crc = ("a: disagrees about version of symbol kfree",)
    missing = ("b: Unknown symbol of_a (err -2)",)
    findings = found(Plan([((), (a, b))]), Trial(0, 8, crc, False), Trial(1, 2, missing, False))
    assert findings.answers == {
        "a": Answer(REFUSED, (("crc", "kfree"),), crc),
        "b": Answer(UNTRIED, (), missing),
    }


def test_a_module_whose_sibling_found_no_device_was_not_tried():
    a, b = module("a", exports=["of_a"]), module("b", needs=["of_a"])
    missing = ("b: Unknown symbol of_a (err -2)",)
    findings = found(Plan([((), (a, b))]), Trial(0, 19, (), True), Trial(1, 2, missing, False))
    assert [one.answer for one in findings.answers.values()] == [ACCEPTED, UNTRIED]


def test_a_module_that_needs_one_of_the_kernels_own_that_does_not_load_was_not_tried():
    user = module("user", needs=["nat"])
    missing = ("user: Unknown symbol nat (err -2)",)
    planned = trials.plan([(user,)], OWN)
    findings = found(planned, Trial(0, 0, (), True), Trial(1, 19, (), True), Trial(2, 2, missing, False))
    assert findings.answers == {"user": Answer(UNTRIED, (), missing)}


def test_one_of_the_kernels_own_that_is_loaded_already_is_there():
    user = module("user", needs=["crc"])
    findings = found(trials.plan([(user,)], OWN), Trial(0, 17, (), False), Trial(1, 0, (), True))
    assert findings.answers == {"user": Answer(ACCEPTED, (), ())}


def test_a_kernel_that_breaks_under_one_of_its_own_modules_says_nothing_of_the_set():
    user = module("user", needs=["crc"])
    findings = found(trials.plan([(user,)], OWN), Trial(0, None, (), True))
    assert findings == Findings(
        {"user": Answer(UNTRIED, (), ("lib/crc, which it needs: the kernel broke",))}, {"user"}, set()
    )


def test_a_kernel_that_breaks_under_a_module_has_answered_if_it_had_let_it_in():
    a, b = module("a", exports=["of_a"]), module("b", needs=["of_a"])
    findings = found(Plan([((), (a, b))]), Trial(0, None, ("BUG: NULL",), True))
    assert findings == Findings({"a": Answer(ACCEPTED, (), ("BUG: NULL", "the kernel broke"))}, {"a"}, {"of_a"})


def test_of_many_words_all_reasons_are_taken_and_the_first_are_kept(monkeypatch):
    monkeypatch.setattr(trials, "KEPT", 1)
    said = tuple(f"a: Unknown symbol {symbol} (err -2)" for symbol in ("x", "y"))
    findings = found(Plan([((), (module("a"),))]), Trial(0, 2, said, False))
    assert findings.answers == {"a": Answer(REFUSED, (("missing", "x"), ("missing", "y")), said[:1])}


def test_the_first_answer_stays():
    a = module("a")
    findings = found(Plan([((), (a,))]), Trial(0, 0, (), True))
    findings.note(Plan([((), (a,))]), Report(True, (Trial(0, 12, (), False),)), OWN, "")
    assert findings.answers["a"].answer == ACCEPTED
