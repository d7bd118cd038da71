# SPDX-License-Identifier: GPL-2.0-or-later
import dataclasses

import pytest

from abidb.answers import LaneName
from abidb.churnanswers import FlavourStep
from dashboard.flavours import brief, kind, matrix
from tests.abidb.test_churnwords import make_spread
from tests.dashboard.answers import make_counts, make_step


def make_row(arch: str, flavour: str, **counts) -> FlavourStep:
    return FlavourStep(LaneName("bookworm", arch, flavour), make_step(1, make_counts(**counts)), 0, 0, ())


@pytest.mark.parametrize(
    ("flavour", "arch", "said"),
    [
        ("amd64", "amd64", "generic"),
        ("cloud-amd64", "amd64", "cloud"),
        ("arm64-16k", "arm64", "16k"),
        ("armmp-lpae", "armhf", "armmp-lpae"),
        ("powerpc64le", "ppc64el", "powerpc64le"),
    ],
)
def test_flavours_of_several_architectures_compare_without_their_names(flavour: str, arch: str, said: str) -> None:
    assert kind(flavour, arch) == said


def test_what_many_architectures_have_comes_first_and_amd64_before_others() -> None:
    rows = (make_row("amd64", "cloud-amd64"), make_row("amd64", "amd64", removed=2), make_row("arm64", "arm64"))
    found = matrix(make_spread(rows=rows))
    assert (found.arches, found.kinds) == (("amd64", "arm64"), ("generic", "cloud"))
    assert [(each, [said for _, said in cells]) for each, cells in found.rows] == [
        ("generic", ["2", "0"]),
        ("cloud", ["0", ""]),
    ]


def test_a_cell_never_makes_a_nought_of_what_is_not_known() -> None:
    not_compared = dataclasses.replace(make_step(1), counts=None, scope=None)
    partial = dataclasses.replace(make_step(1), scope="vmlinux")
    steps = (make_step(0), not_compared, partial, make_step(1, make_counts(crc_changed=None, removed=3)))
    assert [brief(step) for step in steps] == ["first", "not compared", "0 + ?", "3 + ?"]
