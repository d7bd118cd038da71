# SPDX-License-Identifier: GPL-2.0-or-later
"""The log of the compiler plug-in (ingest/outoftree/plugin/accesses.cc), and what differs between two of them.

A log says which members and types each function depends on and where they lie in the headers it was compiled with.
Of a function whose code differs, two logs of one source tell what moved.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from abidb.errors import BadFormat
from ingest.formats.objcode import DATA, Key

MOST_WORDS = 24  # named for one function; a struct that grew at its start moves all of its members
MOST_LINES = 4_000_000  # 61,000 seen


@dataclass(slots=True)
class Function:
    """What the functions of one name depend on."""

    inline: bool = False
    bodies: set[str] = field(default_factory=set)  #: hashes, without offsets
    members: dict[tuple[str, str], tuple[int, int, bool]] = field(default_factory=dict)  #: bit, bits, package's own
    sizes: dict[str, tuple[int, bool]] = field(default_factory=dict)  #: bytes of types held, copied or stepped over
    casts: dict[str, tuple[int, bool]] = field(default_factory=dict)  #: bytes of types that pointers are cast to
    calls: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Log:
    """All that was compiled for one package."""

    functions: dict[str, Function] = field(default_factory=dict)
    variables: dict[str, set[str]] = field(default_factory=dict)  #: name: types of the objects of that name
    layouts: dict[str, dict[str, tuple[int, int]]] = field(default_factory=dict)  #: type: member: bit, bits
    sizes: dict[str, tuple[int, bool]] = field(default_factory=dict)  #: of these types


def read(data: bytes) -> Log:
    """A log as the plug-in writes it. Raises BadFormat."""
    log, function = Log(), Function()
    for number, line in enumerate(data.decode(errors="replace").splitlines()):
        word, *rest = line.split("\t")
        try:
            if number >= MOST_LINES:
                raise BadFormat(f"more than {MOST_LINES:,} lines")
            if word == "function":
                function = log.functions.setdefault(rest[0], Function())
            _LINES[word](log, function, *rest)
        except (KeyError, ValueError, TypeError, IndexError):
            raise BadFormat(f"line {number + 1} of the log of accesses is not understood: {line[:80]!r}") from None
    return log


def _function(_log: Log, function: Function, _name: str, inline: str, body: str) -> None:
    function.inline |= inline == "1"
    function.bodies.add(body)


def _member(_log: Log, function: Function, type_: str, name: str, *numbers: str) -> None:
    at, size, own = numbers
    function.members[type_, name] = int(at), int(size), own == "1"


def _type(_log: Log, function: Function, type_: str, size: str, how: str, own: str) -> None:
    (function.casts if how == "cast" else function.sizes)[type_] = int(size), own == "1"


def _call(_log: Log, function: Function, name: str) -> None:
    function.calls.add(name)


def _variable(log: Log, _function: Function, name: str, type_: str) -> None:
    log.variables.setdefault(name, set()).add(type_)


def _layout(log: Log, _function: Function, type_: str, name: str, *numbers: str) -> None:
    at, size, _own = numbers
    log.layouts.setdefault(type_, {})[name] = int(at), int(size)


def _size(log: Log, _function: Function, type_: str, size: str, own: str) -> None:
    log.sizes[type_] = int(size), own == "1"


def _unit(_log: Log, _function: Function, _path: str) -> None:
    """Where a compilation begins: functions of one name in several are taken together."""


_LINES: Mapping[str, Callable[..., None]] = {
    "unit": _unit,
    "function": _function,
    "member": _member,
    "type": _type,
    "call": _call,
    "variable": _variable,
    "layout": _layout,
    "size": _size,
}


def explain(old: Log, new: Log, key: Key, standing: Container[str]) -> tuple[str, ...]:
    """Why a function or object may differ: "struct key.payload: offset 176 -> 192", members first.

    `standing` holds the functions that the module has as such; others were put into their callers. Where kernel types
    moved, the package's own, which hold them, are left out. Types that a pointer is only cast to count where nothing
    else did: most casts leave the size alone, that of allocated memory does not.
    """
    kind, name = key
    if kind == DATA:
        return _chosen(_of_object(old, new, name))
    names = _reached(old, name, standing) | _reached(new, name, standing)
    pairs = {n: (old.functions.get(n, Function()), new.functions.get(n, Function())) for n in sorted(names)}
    moved = {n: [*_moved(*pair), *_resized(pair[0].sizes, pair[1].sizes)] for n, pair in pairs.items()}
    cast = {n: [*_resized(pair[0].casts, pair[1].casts)] for n, pair in pairs.items()}
    untold = {n: pair for n, pair in pairs.items() if not moved[n] and not cast[n]}
    told = _distinct(moved.values()) or _distinct(cast.values())
    return _chosen([*told, *_changed_bodies(name, untold)])


Word = tuple[bool, str]  #: whether it is about a type of the package's own, and the text


def _distinct(words: Iterable[Iterable[Word]]) -> list[Word]:
    return list(dict.fromkeys(word for some in words for word in some))


def _chosen(words: Iterable[Word]) -> tuple[str, ...]:
    found = list(words)
    kernel = [text for own, text in found if not own] or [text for _, text in found]
    return tuple(dict.fromkeys(kernel))[:MOST_WORDS]


def _reached(log: Log, name: str, standing: Container[str]) -> set[str]:
    """A function and all that may have been put into it."""
    found, todo = {name}, [name]
    while todo:
        function = log.functions.get(todo.pop())
        for callee in sorted(function.calls - found) if function else ():
            known = log.functions.get(callee)
            if known and (known.inline or callee not in standing):
                found.add(callee)
                todo.append(callee)
    return found


def _moved(old: Function, new: Function) -> Iterator[Word]:
    for key in sorted(old.members.keys() & new.members.keys()):
        (at, size, own), (at_now, size_now, _) = old.members[key], new.members[key]
        if at != at_now:
            yield own, f"{'.'.join(key)}: offset {_place(at)} -> {_place(at_now)}"
        elif size != size_now:
            yield own, f"{'.'.join(key)}: size {_place(size)} -> {_place(size_now)}"


def _place(bits: int) -> str:
    """Bytes, and bits beyond them: "176", "12 bit 3"."""
    return f"{bits // 8} bit {bits % 8}" if bits % 8 else str(bits // 8)


def _resized(old: Mapping[str, tuple[int, bool]], new: Mapping[str, tuple[int, bool]]) -> Iterator[Word]:
    for name in sorted(old.keys() & new.keys()):
        if old[name][0] != new[name][0]:
            yield old[name][1], f"{name}: size {old[name][0]} -> {new[name][0]}"


def _changed_bodies(name: str, pairs: Mapping[str, tuple[Function, Function]]) -> Iterator[Word]:
    """Functions whose text itself is another one, not only the offsets in it: inline ones, macros, constants."""
    for other, (old, new) in pairs.items():
        if old.bodies == new.bodies:
            continue
        if not (old.bodies and new.bodies):
            yield False, f"{other}(): {'called now' if new.bodies else 'no longer called'}"
            continue
        yield False, f"{'macros or constants' if other == name else f'inline function {other}()'}: changed"
        yield from ((own, f"{'.'.join(key)}: used now") for key, own in _only(new, old))
        yield from ((own, f"{'.'.join(key)}: no longer used") for key, own in _only(old, new))


def _only(one: Function, other: Function) -> list[tuple[tuple[str, str], bool]]:
    return [(key, one.members[key][2]) for key in sorted(one.members.keys() - other.members.keys())]


def _of_object(old: Log, new: Log, name: str) -> Iterator[Word]:
    """Types within an object that grew or shrank, and their members that moved."""
    types = sorted(old.variables.get(name, set()) & new.variables.get(name, set()))
    for type_ in types:
        yield from _resized(*({type_: log.sizes[type_]} if type_ in log.sizes else {} for log in (old, new)))
    for type_ in types:
        before, now = old.layouts.get(type_, {}), new.layouts.get(type_, {})
        own = old.sizes.get(type_, (0, False))[1]
        for member in (m for m in before if m in now and before[m][0] != now[m][0]):
            yield own, f"{type_}.{member}: offset {_place(before[member][0])} -> {_place(now[member][0])}"
