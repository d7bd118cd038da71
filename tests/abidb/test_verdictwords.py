# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from abidb import verdictwords as words
from abidb.records import Signature
from abidb.verdict import Reason, Verdict

LAYOUT = Reason("module_layout", "module_layout", "0x00000001 -> 0x00000002")
CRC = Reason("crc", "kfree", "0x00000011 -> 0x00000012")
CRCS = tuple(Reason("crc", symbol, "0x00000011 -> 0x00000012") for symbol in ("d", "c", "b", "a"))
SAID = [
    (Verdict("loads"), "loads", "loads"),
    (Verdict("loads", (), ("(vermagic)",)), "loads as far as its CRCs tell", "loads as far as its CRCs tell"),
    (Verdict("unchecked"), "accepted unchecked", "accepted unchecked"),
    (
        Verdict("cannot be said", (), ("(apart)",)),
        "cannot be said: the build failed a check of its ingest",
        "cannot be said: the build failed a check of its ingest",
    ),
    (
        Verdict("cannot be said", (), ("kfree", "b", "c", "d", "(vermagic)")),
        "cannot be said: the vermagic of one side is not known; 4 symbols cannot be compared (b, c, d and 1 more)",
        "cannot be said: the vermagic of one side is not known; 4 symbols cannot be compared (b, c, d and 1 more)",
    ),
    (
        Verdict("refused", (LAYOUT, CRC)),
        "refused: module_layout has another CRC, 0x00000001 -> 0x00000002 (the kernel stops here); "
        "kfree has another CRC, 0x00000011 -> 0x00000012",
        "refused: module_layout differs",
    ),
    (
        Verdict("refused", (Reason("vermagic", "", "SMP -> SMP preempt_rt"),)),
        "refused: vermagic differs, SMP -> SMP preempt_rt",
        "refused: vermagic differs",
    ),
    (
        Verdict("refused", (Reason("module_layout", "module_layout", "no CRC"),)),
        "refused: the module has no CRCs, and this kernel takes no module without (it stops here)",
        "refused: the module has no CRCs",
    ),
    (
        Verdict("refused", (Reason("crc", "kfree", "none -> 0x00000012"),)),
        "refused: the module has no CRC of kfree, the kernel has 0x00000012",
        "refused: kfree with another CRC",
    ),
    (
        Verdict("refused", (Reason("vermagic", "", "none"),)),
        "refused: the module has no vermagic, and this kernel takes no module without",
        "refused: vermagic differs",
    ),
    (
        Verdict("refused", (CRC,), (), (("crc", 1200),)),
        "refused: 1,201 symbols with another CRC (kfree and 1,200 more)",
        "refused: kfree and 1,200 more with another CRC",
    ),
    (
        Verdict("cannot be said", (), ("kfree",), (("cannot be said", 7),)),
        "cannot be said: 8 symbols cannot be compared (kfree and 7 more)",
        "cannot be said: 8 symbols cannot be compared (kfree and 7 more)",
    ),
    (Verdict("refused", (Reason("btf"),)), "refused: its BTF does not fit", "refused: BTF differs"),
    (
        Verdict("refused", (*CRCS, Reason("missing", "gone"))),
        "refused: 4 symbols with another CRC (a, b, c and 1 more); gone is not exported",
        "refused: a, b, c and 1 more with another CRC; gone not exported",
    ),
    (
        Verdict("refused", (Reason("gpl", "a", "Proprietary"), Reason("namespace", "b", "NS"))),
        "refused: a is for GPL-compatible modules only, the license is 'Proprietary'; "
        "b is in namespace NS, which the module does not import",
        "refused: a for GPL-compatible modules only; b in a namespace that is not imported",
    ),
    (
        Verdict("refused", (Reason("namespace", "b", "module:kvm,kvm-amd"),)),
        "refused: b is only for kvm,kvm-amd",
        "refused: b in a namespace that is not imported",
    ),
]


@pytest.mark.parametrize(("verdict", "whole", "brief"), SAID)
def test_a_verdict_is_told_in_one_line_whole_and_brief(verdict, whole, brief):
    assert (words.verdict_sentence(verdict), words.brief_sentence(verdict)) == (whole, brief)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("missing", "2 symbols not exported (a, b)"),
        ("gpl", "2 symbols for GPL-compatible modules only (a, b)"),
        ("namespace", "2 symbols in namespaces that the module does not import (a, b)"),
    ],
)
def test_several_symbols_of_a_kind_are_counted(kind, said):
    assert words.reasons_sentence([Reason(kind, "b", "NS"), Reason(kind, "a", "NS")]) == said


@pytest.mark.parametrize(
    ("signature", "said"),
    [
        (None, "not signed"),
        (Signature("", "", ""), "signed, in a way that does not tell by whom"),
        (Signature("DKMS", "5F:0A", "sha256"), "signed by DKMS, key 5F:0A, as it says (not verified)"),
        (Signature("", "5F", ""), "signed by a certificate without name, key 5F, as it says (not verified)"),
    ],
)
def test_a_signature_is_told_as_what_it_says_of_itself(signature, said):
    assert words.signature_sentence(signature) == said


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({}, "the record has no kernel to compare with"),
        ({"loads": 1, "refused": 1200}, "loads on 1 kernel, refused by 1,200"),
        ({"unchecked": 2, "cannot be said": 1}, "accepted unchecked by 2 kernels, cannot be said of 1"),
    ],
)
def test_answers_of_many_kernels_are_counted(counts, said):
    assert words.answers_sentence(counts) == said
