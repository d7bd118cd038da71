# SPDX-License-Identifier: GPL-2.0-or-later
"""The uploads that a Debian kernel's changelog tells (deb-changelog(5)), with what they say of the ABI, CVEs and bugs.

A signed image's changelog begins with an entry of its own source, `linux-signed-amd64 (6.1.192+2)`, which says "Sign
kernel from linux 6.1.192-2": it is the entry of that upload, and is read as such.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from abidb import versions
from abidb.errors import BadFormat
from abidb.records import ChangelogEntry, UploadFact
from ingest.formats import abiname

MOST_ENTRIES = 1 << 13  # 291 in 7.3.4
MOST_FACTS = 1 << 14  # of one entry; 1,263 in 6.1.192
TEXT = 500  # characters of a remark that are kept
KNOWN = 1 << 12  # entries that are remembered

HEAD = re.compile(rb"\n(?=(\w[-+.\w]{0,99}) \(([^()\s]{1,128})\)((?:[ \t][-+.\w]{1,99}){1,9});([^\n]{0,200})\n)")
END = re.compile(rb"\n(?=\S)")
TRAILER = re.compile(r"^ -- .{0,500}>  (.{10,50})$", re.MULTILINE)
URGENCY = re.compile(r"\burgency=(\w{1,20})", re.IGNORECASE)
SIGNED = re.compile(r"^\s+\* (?:Sign kernel from|Update to) (linux\S{0,99}) (\S{1,128})$", re.MULTILINE)
CVE = re.compile(r"\bcve-(\d{4}-\d{4,12})\b")
CLOSES = re.compile(r"closes:\s*(?:bug)?#?\s?\d{1,10}(?:,\s*(?:bug)?#?\s?\d{1,10})*")  # deb-changelog(5)
NUMBER = re.compile(r"\d+")
BULLETS = re.compile(r"\n(?=[ \t]+[*+-][ \t]|[ \t]*\n|[ \t]+\[ |\S| -- )")
BULLET = re.compile(r"[*+-] +(?:\[([\w*, /|-]{1,200})\] *:? *)?(.+)")
ABI = re.compile(r"\babi")  # of the text in small letters
SETS = re.compile(
    r"(?:bump|set|change|increment) (?:the )?abi ?(?:name|number|version)? to (\w[\w.~+-]{0,40}?)[.,;:]?(?: |$)", re.I
)
IGNORES = re.compile(r"\bignor(?:e|es|ed|ing)\b[^\"]*\bABI\b|\bABI\b[^\"]*\bignor", re.I)
GENERATED = re.compile(r"\bdelete abi name suffix\b", re.I)  # linux 6.1.148-1, 5.10.244-1

_known: dict[bytes, tuple[ChangelogEntry, abiname.Told]] = {}


def entries(text: bytes) -> tuple[ChangelogEntry, ...]:
    """The uploads that `text`, the whole changelog, tells, newest first; what is no entry is passed over.

    Parsed entries are remembered by their bytes: the changelogs of a source differ by their newest. Raises BadFormat
    for more entries, or facts in one, than a kernel can have.
    """
    found = [_remembered(part) for part in _parts(text)]
    names = abiname.names([(entry.version, told) for entry, told in found])
    return tuple(replace(entry, abi_name=name) for (entry, _), name in zip(found, names, strict=True))


def _parts(text: bytes) -> Iterator[bytes]:
    """The bytes of each entry, from its head to the next line that is not indented."""
    text = b"\n" + text
    for count, head in enumerate(HEAD.finditer(text)):
        if count == MOST_ENTRIES:
            raise BadFormat(f"changelog has more than {MOST_ENTRIES:,} entries", head.start())
        end = END.search(text, head.end() + 1)
        yield text[head.start() : end.start() if end else len(text)] + b"\n"


def _remembered(part: bytes) -> tuple[ChangelogEntry, abiname.Told]:
    key = hashlib.blake2b(part, digest_size=16).digest()
    if key not in _known:
        if len(_known) >= KNOWN:
            _known.clear()
        _known[key] = _entry(part)
    return _known[key]


def _entry(part: bytes) -> tuple[ChangelogEntry, abiname.Told]:
    head = HEAD.match(part)
    assert head  # by _parts()
    name, version, distribution, options = (group.decode(errors="replace") for group in head.groups())
    text = part[head.end() :].decode(errors="replace")
    points = list(_points(text)) if ABI.search(text.lower()) else []
    facts = list(islice(_facts(points, text.lower()), MOST_FACTS + 1))
    if len(facts) > MOST_FACTS:
        raise BadFormat(f"changelog's entry of {version} has more than {MOST_FACTS:,} facts")
    source, version = _upload(name, version, text)
    urgency = URGENCY.search(options)
    entry = ChangelogEntry(
        source=source,
        version=version,
        distribution=" ".join(distribution.split()),
        urgency=urgency[1].lower() if urgency else "",
        date=_date(text),
        abi_name="",
        facts=tuple(dict.fromkeys(facts)),
    )
    told = [fact.text for fact in facts if fact.kind == "abi" and not fact.arch]
    return entry, abiname.Told(told[-1] if told else "", any(GENERATED.search(point) for _, point in points))


def _facts(points: Sequence[tuple[str, str]], small: str) -> Iterator[UploadFact]:
    """What the points on the ABI say, and which CVEs and bugs the text, in small letters, names."""
    for arches, point in points:
        yield from _of_policy(arches, point)
    for cve in CVE.finditer(small):
        yield UploadFact("cve", "", f"CVE-{cve[1]}")
    for closes in CLOSES.finditer(small):
        for number in NUMBER.findall(closes[0]):
            yield UploadFact("bug", "", number.lstrip("0"))


def _upload(name: str, version: str, text: str) -> tuple[str, str]:
    """Source and version of the kernel that an entry is of."""
    source = versions.kernel_source(name) or name
    if not name.startswith("linux-signed"):
        return source, version
    if signed := SIGNED.search(text):
        return versions.kernel_source(signed[1]) or source, signed[2]
    if "+" not in version:  # in the days of 4.9 linux-signed had numbers of its own
        return name, version
    return source, version.replace("+", "-", 1)  # as debian/bin/gencontrol_signed.py makes the one of the other


def _date(text: str) -> dt.datetime | None:
    """When the entry was signed off, UTC; None where its last line does not say."""
    trailer = TRAILER.search(text)
    try:
        date = email.utils.parsedate_to_datetime(trailer[1] if trailer else "")
        return date.replace(tzinfo=date.tzinfo or dt.UTC).astimezone(dt.UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _points(text: str) -> Iterator[tuple[str, str]]:
    """Each point that speaks of the ABI, on one line, and the architectures in brackets before it."""
    for point in BULLETS.split(text):
        if ABI.search(point.lower()) and (bullet := BULLET.fullmatch(_one_line(point))):
            yield bullet[1] or "", bullet[2]


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in " ".join(text.split()))


def _of_policy(arches: str, point: str) -> Iterator[UploadFact]:
    """The ABI that a point sets, or the changes it says to ignore."""
    kind, text = "", ""
    if sets := SETS.match(point):
        kind, text = "abi", sets[1]
    elif IGNORES.search(point):
        kind, text = "ignore-remark", point[:TEXT]
    for arch in re.split(r"[,/| ]+", arches) if kind else ():
        yield UploadFact(kind, arch[:50], text)
