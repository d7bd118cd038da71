# SPDX-License-Identifier: GPL-2.0-or-later
"""Pictures of every page at 1280 and 390 pixels, light and dark, from the record at hand: `make screenshots`.

Serves the site itself for as long as it takes. Prints what a browser complains of: console errors, requests to other
hosts, pages wider than the screen; ends with status 1 if there is any.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from django.core.wsgi import get_wsgi_application
from django.urls import reverse
from playwright.sync_api import Browser, Page, sync_playwright

from abidb import queries
from abidb.answers import Lane
from abidb.packageanswers import Break

WIDTHS = {"wide": 1280, "phone": 390}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SYMBOL = "module_layout"


class Server(ThreadingMixIn, WSGIServer):
    """Answers several requests at a time."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    """Writes no line a request."""

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served() -> Iterator[str]:
    """The site at a free port of this machine."""
    with make_server("127.0.0.1", 0, get_wsgi_application(), Server, Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def addresses() -> dict[str, str]:
    """A page of each kind that the record has; the richest of its kind."""
    found = {
        "home": reverse("home"),
        "ended": reverse("home", query={"ended": 1}),
        "compare": reverse("compare"),
        "search": reverse("search", query={"q": "nf_conn"}),
        "nothing": reverse("search", query={"q": "there_is_no_such_symbol"}),
        "unknown": reverse("build", args=("6.1.0-1",)),
        "status": reverse("status"),
        "packages": reverse("packages"),
        "breaks": reverse("breaks"),
        "in-use": reverse("in_use"),
        "coverage": reverse("coverage", query={"symbols": "kfree,_printk,module_layout,there_is_no_such_symbol"}),
        **pages_of_packages(),
    }
    offered = {each.suite: each.offered for each in queries.coverage() if each.suite}
    if offered:
        found["suite"] = reverse("suite", args=(max(offered, key=offered.__getitem__),))
    lanes = [queries.lane(name.line, name.arch, name.flavour) for name in queries.lane_names()]
    if lanes:
        found |= pages_of(max(lanes, key=most_changed))
    for lane in lanes:
        for step in lane.steps:
            if step.old and step.counts and step.counts.crc_changed is None:
                found["diff-without-crcs"] = reverse("diff", args=(step.old.name, step.new.name))
                found["lane-without-crcs"] = reverse("lane", args=(lane.name.line, lane.name.arch, lane.name.flavour))
            if step.new.covers == "vmlinux":
                found["build-partial"] = reverse("build", args=(step.new.name,))
    return found


def most_changed(lane: Lane) -> tuple[int, int]:
    """The order by which the lane to be shown is chosen."""
    return len(lane.steps), max((step.counts.breaking for step in lane.steps if step.counts), default=0)


def pages_of(lane: Lane) -> dict[str, str]:
    steps = [step for step in lane.steps if step.old and step.counts]
    found = {
        "line": reverse("line", args=(lane.name.line,)),
        "lane": reverse("lane", args=(lane.name.line, lane.name.arch, lane.name.flavour)),
        "build": reverse("build", args=(lane.steps[-1].new.name,)),
        "config": reverse("config", args=(lane.steps[-1].new.name,)),
        "upload": reverse("upload", args=(lane.steps[-1].new.source, lane.steps[-1].new.version)),
        "uploads": reverse("uploads", args=(lane.name.line,)),
        "symbol": reverse("symbol", args=(SYMBOL,)),
    }
    if steps:
        step = max(steps, key=lambda step: step.counts.breaking if step.counts else 0)
        found["diff"] = reverse("diff", args=(step.old.name, step.new.name)) if step.old else ""
    return found


def pages_of_packages() -> dict[str, str]:
    """Packages that have most to show: that was broken, that nobody built; the log of a failed build."""
    found = {}
    for row in queries.packages():
        found["package-scanned" if row.scanned else "package-built"] = reverse("package", args=(row.source,))
    for each in queries.breaks().breaks[:1]:
        found["package"] = reverse("package", args=(each.source,), query={"lane": "/".join(lane_parts(each))})
        found["package-log"] = reverse("package_log", args=(each.source, each.log))
        found["breaks-line"] = reverse("line_breaks", args=(each.lane.line,))
    return found


def lane_parts(each: Break) -> tuple[str, str, str]:
    return each.lane.line, each.lane.arch, each.lane.flavour


def photograph(browser: Browser, site: str, pages: dict[str, str], folder: Path) -> list[str]:
    """One picture a page, width and scheme; returns what was complained of."""
    said: list[str] = []
    for scheme in ("light", "dark"):
        for width_name, width in WIDTHS.items():
            context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
            for name, address in pages.items():
                page = context.new_page()
                said += [f"{name} {width_name} {scheme}: {line}" for line in visit(page, site, address)]
                page.screenshot(path=folder / f"{name}-{width_name}-{scheme}.png", full_page=name != "build")
                page.close()
            context.close()
    return said


def visit(page: Page, site: str, address: str) -> list[str]:
    """Open a page; returns what is wrong with it."""
    said: list[str] = []
    page.on("console", lambda m: said.append(f"console: {m.text}") if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(f"script: {error}"))
    page.on("request", lambda r: None if r.url.startswith((site, "data:", "blob:")) else said.append(r.url))
    page.goto(site + address)
    page.wait_for_load_state("networkidle")
    if page.locator("[data-figure]").count():
        page.wait_for_selector("[data-figure] .main-svg")
    if (wider := page.evaluate(OVERFLOW)) > 0:
        said.append(f"{wider} pixels wider than the screen")
    return [line for line in said if "404 (Not Found)" not in line]  # the pages of unknown names are 404


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("build/screenshots"))
    parser.add_argument("--only", action="append", help="name of a page")
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abidb.settings")
    django.setup()
    given.folder.mkdir(parents=True, exist_ok=True)
    pages = {name: a for name, a in addresses().items() if not given.only or name in given.only}
    with served() as site, sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=sandbox)
        said = photograph(browser, site, pages, given.folder)
        browser.close()
    print(f"{len(pages)} pages in {given.folder}", *said, sep="\n")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
