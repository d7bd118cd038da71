# SPDX-License-Identifier: GPL-2.0-or-later
"""Sets as lines: their digests, what one has otherwise than another, and how that is undone."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from operator import add

from abidb import naming
from abidb.errors import BadFormat
from abidb.exportset import digest_of_lines
from abidb.transfer.content import CONFIG, EXPORTS, MODULES, SetRow
from abidb.transfer.fields import pairs

GONE, HERE = b"-", b"+"
LARGEST = 200_000  #: members of a set; the largest kernels have 40,000 exports
HEAVIEST = 16 << 20  #: bytes of its members; 2 MB
#: A member as readers of debs let it through; the value of an option or fact is looked at by itself.
MEMBER = {
    EXPORTS: re.compile(b"%b\t%b\t%b\t(?:%b)?\t" % (naming.SYMBOL, naming.PATH, naming.KIND, naming.NAMESPACE)),
    CONFIG: re.compile(rb"CONFIG_\w{1,100}\t[^\t]*"),
    MODULES: re.compile(naming.PATH + rb"\t[ -~]*"),
}
VALUE = 2500  #: bytes of the value of an option, of the license of a module: PostgreSQL cannot index longer rows
LAST_CRC = 2**32 - 1


def computed_digest(row: SetRow) -> bytes:
    """The digest that the members of a set have: abidb.exportset's, or the store's of options and facts."""
    if row.of == EXPORTS:
        return digest_of_lines(row.covers, map(add, row.members, row.members.values()))
    return fact_digest(pairs(row.members))


def fact_digest(facts: Iterable[tuple[str, str]]) -> bytes:
    """The content address of config options or module facts, in any order."""
    return hashlib.sha256("\0".join(f"{name}\0{value}" for name, value in sorted(facts)).encode()).digest()


def steps(before: Mapping[bytes, bytes], after: Mapping[bytes, bytes]) -> list[bytes]:
    """Lines that make `before` to `after`, in order of members."""
    found = [(key, GONE + key) for key in before.keys() - after.keys()]
    found += [(key, HERE + key + value) for key, value in after.items() if before.get(key) != value]
    return [line for _, line in sorted(found)]


def applied(of: str, before: Mapping[bytes, bytes], lines: Iterable[bytes]) -> dict[bytes, bytes]:
    """What `steps` was told of; raises BadFormat where a line cannot be one of them."""
    after = dict(before)
    for line in lines:
        key, value = _member(of, line)
        if line[:1] == GONE:
            if value or after.pop(key, None) is None:
                raise BadFormat(f"{line.decode()!r} takes away what is not there")
        else:
            after[key] = value
    if len(after) > LARGEST or sum(map(len, after)) > HEAVIEST:
        raise BadFormat(f"a set of more than {LARGEST:,} members or {HEAVIEST:,} bytes")
    order = sorted(after)
    return dict(zip(order, map(after.__getitem__, order), strict=True))


def _member(of: str, line: bytes) -> tuple[bytes, bytes]:
    end = line.rfind(b"\t") + 1 if of == EXPORTS else len(line)
    key, value = line[1:end], line[end:]
    if not MEMBER[of].fullmatch(key) or (of != EXPORTS and len(pairs([key])[0][1].encode()) > VALUE):
        raise BadFormat(f"{line.decode()!r} is no line of {of}")
    if value and not (value.isdigit() and value[:1] != b"0" and len(value) < 11 and int(value) <= LAST_CRC):
        raise BadFormat(f"{value.decode()!r} is no CRC")
    return key, value
