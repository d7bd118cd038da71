# SPDX-License-Identifier: GPL-2.0-or-later
"""Conditionals of C sources: what surely is not compiled goes, what may be stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.formats.cbranches import DEEPEST, Kernel, evaluate, taken

KERNEL = Kernel((6, 1, 192), {"CONFIG_PM", "CONFIG_TUN_MODULE"})


def lines(text):
    return taken(text.encode(), KERNEL).decode().split()


@pytest.mark.parametrize(
    "condition",
    [
        "",
        "(",
        "1 +",
        "1 2",
        "1 ? 2 : 3",
        "f(",
        "defined(X",
        "defined",
        "KERNEL_VERSION(1,2)",
        "0x",
        "1 / 2",
        "@",
        "()",
        "A(B)",
    ]
    + ["(" * 5000 + "1", "!" * 5000 + "1", "1 &&" * 9000],
)
def test_condition_that_is_not_understood_is_not_known(condition):
    assert evaluate(condition, KERNEL) is None


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ("0", 0),
        ("1", 1),
        ("0x10 == 16U", 1),
        ("LINUX_VERSION_CODE >= KERNEL_VERSION(6, 1, 0)", 1),
        ("LINUX_VERSION_CODE < KERNEL_VERSION(6,2,0)", 1),
        ("KERNEL_VERSION(6,1,255) == KERNEL_VERSION(6,1,300)", 1),
        ("LINUX_VERSION_CODE > KERNEL_VERSION(6,1,192)", 0),
        ("defined(CONFIG_PM)", 1),
        ("defined CONFIG_TUN", 0),
        ("IS_ENABLED(CONFIG_TUN)", 1),
        ("IS_BUILTIN(CONFIG_TUN)", 0),
        ("IS_MODULE(CONFIG_TUN)", 1),
        ("!defined(CONFIG_PM)", 0),
        ("CONFIG_X", 0),
        ("CONFIG_PM", None),
        ("HAVE_THING", None),
        ("!HAVE_THING", None),
        ("HAVE_THING && 0", 0),
        ("HAVE_THING || 1", 1),
        ("HAVE_THING && 1", None),
        ("defined(RHEL_RELEASE_CODE) && RHEL_RELEASE_CODE >= RHEL_RELEASE_VERSION(8, 0)", 0),
        ("defined(__cplusplus) || (2 - 1 != 1)", 0),
        ("1 + 1 <= 2", 1),
    ],
)
def test_condition_is_evaluated_as_far_as_it_is_known(condition, value):
    assert evaluate(condition, KERNEL) == value


def test_nothing_is_left_of_comments_and_literals_but_what_is_included():
    text = 'a /* b \n c */ d // e\n"f" \'g\' #include "h.h"\n#include "i.h"\n#define j "k"'
    assert lines(text) == ["a", "d", '""', "''", "#include", '""', "#include", '"i.h"', "#define", "j", '"k"']


def test_branches_that_are_surely_not_taken_go():
    text = "#if 0\na\n#elif LINUX_VERSION_CODE > 1\nb\n#else\nc\n#endif\n#ifdef CONFIG_PM\nd\n#else\ne\n#endif\nf"
    assert lines(text) == ["b", "d", "f"]


def test_all_branches_of_what_is_not_known_stay():
    assert lines("#ifdef HAVE_A\na\n#elif HAVE_B\nb\n#else\nc\n#endif") == ["a", "b", "c"]


def test_what_stands_in_a_branch_that_is_not_taken_is_not_taken_either():
    assert lines("#if 0\n#if 1\na\n#else\nb\n#endif\nc\n#endif\nd") == ["d"]


def test_line_that_goes_on_is_one_condition():
    assert lines("#if defined(CONFIG_PM) && \\\n  0\na\n#endif\nb") == ["b"]


@pytest.mark.parametrize(
    ("text", "left"), [("#endif\na", ["a"]), ("#else\na", ["a"]), ("#if 0\na", []), ("#ifdef\na", ["a"])]
)
def test_conditionals_that_are_not_whole_do_no_harm(text, left):
    assert lines(text) == left


def test_conditionals_in_each_other_without_end_end_the_reading():
    assert lines("#if 1\n" * (DEEPEST + 5) + "a") == []


@given(
    st.lists(
        st.sampled_from(["#if X", "#if 0", "#ifdef CONFIG_PM", "#elif 1", "#else", "#endif", "a", '"', "/*", "\\"])
    )
)
def test_any_text_is_read_and_nothing_is_added(parts):
    text = "\n".join(parts)
    assert taken(text.encode(), KERNEL).count(b"a") <= text.count("a")
