# SPDX-License-Identifier: GPL-2.0-or-later
"""Which identifiers a C source names (ISO/IEC 9899:2018, 6.4): outside of comments, strings and character constants."""

from __future__ import annotations

import re

# In order: what a comment or a literal is, no name can be found in; a quote that is not closed ends with its line.
TOKEN = re.compile(
    rb"/\*.*?(?:\*/|\Z)"
    rb"|//(?:\\\r?\n|[^\n])*"
    rb'|"(?:\\(?:\r?\n|.)|[^"\\\n])*(?:"|(?=\n)|\Z|\\\Z)'
    rb"|'(?:\\(?:\r?\n|.)|[^'\\\n])*(?:'|(?=\n)|\Z|\\\Z)"
    rb"|(?P<number>[0-9](?:[eEpP][+-]|[A-Za-z0-9_.])*)"
    rb"|(?P<name>[A-Za-z_$][A-Za-z0-9_$]*)",
    re.DOTALL,
)
SPLICE = re.compile(rb"\\\r?\n")  # translation phase 2


def identifiers(text: bytes) -> frozenset[str]:
    """The identifiers in `text`, keywords and names of macros among them; what is not ASCII separates."""
    joined = SPLICE.sub(b"", text)
    return frozenset(match["name"].decode() for match in TOKEN.finditer(joined) if match["name"])
