# SPDX-License-Identifier: GPL-2.0-or-later
"""Pictures of every page at 390, 1280 and 2560 pixels, light and dark, from the record at hand: `make screenshots`.

Serves the site itself for as long as it takes. Prints what a browser complains of: console errors, requests to other
hosts, pages wider than the screen, rules of accessibility that are broken; and kinds of pages that are not among these.
Ends with status 1 if there is any.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Literal
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.core.wsgi import get_wsgi_application
from django.test.utils import override_settings
from playwright.sync_api import FloatRect, Page, sync_playwright
from playwright.sync_api import TimeoutError as Late

if TYPE_CHECKING:
    from bench.shown import Shown

WIDTHS = {"phone": 390, "desk": 1280, "wide": 2560}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
HEIGHT = 900
PATIENCE = 15_000.0  #: milliseconds for whatever a page is to show
TALLEST = 6000  #: pixels of a picture
#: Where rules of accessibility are tried: what they say hangs on the colours and on what is folded, on little else.
TRIED = (("desk", "light"), ("phone", "dark"))
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"], "resultTypes": ["violations"]}
SIZE = """() => [document.documentElement.scrollWidth - document.documentElement.clientWidth,
    document.documentElement.scrollHeight]"""


class Server(ThreadingMixIn, WSGIServer):
    """Answers several requests at a time."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    """Writes no line a request."""

    def log_message(self, *_: object) -> None:
        pass


#: Static files from their sources, also where some have been collected.
UNCOLLECTED = {
    "STATIC_ROOT": None,
    "STORAGES": {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}},
    "WHITENOISE_USE_FINDERS": True,
}


@contextmanager
def served() -> Iterator[str]:
    """The site at a free port of this machine."""
    with override_settings(**UNCOLLECTED), make_server("127.0.0.1", 0, get_wsgi_application(), Server, Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def browsers() -> Iterator[dict[str, Page]]:
    """A page of one Chromium for each width."""
    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium has none for root
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=sandbox)
        pages = {name: browser.new_page(viewport={"width": w, "height": HEIGHT}) for name, w in WIDTHS.items()}
        for page in pages.values():
            page.set_default_timeout(PATIENCE)
        yield pages
        browser.close()


def listen(page: Page, site: str) -> list[str]:
    """What a browser complains of from now on."""
    said: list[str] = []
    page.on("console", lambda m: said.append(f"console: {m.text}") if m.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(f"script: {error}"))
    page.on("request", lambda r: None if r.url.startswith((site, "data:", "blob:")) else said.append(r.url))
    return said


def photograph(page: Page, what: Shown, site: str, folder: Path, name: str, width: str) -> Iterator[str]:
    """Open a page once and take its picture in both schemes; what is wrong with it beside what the browser says."""
    page.emulate_media(color_scheme="light")
    try:
        open_page(page, what, site)
    except Late as error:
        yield str(error).partition("\n")[0]
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        wider, height = page.evaluate(SIZE)
        clip = FloatRect(x=0, y=0, width=WIDTHS[width], height=min(height, TALLEST))
        page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True, clip=clip)
        if wider > 0:
            yield f"{scheme}: {wider} pixels wider than the screen"
        if (width, scheme) in TRIED:
            for broken in Axe().run(page, options=RULES).response["violations"]:
                yield f"{scheme}: {broken['id']}: {', '.join(str(node['target']) for node in broken['nodes'][:3])}"


def open_page(page: Page, what: Shown, site: str) -> None:
    page.goto(site + what.address)
    if what.text:
        page.locator("textarea[name=text]").fill(what.text)
        page.get_by_role("button", name="Check the text").click()
    if what.file:
        page.locator("input[type=file]").set_input_files(what.file)
        page.get_by_role("button", name="Check the file").click()
    if what.text or what.file:
        page.wait_for_selector("table.checked")
    if page.locator("[data-figure]").count():
        page.wait_for_selector("[data-figure] .main-svg")


def all_of(pages: dict[str, Shown], folder: Path) -> list[str]:
    """Show all pages; returns what is wrong."""
    wrong = []
    with served() as site, browsers() as of_width:
        for width, page in of_width.items():
            said = listen(page, site)
            for name, what in pages.items():
                start = time.monotonic()
                found = list(photograph(page, what, site, folder, name, width))
                # The pages of unknown names are 404.
                wrong += [f"{name} {width} {one}" for one in [*said, *found] if "404 (Not Found)" not in one]
                said.clear()
                print(f"{name} {width} {time.monotonic() - start:.1f} s", file=sys.stderr)
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("build/screenshots"))
    parser.add_argument("--only", action="append", help="name of a page; may be repeated")
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abidb.settings")
    django.setup()
    from bench.shown import not_shown, shown

    given.folder.mkdir(parents=True, exist_ok=True)
    known = shown()
    pages = {name: what for name, what in known.items() if not given.only or name in given.only}
    wrong = all_of(pages, given.folder) + [f"no page of the kind {name}" for name in not_shown(known)]
    print(f"{len(pages)} pages in {given.folder}", *wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
