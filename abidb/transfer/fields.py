# SPDX-License-Identifier: GPL-2.0-or-later
"""Fields of a line: tab-separated UTF-8; in texts a backslash, tab, line feed and carriage return are escaped."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from abidb.errors import BadFormat

_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_PLAIN = {escaped: plain for plain, escaped in _ESCAPES.items()}
_ESCAPED = re.compile(r"\\(.?)", re.DOTALL)
_TO_ESCAPE = re.compile(r"[\\\t\n\r]")
INT4, INT8 = 2**31, 2**63  #: what PostgreSQL's integer and bigint columns stay below

Value = str | int | bool | bytes | dt.date | None


def line(word: str, *values: Value) -> bytes:
    """A line without its end: the word that says what it is, and its fields."""
    return "\t".join([word, *map(text, values)]).encode()


def text(value: Value) -> str:
    """A field: None is empty, a moment is in UTC as ISO 8601 writes it, bytes are hexadecimal."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes):
        return value.hex()
    return escape(str(value))


def escape(value: str) -> str:
    return _TO_ESCAPE.sub(lambda found: _ESCAPES[found[0]], value)


def unescape(value: str) -> str:
    """Raises BadFormat for an escape that is none."""
    return _ESCAPED.sub(_unescaped, value) if "\\" in value else value


def _unescaped(found: re.Match[str]) -> str:
    if found[0] not in _PLAIN:
        raise BadFormat(f"{found[0]!r} is no escape")
    return _PLAIN[found[0]]


def split(encoded: bytes, count: int) -> list[str]:
    """The fields of a line behind its word; raises BadFormat where they are not `count`."""
    word, *fields = encoded.decode().split("\t")
    if len(fields) != count:
        raise BadFormat(f"{word!r} has {len(fields)} fields, not {count}")
    return [unescape(field) for field in fields]


def number(field: str, below: int = INT4) -> int:
    """A whole number from 0 on; raises BadFormat."""
    if not (field.isascii() and field.isdigit() and len(field) < 20 and int(field) < below):
        raise BadFormat(f"{field!r} is no number from 0 to {below - 1:,}")
    return int(field)


def flag(field: str) -> bool:
    if field not in ("0", "1"):
        raise BadFormat(f"{field!r} is neither 0 nor 1")
    return field == "1"


def digest(field: str) -> bytes:
    """A SHA-256; raises BadFormat."""
    if not re.fullmatch(r"[0-9a-f]{64}", field):
        raise BadFormat(f"{field!r} is no SHA-256")
    return bytes.fromhex(field)


def moment(field: str) -> dt.datetime:
    """A moment in UTC; raises BadFormat."""
    try:
        found = dt.datetime.fromisoformat(field)
        if found.tzinfo is not None:
            return found.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise BadFormat(f"{field!r} is no date and time") from None
    raise BadFormat(f"{field!r} has no time zone")


def day(field: str) -> dt.date | None:
    """A day, None for an empty field; raises BadFormat."""
    try:
        return dt.date.fromisoformat(field) if field else None
    except ValueError:
        raise BadFormat(f"{field!r} is no day") from None


def pairs(members: Iterable[bytes]) -> list[tuple[str, str]]:
    """Names and values of config options or module facts."""
    found = []
    for member in members:
        name, _, value = member.decode().partition("\t")
        found.append((unescape(name), unescape(value)))
    return found


def member(name: str, value: str) -> bytes:
    """The line of a config option or a module fact; the inverse of `pairs`."""
    return f"{escape(name)}\t{escape(value)}".encode()
