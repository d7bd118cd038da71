# SPDX-License-Identifier: GPL-2.0-or-later
import itertools
import shutil
import subprocess

import pytest

from abidb.errors import UnknownName
from abidb.versions import (
    BuildName,
    codename,
    git_tag,
    kernel_source,
    line,
    parse_build,
    split_release,
    version_key,
)

VERSIONS = """
    0 0~ 0~~ 1 1.0 1.0-0 1.0-1 1.0-1+b1 1.0~rc1 1.0~rc1-1~exp1 1:0.5 6.1.99-1 6.1.106-1 6.1.106-2 6.1.192-2
    6.12.115-1 6.12.115-2 6.12.117-1~deb12u1 6.12.117-1 6.12.90-1~bpo12+1 7.3~rc7-1~exp1 7.3~rc10-1~exp1 7.3-1~exp1
    7.3-1 7.3.4-1~bpo13+1 2.6.32-48squeeze6 2.6.32-5 2.6.32-48 1.0a 1.0a1 1.0+ 1.0. 1.0.1 1.0A 00001.01 1.-1
""".split()


@pytest.mark.parametrize(
    "release",
    ["", "amd64", "6-amd64", "6.1.0-56", "6.1.0-56-", "6.1.0-56-AMD", "../6.1.0-56-amd64", "6.1.0-56-amd64\n"],
)
def test_what_is_no_kernel_release_is_refused(release: str) -> None:
    with pytest.raises(UnknownName, match="not the release of a Debian kernel"):
        split_release(release)


@pytest.mark.parametrize(
    ("release", "abi", "flavour"),
    [
        ("6.1.0-56-cloud-amd64", "6.1.0-56", "cloud-amd64"),
        ("5.10.0-46-686-pae", "5.10.0-46", "686-pae"),
        ("6.1.0-0.deb11.52-rt-amd64", "6.1.0-0.deb11.52", "rt-amd64"),
        ("4.19.0-0.bpo.19-arm64", "4.19.0-0.bpo.19", "arm64"),
        ("6.12.115+deb13.1-arm64-16k", "6.12.115+deb13.1", "arm64-16k"),
        ("6.10.11+bpo-amd64", "6.10.11+bpo", "amd64"),
        ("7.3-cloud-amd64", "7.3", "cloud-amd64"),
        ("7.3-rc2-amd64", "7.3-rc2", "amd64"),
        ("7.3-686-pae", "7.3", "686-pae"),
        ("3.2.0-trunk-686", "3.2.0-trunk", "686"),
        ("2.6.32-bpo.5-amd64", "2.6.32-bpo.5", "amd64"),
        ("6.1.0-47-5kc-malta", "6.1.0-47", "5kc-malta"),
        ("6.12.95+deb12-mips64r2el", "6.12.95+deb12", "mips64r2el"),
        ("2.6.32-5-xen-amd64", "2.6.32-5", "xen-amd64"),
    ],
)
def test_a_release_is_an_abi_name_and_a_flavour(release: str, abi: str, flavour: str) -> None:
    assert split_release(release) == (abi, flavour)


@pytest.mark.parametrize(
    ("source", "kernel"),
    [
        ("linux", "linux"),
        ("linux-6.12", "linux-6.12"),
        ("linux-2.6", "linux-2.6"),
        ("linux-signed", "linux"),
        ("linux-signed-amd64", "linux"),
        ("linux-signed-6.12-arm64", "linux-6.12"),
        ("linux-base", None),
        ("linuxptp", None),
    ],
)
def test_signed_sources_stand_for_the_kernel_s_own(source: str, kernel: str | None) -> None:
    assert kernel_source(source) == kernel


@pytest.mark.parametrize(
    ("suite", "source", "expected"),
    [
        ("bookworm", "linux", "bookworm"),
        ("bookworm-security", "linux", "bookworm"),
        ("bookworm-proposed-updates", "linux", "bookworm"),
        ("bookworm-security", "linux-6.12", "bookworm-6.12"),
        ("bookworm-backports", "linux", "bookworm-backports"),
        ("unstable", "linux", "sid"),
        ("rc-buggy", "linux", "experimental"),
    ],
)
def test_the_suites_of_a_release_feed_one_line_and_backports_their_own(suite: str, source: str, expected: str) -> None:
    assert line(suite, source) == expected


def test_every_suite_has_a_release() -> None:
    suites = ("bookworm", "bookworm-security", "bookworm-backports-sloppy", "sid", "unstable")
    assert [codename(s) for s in suites] == ["bookworm", "bookworm", "bookworm", "sid", "sid"]


@pytest.mark.parametrize("text", ["", "a b", "6.1.0-56-amd64=", "6.1.0-56-amd64:", ":amd64"])
def test_what_is_no_build_name_is_refused(text: str) -> None:
    with pytest.raises(UnknownName, match="not a build"):
        parse_build(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("6.1.0-56-cloud-amd64", BuildName("6.1.0-56-cloud-amd64")),
        ("6.1.0-23-amd64=6.1.99-1", BuildName("6.1.0-23-amd64", "6.1.99-1")),
        ("6.1.0-47-octeon:mips64el", BuildName("6.1.0-47-octeon", None, "mips64el")),
        ("7.3-amd64=7.3~rc7-1~exp1:amd64", BuildName("7.3-amd64", "7.3~rc7-1~exp1", "amd64")),
    ],
)
def test_a_build_is_written_release_version_arch(text: str, name: BuildName) -> None:
    assert parse_build(text) == name
    assert str(name) == text


@pytest.mark.skipif(not shutil.which("dpkg"), reason="dpkg is missing (apt-get install dpkg)")
def test_the_order_of_keys_is_dpkg_s_order() -> None:
    wrong = [
        (a, b)
        for a, b in itertools.combinations(VERSIONS, 2)
        for relation, holds in (("lt", version_key(a) < version_key(b)), ("eq", version_key(a) == version_key(b)))
        if (subprocess.run(["dpkg", "--compare-versions", a, relation, b], stderr=subprocess.DEVNULL).returncode == 0)
        != holds
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("version", "tag"),
    [("6.1.192-1", "6.1.192-1"), ("6.1.90-1~bpo11+1", "6.1.90-1_bpo11+1"), ("1:2..3", "1%2.#.3"), ("1.", "1.#")]
    + [("1.lock", "1.#lock"), ("1.locks", "1.locks")],
)
def test_a_version_in_a_tag_of_git_is_as_dep_14_has_it(version: str, tag: str) -> None:
    assert git_tag(version) == tag
