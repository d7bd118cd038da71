# SPDX-License-Identifier: GPL-2.0-or-later
"""A page of each kind that the record at hand has, the richest of its kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.urls import URLPattern, resolve, reverse

from abidb import queries
from abidb.answers import Lane
from abidb.queries.stock import stock
from dashboard import urls
from ingest.outoftree import files

SYMBOL, MODULE = "module_layout", "drivers/net/tun"
SOME = "kfree,_printk,module_layout,there_is_no_such_symbol"


@dataclass(frozen=True, slots=True)
class Shown:
    """A page to be shown: an address, or what the form there answers to a text or a file."""

    address: str
    text: str = ""
    file: Path | None = None


def shown() -> dict[str, Shown]:
    """All of them, by name."""
    found = {name: Shown(address) for name, address in [*_plain(), *_of_packages(), *_of_archive()]}
    lanes = [queries.lane(name.line, name.arch, name.flavour) for name in queries.lane_names()]
    if lanes:
        richest = max(lanes, key=_most_changed)
        found |= {name: Shown(address) for name, address in _of_lane(richest)}
    found |= _checked(lanes)
    return found | {name: Shown(address) for lane in lanes for name, address in _odd(lane)}


def not_shown(pages: dict[str, Shown]) -> list[str]:
    """Kinds of pages of which none is among these. What has no slash at its end is a file."""
    named = [(one.name, str(one.pattern)) for one in urls.urlpatterns if isinstance(one, URLPattern) and one.name]
    there = {resolve(urlsplit(page.address).path).url_name for page in pages.values()}
    return [name for name, pattern in named if pattern.endswith("/") and name not in there]


def _plain() -> Iterator[tuple[str, str]]:
    for name in (
        "home",
        "compare",
        "method",
        "method_out_of_tree",
        "api",
        "download",
        "names",
        "check",
        "breaks",
        "packages",
        "in_use",
    ):
        yield name.replace("_", "-"), reverse(name)
    yield "ended", reverse("home", query={"ended": 1})
    yield "search", reverse("search", query={"q": "nf_conn"})
    yield "nothing", reverse("search", query={"q": "there_is_no_such_symbol"})
    yield "unknown", reverse("build", args=("6.1.0-1",))
    yield "symbol", reverse("symbol", args=(SYMBOL,))
    yield "module", reverse("module", args=(MODULE,))
    yield "coverage", reverse("coverage", query={"symbols": SOME})
    yield "status", reverse("status")


def _of_archive() -> Iterator[tuple[str, str]]:
    offered = {each.suite: each.offered for each in queries.coverage() if each.suite}
    if offered:
        yield "suite", reverse("suite", args=(max(offered, key=offered.__getitem__),))


def _of_packages() -> Iterator[tuple[str, str]]:
    """Packages that have most to show: that was broken, that nobody built; the log of a failed build."""
    for row in queries.packages():
        yield "package-scanned" if row.scanned else "package-built", reverse("package", args=(row.source,))
    for each in queries.breaks().breaks[:1]:
        lane = f"{each.lane.line}/{each.lane.arch}/{each.lane.flavour}"
        yield "package", reverse("package", args=(each.source,), query={"lane": lane})
        yield "package-log", reverse("package_log", args=(each.source, each.log))
        yield "breaks-line", reverse("line_breaks", args=(each.lane.line,))


def _most_changed(lane: Lane) -> tuple[int, int]:
    return len(lane.steps), max((step.counts.breaking for step in lane.steps if step.counts), default=0)


def _of_lane(lane: Lane) -> Iterator[tuple[str, str]]:
    newest = lane.steps[-1].new
    yield "line", reverse("line", args=(lane.name.line,))
    yield "line-arch", reverse("line_arch", args=(lane.name.line, lane.name.arch))
    yield "lane", reverse("lane", args=(lane.name.line, lane.name.arch, lane.name.flavour))
    yield "names-line", reverse("line_names", args=(lane.name.line,))
    yield "uploads", reverse("uploads", args=(lane.name.line,))
    yield "build", reverse("build", args=(newest.name,))
    yield "build-modules", reverse("build_modules", args=(newest.name,))
    yield "config", reverse("config", args=(newest.name,))
    yield "upload", reverse("upload", args=(newest.source, newest.version))
    compared = [(step.counts.breaking, step.old.name, step.new.name) for step in lane.steps if step.old and step.counts]
    if compared:
        yield "diff", reverse("diff", args=max(compared)[1:])


def _odd(lane: Lane) -> Iterator[tuple[str, str]]:
    """Pages of a lane that lack something."""
    for step in lane.steps:
        if step.old and step.counts and step.counts.crc_changed is None:
            yield "diff-without-crcs", reverse("diff", args=(step.old.name, step.new.name))
            yield "lane-without-crcs", reverse("lane", args=(lane.name.line, lane.name.arch, lane.name.flavour))
        if step.new.covers == "vmlinux":
            yield "build-partial", reverse("build", args=(step.new.name,))


def _checked(lanes: list[Lane]) -> dict[str, Shown]:
    """What is answered to some symbols of a kernel in the middle of a lane, and to a module that was built."""
    found = {}
    for lane in lanes:
        exports = queries.all_exports(lane.steps[len(lane.steps) // 2].new.id)[::500]
        if text := "\n".join(f"{each.crc:#010x}\t{each.symbol}" for each in exports if each.crc is not None):
            found["check-text"] = Shown(reverse("check"), text=text)
            break
    modules = (module for each in stock().tries.values() for module in each.modules)
    built = sorted(modules, key=lambda module: module.imports.symbols.size, reverse=True)
    if file := next(filter(None, (files.find(module.sha256) for module in built)), None):
        found["check-module"] = Shown(reverse("check"), file=file)
    return found
