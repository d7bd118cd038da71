# SPDX-License-Identifier: GPL-2.0-or-later
"""A page as its reader has it: tables by caption, links by text, and all text with single spaces."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

SILENT = {"script", "style", "title"}
APART = {"br", "dd", "li"}  #: a reader sees these begin a new line


@dataclass
class Read:
    text: str = ""
    tables: dict[str, list[list[str]]] = field(default_factory=dict)
    links: list[tuple[str, str]] = field(default_factory=list)

    def to(self, text: str) -> list[str]:
        """Where the links of that text go."""
        return [address for said, address in self.links if said == text]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page, self.open, self.caption = Read(), [], ""
        self.cell: list[str] | None = None
        self.link: list[str] = []
        self.href = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = dict(attrs)
        if tag in APART:
            self.handle_data(" ")
        if tag not in {"meta", "link", "input", "br", "rect"}:
            self.open.append(tag)
        if tag == "tr":
            self.page.tables.setdefault(self.caption, []).append([])
        elif tag in {"td", "th"}:
            self.cell = []
        elif tag == "a":
            self.href, self.link = given.get("href", ""), []
        elif tag == "caption":
            self.caption = ""

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass
        if tag in {"td", "th"} and self.cell is not None:
            self.page.tables[self.caption][-1].append(words(self.cell))
            self.cell = None
        elif tag == "a":
            self.page.links.append((words(self.link), self.href))
        elif tag == "caption":
            self.caption = " ".join(self.caption.split())

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in SILENT:
            return
        self.page.text += data
        self.link.append(data)
        if "caption" in self.open:
            self.caption += data
        if self.cell is not None:
            self.cell.append(data)


def words(parts: list[str]) -> str:
    return " ".join("".join(parts).split())


def read(response: Any) -> Read:
    """The page of a response."""
    reader = _Reader()
    reader.feed(response.content.decode())
    reader.page.text = " ".join(reader.page.text.split())
    return reader.page
