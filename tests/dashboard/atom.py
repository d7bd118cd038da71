# SPDX-License-Identifier: GPL-2.0-or-later
"""What RFC 4287 asks of a feed, as far as its RELAX NG schema (appendix B) and text (section 4) can be checked here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

ATOM = "{http://www.w3.org/2005/Atom}"
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
ONCE = ("id", "title", "updated")  #: of a feed and of an entry
AT_MOST_ONCE = {
    "feed": ("generator", "icon", "logo", "rights", "subtitle"),
    "entry": ("content", "published", "rights", "source", "summary"),
}
MANY = ("author", "category", "contributor", "link")
TEXTS = ("title", "subtitle", "summary", "rights")


def faults(content: bytes) -> list[str]:
    """What is wrong with a feed."""
    feed = ElementTree.fromstring(content)
    if feed.tag != f"{ATOM}feed":
        return [f"{feed.tag} is no feed"]
    entries = feed.findall(f"{ATOM}entry")
    found = [*_of("feed", feed, feed), *(said for entry in entries for said in _of("entry", entry, feed))]
    ids = Counter(entry.findtext(f"{ATOM}id") for entry in entries)
    return found + [f"{text} is the id of {n} entries" for text, n in ids.items() if n > 1]


def _of(what: str, element: Element, feed: Element) -> Iterator[str]:
    names = Counter(child.tag.removeprefix(ATOM) for child in element)
    allowed = {*ONCE, *AT_MOST_ONCE[what], *MANY, *(["entry"] if what == "feed" else [])}
    yield from (f"{what} has {names[name]} {name}" for name in ONCE if names[name] != 1)
    yield from (f"{what} has {names[name]} {name}" for name in AT_MOST_ONCE[what] if names[name] > 1)
    yield from (f"{what} has a {name}" for name in names if name not in allowed)
    if not (names["author"] or feed.find(f"{ATOM}author") is not None):
        yield f"{what} has no author"
    for child in element:
        name = child.tag.removeprefix(ATOM)
        if name in ("updated", "published") and not DATE.fullmatch(child.text or ""):
            yield f"{what}: {child.text} is no date"
        if name in TEXTS and child.get("type", "text") not in ("text", "html", "xhtml"):
            yield f"{what}: {name} of type {child.get('type')}"
        if name == "id" and not urlsplit(child.text or "").scheme:
            yield f"{what}: {child.text} is no absolute IRI"
        if name == "author" and not child.findtext(f"{ATOM}name"):
            yield f"{what}: an author without name"
        if name == "category" and not child.get("term"):
            yield f"{what}: a category without term"
    yield from _links(what, element)


def _links(what: str, element: Element) -> Iterator[str]:
    found = [(link.get("rel", "alternate"), link.get("href", "")) for link in element.findall(f"{ATOM}link")]
    yield from (
        f"{what}: {href!r} is no absolute link" for _, href in found if urlsplit(href).scheme not in ("http", "https")
    )
    if sum(rel == "alternate" for rel, _ in found) != 1:
        yield f"{what}: not one alternate link"
    if what == "feed" and sum(rel == "self" for rel, _ in found) != 1:
        yield "feed: not one link to itself"
