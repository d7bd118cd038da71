# SPDX-License-Identifier: GPL-2.0-or-later
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.formats.csource import identifiers


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"/* kfree(x) */",
        b"/* kfree(x)",
        b"// kfree(x)",
        b"// kfree \\\n kfree",
        b'"kfree"',
        b'"a \\" kfree"',
        b'"kfree',
        b"'kfree'",
        b"0xkfree 12kfree 1e+5",
        b'"a" "/*" "kfree" "*/"',
    ],
)
def test_comments_literals_and_numbers_name_nothing(text):
    assert identifiers(text) == frozenset()


def test_code_names_what_it_uses():
    source = rb"""
    #include <linux/slab.h> /* kmalloc */
    MODULE_LICENSE("GPL");
    static int _x1 = '"'; // printk("a")
    char *s = "it's /* not */ a comment"; kf\
ree(p); a/**/b; 0x1fUL+y; d'"'e
    """
    words = "include linux slab h MODULE_LICENSE static int _x1 char s kfree p a b y d e"
    assert identifiers(source) == frozenset(words.split())


def test_a_quote_that_is_not_closed_ends_with_its_line():
    assert identifiers(b"#error don't do this\nkfree(p);") == {"error", "don", "kfree", "p"}


@given(st.binary(max_size=300))
def test_any_bytes_have_names_that_stand_in_them(data):
    joined = data.replace(b"\\\r\n", b"").replace(b"\\\n", b"")
    assert all(name.encode() in joined for name in identifiers(data))
