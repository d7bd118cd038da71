# SPDX-License-Identifier: GPL-2.0-or-later
"""Inline functions and macros of headers: which names a source draws in with them."""

import pytest

from ingest.formats.cinlines import LONGEST, bodies, included, reached


@pytest.mark.parametrize(
    "text",
    [
        b"static inline int f(int a);",
        b"static inline",
        b"static inline int f(int a",
        b"static inline int f(int a) {" + b"x" * LONGEST,
        b"static int f(int a) { return g(a); }",
    ],
)
def test_what_is_no_whole_inline_function_has_no_body(text):
    assert bodies(text).get("f", frozenset()) <= {""}


def test_bodies_are_found_whatever_stands_around_a_name():
    text = b"""\
#define min(a, b) __cmp(a, b, <)
#define HZ CONFIG_HZ
static inline struct x *get(int n) { if (n) { return find(n); } return 0; }
static __always_inline __alloc_size(1) void *kmalloc(size_t n) { return __kmalloc(n); }
extern inline __attribute__((pure)) int old(void) { return one(); }
__FORTIFY_INLINE char *strcpy(char *p) { fortify_panic(p); }
int plain(void) { return two(); }
"""
    assert {name: sorted(body) for name, body in bodies(text).items()} == {
        "HZ": ["CONFIG_HZ"],
        "get": ["find", "if", "n", "return"],
        "kmalloc": ["__kmalloc", "n", "return"],
        "min": ["__cmp"],
        "old": ["one", "return"],
        "strcpy": ["fortify_panic", "p"],
    }


def test_name_that_is_defined_twice_has_both_bodies():
    assert bodies(b"#define A one\n#define A two\n") == {"A": {"one", "two"}}


def test_includes_are_told_as_they_are_named():
    text = b'#include <linux/slab.h>\n # include "own.h"\n#include MACRO\nint include;\n'
    assert included(text) == ("linux/slab.h", "own.h")


def test_names_are_followed_through_bodies_to_their_end():
    known = {"a": frozenset({"b", "c"}), "b": frozenset({"a", "d"}), "d": frozenset(), "x": frozenset({"y"})}
    assert reached(["a"], known) == {"a", "b", "c", "d"}
