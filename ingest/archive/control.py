# SPDX-License-Identifier: GPL-2.0-or-later
"""Paragraphs of fields, the format of APT's sources, Release and Packages files (deb822(5))."""

from __future__ import annotations

from collections.abc import Iterator


def paragraphs(text: str) -> Iterator[dict[str, str]]:
    """The paragraphs of `text` as fields by lower-case name; lines that begin with # are comments."""
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        if line.strip():
            lines.append(line)
        elif lines:
            yield fields(lines)
            lines = []
    if lines:
        yield fields(lines)


def fields(lines: list[str]) -> dict[str, str]:
    """The fields of one paragraph; the lines of a folded value are joined by newlines, each without its first blank."""
    found: dict[str, list[str]] = {}
    value: list[str] = []
    for line in lines:
        if line[0] in " \t":
            value.append(line[1:].rstrip())
        else:
            name, _, first = line.partition(":")
            value = found[name.strip().lower()] = [first.strip()]
    return {name: "\n".join(value) for name, value in found.items()}
