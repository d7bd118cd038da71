# SPDX-License-Identifier: GPL-2.0-or-later
"""The lines are those of real kernels: 5.10.0-46, 6.1.0-56, 6.12.117 and 7.3.4, cloud-amd64."""

import pytest

from abidb.outoftree import ACCEPTED, REFUSED, UNTRIED
from ingest.outoftree import kernellog
from ingest.outoftree.kernellog import Report, Trial, answer, report

CONSOLE = """Linux version 6.1.0-56-cloud-amd64
abidb 17 begin 4
abidb T ready
abidb T begin 0
tun: disagrees about version of symbol module_layout
tun: disagrees about version of symbol module_layout
abidb T end 0 8
abidb T begin 1
calling  vmd_init+0x0/0x1000 [vmd] @ 81
probe of 0000:00:01.0 returned 0 after 5 usecs
initcall vmd_init+0x0/0x1000 [vmd] returned -19 after 512 usecs
abidb T end 1 19
a word of the kernel's own
abidb T begin 2
"""


def refused(*messages, status=8, lost=()):
    return answer(Trial(0, status, messages, begun=False), frozenset(lost))


def test_a_kernel_that_did_not_come_as_far_as_init_tried_nothing():
    assert report("Kernel panic - not syncing: no init\n", "T") == Report(False, ())


def test_what_a_kernel_says_between_the_marks_is_said_to_that_module_each_once():
    assert report(CONSOLE, "T") == Report(
        started=True,
        trials=(
            Trial(0, 8, ("tun: disagrees about version of symbol module_layout",), begun=False),
            Trial(1, 19, (), begun=True),
            Trial(2, None, (), begun=False),
        ),
    )


def test_a_trial_that_the_boot_ended_in_can_be_left_out():
    assert [trial.number for trial in report(CONSOLE, "T").answered().trials] == [0, 1]


def test_marks_of_another_boot_and_marks_that_do_not_fit_are_what_a_module_says():
    said = "abidb T ready\nabidb T begin 0\nabidb X end 0 0\nabidb T end 7 0\nabidb T end 0 8\n"
    assert report(said, "T").trials == (Trial(0, 8, ("abidb X end 0 0",), begun=False),)


def test_a_line_that_no_kernel_writes_is_cut(monkeypatch):
    monkeypatch.setattr(kernellog, "LENGTH", 5)
    said = "abidb T ready\nabidb T begin 0\n1234567\nab\nabidb T end 0 0\n"
    assert report(said, "T").trials[0].messages == ("12345", "ab")


@pytest.mark.parametrize(
    ("messages", "reasons"),
    [
        (["tun: disagrees about version of symbol module_layout"], [("module_layout", "module_layout")]),
        (["tun: no symbol version for module_layout"], [("module_layout", "module_layout")]),
        (
            [
                "module tun: .gnu.linkonce.this_module section size must match the kernel's built struct module size "
                "at run time"
            ],
            [("module_layout", "")],
        ),
        (
            [
                "tun: version magic '6.1.0-56-amd64 SMP modversions ' should be '6.1.0-56-amd64 SMP preempt modversions '"
            ],
            [("vermagic", "")],
        ),
        (
            [
                "tun: disagrees about version of symbol kfree",
                "tun: Unknown symbol kfree (err -22)",
                "tun: Unknown symbol _printk (err -2)",
                "tun: disagrees about version of symbol dev_err",
                "tun: Unknown symbol dev_err (err -22)",
            ],
            [("crc", "kfree"), ("missing", "_printk"), ("crc", "dev_err")],
        ),
        (
            ["tun: no symbol version for kfree", "tun: Unknown symbol kfree (err -22)"],
            [("crc", "kfree")],
        ),
        (["tun: Unknown symbol kfree (err 0)"], [("missing", "kfree")]),
        (
            [
                "ofb: module uses symbol (crypto_cipher_encrypt_one) from namespace CRYPTO_INTERNAL, but does not "
                "import it.",
                "ofb: Unknown symbol crypto_cipher_encrypt_one (err -22)",
            ],
            [("namespace", "crypto_cipher_encrypt_one")],
        ),
        (["failed to validate module [tun] BTF: -22"], [("btf", "")]),
        (["BPF: failed to validate module [tun] BTF: -22"], [("btf", "")]),
        (["tun: exports duplicate symbol tun_get_socket (owned by kernel)"], [("other", "tun_get_socket")]),
        (["tun: Unknown symbol kfree (err -16)"], [("other", "kfree")]),
        (["tun: loading out-of-tree module taints kernel."], [("other", "")]),
        ([], [("other", "")]),
    ],
)
def test_the_reasons_are_those_that_a_kernel_states(messages, reasons):
    assert refused(*messages) == (REFUSED, tuple(reasons))


def test_a_module_whose_initialisation_was_called_was_let_in_whatever_became_of_it():
    assert answer(Trial(0, 19, ("vmd: no device",), begun=True)) == (ACCEPTED, ())
    assert answer(Trial(0, None, ("BUG: kernel NULL pointer dereference",), begun=True)) == (ACCEPTED, ())


def test_a_module_without_initialisation_was_let_in_where_the_kernel_says_nothing_else():
    assert answer(Trial(0, 0, (), begun=False)) == (ACCEPTED, ())


def test_symbols_of_modules_that_could_not_be_loaded_are_no_reason():
    missing = "b: Unknown symbol of_a (err -2)"
    assert refused(missing, status=2, lost=["of_a"]) == (UNTRIED, ())
    crc = "b: disagrees about version of symbol kfree"
    assert refused(crc, missing, lost=["of_a"]) == (REFUSED, (("crc", "kfree"),))


@pytest.mark.parametrize("status", [None, 12, 16, 17])
def test_a_kernel_that_ended_had_no_memory_or_had_the_name_already_said_nothing_of_the_module(status):
    assert refused(status=status) == (UNTRIED, ())
