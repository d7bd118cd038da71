# SPDX-License-Identifier: GPL-2.0-or-later
import dataclasses

import pytest

from abidb import checkanswers
from abidb.answers import BuildRef
from abidb.checkanswers import Checked, KernelAnswer, LaneAnswer
from abidb.checked import CheckedFile, CheckedModule
from abidb.verdict import Candidate, Reason, Verdict

LOADS, UNSAID = Verdict("loads"), Verdict("cannot be said", (), ("kfree",))
UNCHECKED = Verdict("unchecked")
REFUSED = Verdict("refused", tuple(Reason("crc", f"s{n}", f"0x{n:08x} -> 0x00000000") for n in range(30)))


def build(n):
    return BuildRef(n, f"6.1.0-{n}-amd64", "linux", f"6.1.{n}-1", "amd64", "amd64", f"6.1.0-{n}", "all", "good", None)


def kernel(n, *verdicts):
    return KernelAnswer(build(n), verdicts)


def lane(*kernels, line="bookworm"):
    return LaneAnswer(line, "amd64", "amd64", kernels, len(kernels))


def checked(*lanes, modules=1):
    names = [Candidate("tun" * (n == 0), (), "", (), (), dump=True) for n in range(modules)]
    told = tuple(CheckedModule(f"lib/m{n}.ko", "", None, name) for n, name in enumerate(names))
    return Checked(CheckedFile("dump", told), ("amd64",), lanes)


@pytest.mark.parametrize(
    ("verdicts", "worst"),
    [
        ((LOADS, LOADS), "loads"),
        ((LOADS, UNCHECKED), "unchecked"),
        ((UNCHECKED, UNSAID), "cannot be said"),
        ((UNSAID, REFUSED), "refused"),
    ],
)
def test_of_several_modules_the_worst_answer_is_the_package_s(verdicts, worst):
    assert kernel(1, *verdicts).answer == worst


@pytest.mark.parametrize(
    ("answers", "every", "any_"),
    [((), 3, 3), ((LOADS, REFUSED), 2, 0), ((UNCHECKED, UNSAID), 3, 1), ((LOADS,), 0, 0), ((REFUSED, UNSAID), 2, 3)],
)
def test_the_exit_status_is_of_the_worst_kernel_or_of_the_best(answers, every, any_):
    found = checked(lane(*(kernel(n, answer) for n, answer in enumerate(answers))))
    assert (checkanswers.status(found, every=True), checkanswers.status(found, every=False)) == (every, any_)


def test_kernels_that_answer_alike_and_stand_side_by_side_are_told_together():
    other = dataclasses.replace(REFUSED, reasons=tuple(dataclasses.replace(r, detail="x") for r in REFUSED.reasons))
    kernels = [kernel(4, LOADS), kernel(3, REFUSED), kernel(2, other), kernel(1, LOADS)]
    runs = [(run.sentence, [one.build.id for one in run.kernels]) for run in checkanswers.runs(kernels, ("tun",))]
    said = "refused: s0, s1, s10 and 27 more with another CRC"
    assert runs == [("loads", [4]), (said, [3, 2]), ("loads", [1])]


def test_of_several_modules_those_that_make_the_answer_are_named():
    names = ("a", "b", "c")
    assert checkanswers.brief(kernel(1, LOADS, REFUSED, UNSAID), names) == "refused: b"
    assert checkanswers.brief(kernel(1, LOADS, LOADS, LOADS), names) == "loads"
    assert checkanswers.brief(kernel(1, UNSAID, UNSAID, UNSAID), names).endswith("cannot be compared (kfree)")
    other = Verdict("cannot be said", (), ("(apart)",))
    assert checkanswers.brief(kernel(1, UNSAID, UNSAID, other), names) == "cannot be said"
    assert checkanswers.full(kernel(1, LOADS, UNSAID, UNCHECKED), names) == (
        "a: loads",
        "b: cannot be said: 1 symbol cannot be compared (kfree)",
        "c: accepted unchecked",
    )


def test_of_many_modules_the_worst_are_told_and_the_others_counted():
    found = checkanswers.full(kernel(1, LOADS, UNSAID, UNCHECKED), ("a", "b", "c"), modules=1)
    assert found == ("b: cannot be said: 1 symbol cannot be compared (kfree)", "and 2 other modules")


def test_lanes_that_take_the_module_come_first_and_a_kernel_counts_once():
    taken, not_taken = lane(kernel(2, LOADS), line="z"), lane(kernel(1, REFUSED), kernel(2, LOADS), line="b")
    found = checked(lane(kernel(1, REFUSED), line="a"), lane(kernel(3, UNSAID), line="c"), taken, not_taken)
    assert [each.line for each in found.best_first] == ["z", "b", "c", "a"]
    assert found.counts == {"refused": 1, "cannot be said": 1, "loads": 1}


def test_of_lanes_that_answer_alike_the_one_that_the_module_was_built_for_comes_first():
    found = checked(lane(kernel(1, REFUSED), line="a"), lane(kernel(2, REFUSED), line="b"))
    (module,) = found.file.modules
    built = dataclasses.replace(module.candidate, vermagic="6.1.0-2-amd64 SMP ")
    file = dataclasses.replace(found.file, modules=(dataclasses.replace(module, candidate=built),))
    assert [each.line for each in dataclasses.replace(found, file=file).best_first] == ["b", "a"]


def test_a_module_is_called_by_its_name_else_by_its_file():
    assert checkanswers.names(checked(modules=2).file) == ("tun", "m1.ko")


def test_programs_get_everything_and_of_many_reasons_the_first():
    found = checkanswers.checked_json(checked(lane(kernel(1, REFUSED))))
    (one,) = found["kernels"]
    assert (one["build"]["name"], one["answer"]) == ("6.1.0-1-amd64=6.1.1-1:amd64", "refused")
    (module,) = one["modules"]
    assert (module["name"], len(module["reasons"]), module["reasons_total"]) == ("tun", 20, 30)
    assert module["reasons"][0] == {"kind": "crc", "symbol": "s0", "detail": "0x00000000 -> 0x00000000"}
    assert found["lanes"] == [
        {
            "line": "bookworm",
            "arch": "amd64",
            "flavour": "amd64",
            "builds": 1,
            "kernels": ["6.1.0-1-amd64=6.1.1-1:amd64"],
        }
    ]
    whole = checkanswers.checked_json(checked(lane(kernel(1, REFUSED))), everything=True)
    assert len(whole["kernels"][0]["modules"][0]["reasons"]) == 30
