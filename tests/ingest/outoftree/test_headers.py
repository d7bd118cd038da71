# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from abidb.outoftree import Target
from ingest.outoftree.apt import Picked, Solution, Unsolvable
from ingest.outoftree.headers import choose, exports, nearest, solve, with_compiler


class Lists:
    """An Apt that has some headers, of which some cannot be installed."""

    def __init__(self, *releases, unsolvable=()):
        self.found = {f"linux-headers-{name}": (version,) for name, version in releases}
        self.unsolvable = unsolvable
        self.asked = []

    def versions(self, prefix):
        return self.found

    def solve(self, wanted, suite=""):
        self.asked.append((*wanted, suite))
        if (wanted[0], suite) in self.unsolvable:
            raise Unsolvable(f"{wanted[0]} {suite}: not going to be installed")
        return Solution(tuple(wanted), suite, (Picked(wanted[0].partition("=")[0], "1", "amd64"),))


def target(release="6.1.0-54-amd64", version="6.1.190-1"):
    return Target("linux", version, "amd64", "amd64", release)


SERIES = (
    ("6.1.0-50-amd64", "6.1.170-1"),
    ("6.1.0-53-amd64", "6.1.187-1"),
    ("6.1.0-55-amd64", "6.1.191-1"),
    ("6.1.0-56-amd64", "6.1.192-2"),
    ("6.1.0-54-cloud-amd64", "6.1.190-1"),
    ("6.12.90+deb12-amd64", "6.12.90-1~bpo12+1"),
    ("6.1.0-0.deb11.48-amd64", "6.1.170-1~deb11u1"),
    ("generic", "1"),
)


def test_a_lane_without_headers_is_said():
    with pytest.raises(Unsolvable, match=r"^no headers of 6\.1\.0-54-amd64 or of any kernel of its lane$"):
        choose(Lists(*SERIES[4:]), target(), "bookworm")


def test_headers_that_cannot_be_installed_are_said_in_apts_words():
    wanted = "linux-headers-6.1.0-55-amd64=6.1.191-1"
    lists = Lists(SERIES[2], unsolvable=[(wanted, suite) for suite in ("", "bookworm", "bookworm-backports")])
    with pytest.raises(Unsolvable, match=r"6\.1\.0-55-amd64=6\.1\.191-1 : not going to be installed"):
        choose(lists, target(), "bookworm")


def test_the_kernels_own_headers_are_taken_where_they_are_there():
    found = choose(Lists(*SERIES, ("6.1.0-54-amd64", "6.1.190-1")), target(), "bookworm")
    assert (found.release, found.name, found.package) == (
        "6.1.0-54-amd64",
        "6.1.0-54-amd64=6.1.190-1",
        "linux-headers-6.1.0-54-amd64=6.1.190-1",
    )


def test_else_the_nearest_of_its_lane():
    names = [release for release, _ in nearest(Lists(*SERIES).found, target())]
    assert names == ["6.1.0-55-amd64", "6.1.0-53-amd64", "6.1.0-56-amd64", "6.1.0-50-amd64"]


def test_headers_that_cannot_be_installed_give_way_to_the_next():
    wanted = "linux-headers-6.1.0-55-amd64=6.1.191-1"
    lists = Lists(*SERIES, unsolvable=[(wanted, suite) for suite in ("", "bookworm", "bookworm-backports")])
    assert choose(lists, target(), "bookworm").release == "6.1.0-53-amd64"


@pytest.mark.parametrize(
    ("codename", "suites"),
    [
        ("bookworm", ("", "bookworm", "bookworm-backports")),
        ("sid", ("", "experimental")),
        ("experimental", ("", "experimental")),
    ],
)
def test_the_release_without_updates_is_asked_and_then_backports(codename, suites):
    for number, suite in enumerate(suites):
        assert solve(Lists(unsolvable=[("a", other) for other in suites[:number]]), ["a"], codename).suite == suite


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        (".kernelvariables", "override CC = $(if $(X),gcc,gcc-12)\n", "gcc-12-plugin-dev"),
        (
            ".config",
            'CONFIG_CC_VERSION_TEXT="x86_64-linux-gnu-gcc-14 (Debian 14.2.0-19) 14.2.0"\n',
            "gcc-14-plugin-dev",
        ),
        (".config", "CONFIG_X=y\n", "gcc-plugin-dev"),
    ],
)
def test_the_compiler_is_that_of_the_kernel(tmp_path, file, text, expected):
    folder = tmp_path / "usr/src/linux-headers-6.1.0-54-amd64"
    folder.mkdir(parents=True)
    (folder / file).write_text(text)
    assert with_compiler("gcc-N-plugin-dev", tmp_path, "6.1.0-54-amd64") == expected


def test_what_a_kernel_exports_is_read_from_its_headers(tmp_path):
    folder = tmp_path / "usr/src/linux-headers-6.1.0-54-amd64"
    folder.mkdir(parents=True)
    assert exports(tmp_path, "6.1.0-54-amd64") == frozenset()
    (folder / "Module.symvers").write_text("0x00000001\tkfree\tvmlinux\tEXPORT_SYMBOL\t\n")
    assert exports(tmp_path, "6.1.0-54-amd64") == {"kfree"}
