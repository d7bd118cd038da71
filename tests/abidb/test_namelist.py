# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from abidb import namelist
from abidb.namelist import equal, holding, like, make

SYMBOLS = ("tcp_sendmsg", "tcp_sendmsg_locked", "dccp_sendmsg", "TCP_SendPage", "kfree", "_RNvCs1_tcp", "nf-conntrack")
NAMES = make(SYMBOLS)


@pytest.mark.parametrize("text", ["", "no_such", "*", "sendmsg tcp", "tcp_send?", "?", "tcp_*_sendmsg"])
def test_what_no_name_holds_is_not_found(text: str) -> None:
    assert holding(NAMES, text, 9) == []


@pytest.mark.parametrize("ask", [holding, like])
def test_nothing_is_found_among_no_names(ask) -> None:
    assert ask(make(()), "tcp", 9) == []


def test_a_name_that_is_not_ascii_or_has_a_line_end_is_left_out() -> None:
    found = make(["a", "a", "ä", "b\nc"])
    assert (len(found), found.names) == (1, "a\n")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("sendmsg", ["tcp_sendmsg", "dccp_sendmsg", "tcp_sendmsg_locked"]),
        ("TCP_S", ["tcp_sendmsg", "TCP_SendPage", "tcp_sendmsg_locked"]),
        ("tcp_sendmsg", ["tcp_sendmsg", "tcp_sendmsg_locked"]),
        ("nf_conntrack", ["nf-conntrack"]),
        ("k", ["kfree"]),
        ("tcp_*msg", ["tcp_sendmsg"]),
        ("*cp_send???", ["tcp_sendmsg", "dccp_sendmsg"]),
        ("*_tcp", ["_RNvCs1_tcp"]),
        ("tcp lock", ["tcp_sendmsg_locked"]),
        ("k*", ["kfree"]),
    ],
)
def test_names_that_hold_a_text_are_found_the_likeliest_first(text: str, names: list[str]) -> None:
    assert holding(NAMES, text, 9) == names


def test_only_so_many_are_found_and_of_a_crowd_the_short_ones(monkeypatch) -> None:
    assert holding(NAMES, "tcp", 2) == ["tcp_sendmsg", "TCP_SendPage"]
    monkeypatch.setattr(namelist, "CROWD", 1)
    assert holding(NAMES, "sendmsg", 9) == ["tcp_sendmsg"]


@pytest.mark.parametrize(
    ("text", "names"),
    [("tcp_sendmgs", ["tcp_sendmsg"]), ("kfre", ["kfree"]), ("xy", []), ("x" * 65, []), ("quite_else", [])],
)
def test_a_small_error_finds_the_name_that_was_meant(text: str, names: list[str]) -> None:
    assert [name for _, name in like(NAMES, text, 1)] == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("tcp_send", []),
        ("zzz", []),
        ("TCP_SENDPAGE", ["TCP_SendPage"]),
        ("nf_conntrack", ["nf-conntrack"]),
        ("kfree", ["kfree"]),
    ],
)
def test_a_name_is_equal_but_for_case_and_hyphens(text: str, names: list[str]) -> None:
    assert equal(NAMES, text) == names


def test_of_names_that_differ_by_case_alone_the_one_as_written_is_equal() -> None:
    found = make(["Ab", "aB"])
    assert (equal(found, "aB"), sorted(equal(found, "ab"))) == (["aB"], ["Ab", "aB"])
