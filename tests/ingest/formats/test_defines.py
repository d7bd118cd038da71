# SPDX-License-Identifier: GPL-2.0-or-later
from pathlib import Path

import pytest

from abidb.errors import BadFormat
from ingest.formats import defines

REAL = Path(__file__).parent / "real_defines"  # its README says where they are from
MAIN = "debian/config/defines"


def check_refuses(message, text):
    with pytest.raises(BadFormat) as raised:
        defines.ignored({MAIN: text})
    assert str(raised.value) == f"{MAIN}: {message}"


@pytest.mark.parametrize("text", [b"\0", b"ignore-changes: x\n", b"[abi\n", b"[abi]\nignore\n", b"[abi]\n = x\n"])
def test_what_has_no_sections_and_values_is_refused(text):
    check_refuses("not made of sections and values", text)


@pytest.mark.parametrize("pattern", ["\x1b[31m", "caf\xe9", "x" * 201])
def test_a_pattern_that_cannot_be_one_is_refused(pattern):
    text = f"[abi]\nignore-changes: {pattern}\n"
    check_refuses(f"{pattern[:100]!a} in section 'abi' is no pattern that can be one", text.encode())


def test_a_flavour_that_cannot_be_one_is_refused():
    check_refuses("'x' in section 'A b_abi' is no pattern that can be one", b"[A b_abi]\nignore-changes: x\n")


def test_more_patterns_than_any_list_has_are_refused(monkeypatch):
    monkeypatch.setattr(defines, "MOST", 1)
    with pytest.raises(BadFormat, match="^source package ignores more than the 1 patterns that are allowed$"):
        defines.ignored({MAIN: b"[abi]\nignore-changes: a b\n"})


@pytest.mark.parametrize(
    "path",
    ["debian/config/defines.toml", "defines", "debian/config/a/b/c/defines", "debian/config//defines", "debian/defines",
     "debian/config/amd64/config", "debian/config/../defines"],
)  # fmt: skip
def test_other_files_are_passed_over(path):
    assert (defines.is_defines(path), defines.ignored({path: b"\0"})) == (False, ())


@pytest.mark.parametrize("text", [b"", b"[abi]\nabiname: 5\n", b"[abi]\nignore-changes:\n\n[base]\narches: x\n"])
def test_a_package_that_ignores_nothing_has_no_patterns(text):
    assert defines.ignored({MAIN: text}) == ()


def test_patterns_are_told_with_whom_they_are_for():
    members = {
        "debian/config/s390/none/defines": b"[abi]\nignore-changes = a\n",
        "debian/config/featureset-rt/defines": b"[abi]\nignore-changes: *\n",
        "debian/config/amd64/defines": b"[abi]\nignore-changes: b a b\n\n[cloud-amd64_abi]\nignore-changes: c\n",
        MAIN: b"[abi]\nIgnore-Changes: perf_*\n# a remark\n module:fs/**\n; another\n\n last\n[base]\nignore-changes: no\n",
    }
    assert defines.ignored(members) == (
        ("", "last"),
        ("", "module:fs/**"),
        ("", "perf_*"),
        ("amd64", "a"),
        ("amd64", "b"),
        ("amd64/cloud-amd64", "c"),
        ("rt", "*"),
        ("s390/none", "a"),
    )


@pytest.mark.parametrize(("version", "count", "last"), [("5.10.218-1", 91, "nft_parse_register"), ("6.1.187-1", 90, "xhci_init_driver")])  # fmt: skip
def test_lists_of_real_packages_are_read_whole(version, count, last):
    """The count is that of the packaging's own reader, debian_linux.config."""
    members = {
        MAIN: (REAL / f"{version}.defines").read_bytes(),
        "debian/config/featureset-rt/defines": (REAL / f"{version}.featureset-rt").read_bytes(),
    }
    found = defines.ignored(members)
    assert (len(found), ("", last) in found, ("", "module:drivers/net/wireless/**") in found, found[-1]) == (
        count,
        True,
        True,
        ("rt", "*"),
    )
