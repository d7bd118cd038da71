# SPDX-License-Identifier: GPL-2.0-or-later
"""How uploads came, what lasts in a lane, how an upload's changes spread."""

import pytest

from abidb import queries, store
from abidb.answers import LaneName
from abidb.channels import Channel
from abidb.churnanswers import ArchOnly, Arrival, Lasting
from tests.abidb.test_channels import RELEASES
from tests.builders import uses
from tests.builders.records import make_entry, make_export, make_kernel

pytestmark = pytest.mark.django_db
LANE = LaneName("bookworm", "amd64", "amd64")
ALPHA, BETA, GAMMA = (make_export(name, crc=n) for n, name in enumerate(("alpha", "beta", "gamma"), 1))
NEW_ALPHA, NEW_BETA = (make_export(name, crc=n) for n, name in enumerate(("alpha", "beta"), 11))


def test_nothing_lasts_where_nothing_can_be_measured() -> None:
    bare = tuple(make_export(name, crc=None) for name in ("alpha", "beta"))
    store.save(make_kernel("6.1.0-1-amd64", "6.1.1-1", exports=bare))
    store.save(make_kernel("6.1.0-2-amd64", "6.1.2-1", exports=bare))
    assert queries.lasting(LANE) == Lasting((), {}, 2, 0, False)


def test_what_lasts_is_in_all_builds_and_never_broke() -> None:
    for n, exports in enumerate(
        [(ALPHA, BETA, GAMMA), (NEW_ALPHA, BETA, GAMMA), (NEW_ALPHA, BETA, make_export("delta"))]
    ):
        store.save(make_kernel(f"6.1.0-{n}-amd64", f"6.1.{n}-1", exports=exports))
    assert queries.lasting(LANE) == Lasting(("beta",), {}, 3, 2, False)


def test_of_what_lasts_those_come_first_that_packages_use() -> None:
    uses.fill_kernels()
    uses.fill_packages()
    found = queries.lasting(LANE)
    assert (found.symbols, found.users["beta"]) == (("beta", "module_layout"), 1)


def test_where_builds_are_partial_only_what_those_have_lasts() -> None:
    module = make_export("omega", module="lib/omega", crc=7)
    for n, (covers, exports) in enumerate([("all", (ALPHA, module)), ("vmlinux", (ALPHA,)), ("all", (ALPHA, module))]):
        store.save(make_kernel(f"6.1.0-{n}-amd64", f"6.1.{n}-1", covers=covers, exports=exports))
    assert queries.lasting(LANE) == Lasting(("alpha",), {}, 3, 2, True)


def test_an_upload_came_by_where_it_was_aimed_and_seen_in_that_line() -> None:
    store.put_releases(RELEASES, {"bookworm": "oldstable"})
    entry = make_entry("6.1.1-1", distribution="bookworm-security", urgency="high")
    store.save(make_kernel("6.1.0-1-amd64", "6.1.1-1", changelog=(entry,)))
    found = Arrival("bookworm-security", "high", ("bookworm",), (Channel.SECURITY, Channel.POINT))
    assert list(queries.arrivals(LANE).values()) == [found]
    assert queries.arrival(queries.upload("linux", "6.1.1-1")) == found


def fill_flavours() -> None:
    """6.1.2-1: alpha breaks everywhere, beta on amd64 alone, gamma in its cloud flavour alone; s390x has no CRCs."""
    for arch, flavour, exports in (
        ("amd64", "amd64", (NEW_ALPHA, NEW_BETA, GAMMA)),
        ("amd64", "cloud-amd64", (NEW_ALPHA, NEW_BETA)),
        ("arm64", "arm64", (NEW_ALPHA, BETA, GAMMA)),
        ("s390x", "s390x", None),
    ):
        bare = tuple(make_export(name, crc=None) for name in ("alpha", "beta"))
        old = (ALPHA, BETA, GAMMA) if exports else bare
        for n, each in ((1, old), (2, exports or bare)):
            release = f"6.1.0-{n}-{flavour}"
            store.save(make_kernel(release, f"6.1.{n}-1", arch=arch, flavour=flavour, exports=each))


def test_an_upload_that_is_in_no_lane_spreads_over_nothing() -> None:
    assert queries.spread("linux", "6.1.9-1") == ()


def test_what_all_flavours_have_in_common_is_told_from_what_one_has_alone() -> None:
    fill_flavours()
    (found,) = queries.spread("linux", "6.1.2-1")
    assert (found.line, found.measured, found.broken, found.everywhere, found.everywhere_first, found.single) == (
        *("bookworm", 3, 3, 1),
        *(("alpha",), 1),
    )
    assert [(row.lane.flavour, row.broken, row.only, row.only_first) for row in found.rows] == [
        ("amd64", 2, 0, ()),
        ("cloud-amd64", 3, 1, ("gamma",)),
        ("arm64", 1, 0, ()),
        ("s390x", None, 0, ()),
    ]
    assert found.arches == (ArchOnly("amd64", 1, ("beta",)),)
    assert [row.step.old.version for row in found.rows if row.step.old] == ["6.1.1-1"] * 4


def test_the_first_upload_of_lanes_has_nothing_to_spread() -> None:
    fill_flavours()
    (found,) = queries.spread("linux", "6.1.1-1")
    assert (found.measured, found.broken, found.arches) == (0, 0, ())
    assert {row.step.old for row in found.rows} == {None}


def test_lanes_of_a_line_come_with_the_generic_flavour_of_amd64_first() -> None:
    fill_flavours()
    names = [lane.name.flavour for lane in queries.line_lanes("bookworm")]
    assert names == ["amd64", "cloud-amd64", "arm64", "s390x"]
    assert [lane.name.flavour for lane in queries.line_lanes("bookworm", "arm64")] == ["arm64"]
    assert queries.line_lanes("woody") == ()
