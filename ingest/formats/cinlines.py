# SPDX-License-Identifier: GPL-2.0-or-later
"""Inline functions and macros of a C header: which names stand in the body of each, and what a source includes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from ingest.formats.csource import identifiers

DEFINE = re.compile(rb"^[ \t]*#[ \t]*define[ \t]+([A-Za-z_]\w*)(\([^)\n]*\))?([^\n]*)", re.MULTILINE)
INLINE = re.compile(
    rb"\b(?:(?:static|extern)\s[^;{}#]{0,200}?\b(?:inline|__inline|__inline__|__always_inline)|__FORTIFY_INLINE)\b"
)
NAME = re.compile(rb"([A-Za-z_]\w*)\s*\(")
INCLUDE = re.compile(rb"^[ \t]*#[ \t]*include[ \t]*([<\"])([^>\"\n]+)[>\"]", re.MULTILINE)
NOT_NAMES = (
    b"__attribute__",
    b"__alloc_size",
    b"__realloc_size",
    b"__diagnose_as",
    b"__printf",
    b"__acquires",
    b"__releases",
    b"__must_hold",
    b"__aligned",
    b"asm",
    b"typeof",
)
LONGEST = 20_000  #: bytes of an inline function

Bodies = Mapping[str, frozenset[str]]


def bodies(text: bytes) -> Bodies:
    """The names in the bodies of inline functions and macros, by their own; `text` as cbranches.taken() leaves it."""
    found: dict[str, set[str]] = defaultdict(set)
    for match in DEFINE.finditer(text):
        found[match[1].decode()] |= identifiers(match[3]) - identifiers(match[2] or b"")
    for match in INLINE.finditer(text):
        if function := _function(text, match.end()):
            found[function[0]] |= identifiers(function[1])
    return {name: frozenset(names) for name, names in found.items()}


def _function(text: bytes, start: int) -> tuple[str, bytes] | None:
    """Name and body of the function whose head goes on at `start`; None where it is only declared."""
    head = next((m for m in NAME.finditer(text, start, start + LONGEST) if m[1] not in NOT_NAMES), None)
    if head is None:
        return None
    end = _closing(text, head.end() - 1, b"(", b")")
    brace = text.find(b"{", end, end + 300)
    if end < 0 or brace < 0 or b";" in text[end:brace]:
        return None
    last = _closing(text, brace, b"{", b"}")
    return (head[1].decode(), text[brace:last]) if last >= 0 else None


def _closing(text: bytes, start: int, opening: bytes, closing: bytes) -> int:
    """Behind what closes the bracket at `start`; -1 where nothing does."""
    depth = 0
    for match in re.finditer(re.escape(opening) + b"|" + re.escape(closing), text[start : start + LONGEST]):
        depth += 1 if match[0] == opening else -1
        if not depth:
            return start + match.end()
    return -1


def included(text: bytes) -> tuple[str, ...]:
    """The files that a source includes, as it names them."""
    return tuple(match[2].decode("utf-8", "replace").strip() for match in INCLUDE.finditer(text))


def reached(names: Iterable[str], known: Bodies, stop: Collection[str] = ()) -> frozenset[str]:
    """`names` and all that stand in the bodies of those among them, and so on; those of `stop` are not followed."""
    found, waiting = set(names), list(names)
    while waiting:
        name = waiting.pop()
        for other in known.get(name, ()) if name not in stop else ():
            if other not in found:
                found.add(other)
                waiting.append(other)
    return frozenset(found)
