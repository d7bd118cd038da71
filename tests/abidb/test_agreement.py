# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from abidb import verdict
from abidb.agreement import disagreement
from abidb.outoftree import ACCEPTED, REFUSED, UNTRIED
from abidb.verdict import CRC, GPL, LAYOUT, MISSING, NAMESPACE, VERMAGIC, Reason, Verdict
from tests.builders.outoftree import make_load_result


def compared(answer, reasons, ours, *our_reasons):
    result = make_load_result(answer=answer, reasons=tuple(reasons))
    return disagreement(result, Verdict(ours, tuple(Reason(*reason) for reason in our_reasons)))


def refused(theirs, *ours):
    return compared(REFUSED, theirs, verdict.REFUSED, *ours)


def test_a_kernel_that_was_not_asked_and_a_verdict_that_says_nothing_are_not_compared():
    assert compared(UNTRIED, [], verdict.LOADS) is None
    assert compared(ACCEPTED, [], verdict.UNSAID) is None


def test_one_refuses_and_the_other_does_not():
    assert compared(REFUSED, [("crc", "kfree")], verdict.LOADS) == "the kernel: refused (crc kfree); we: loads"
    assert (
        compared(ACCEPTED, [], verdict.REFUSED, (GPL, "kfree")) == "the kernel: accepted; we: refused (missing kfree)"
    )


@pytest.mark.parametrize("ours", [verdict.LOADS, verdict.UNCHECKED])
def test_both_accept(ours):
    assert compared(ACCEPTED, [], ours) == ""


def test_both_refuse_but_not_for_the_same():
    assert refused([("crc", "kfree")], (CRC, "kfree"), (MISSING, "gone")) == "we alone (missing gone)"
    assert refused([("crc", "kfree"), ("other", "")], (CRC, "kfree")) == "the kernel alone (other)"
    assert refused([("module_layout", "")], (CRC, "kfree")) == "the kernel: size of struct module; we (crc kfree)"


def test_the_kernel_stops_at_module_layout_and_at_vermagic():
    every = [(LAYOUT, "module_layout", "1 -> 2"), (VERMAGIC, "", "a -> b"), (CRC, "kfree"), (MISSING, "gone")]
    assert refused([("module_layout", "module_layout")], *every) == ""
    assert refused([("vermagic", "")], *every[1:]) == ""
    assert refused([("crc", "kfree"), ("missing", "gone")], *every[2:]) == ""


def test_the_size_of_struct_module_comes_before_all_that_a_verdict_names():
    assert refused([("module_layout", "")], (LAYOUT, "module_layout")) == ""
    assert refused([("module_layout", "")], (VERMAGIC,), (MISSING, "gone")) == ""


def test_a_gpl_only_symbol_is_missing_to_the_kernel():
    assert refused([("missing", "kfree")], (GPL, "kfree", "BSD")) == ""


def test_symbols_are_compared_without_regard_to_their_order():
    theirs = [("namespace", "b"), ("crc", "a")]
    assert refused(theirs, (CRC, "a", "1 -> 2"), (NAMESPACE, "b", "NS")) == ""


def test_btf_is_compared_only_where_nothing_stands_before_it():
    assert refused([("btf", "")], (verdict.BTF,)) == ""
    assert refused([("crc", "a")], (CRC, "a"), (verdict.BTF,)) == ""
