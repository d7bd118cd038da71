# SPDX-License-Identifier: GPL-2.0-or-later
"""The pages in a real Chromium, on a desk and on a phone, with and without JavaScript."""

import os
import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import sync_playwright

from abidb import queries
from abidb.answers import RunState
from tests.builders import uses
from tests.dashboard.conftest import RUST, fill, fill_archive

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LANE = "/bookworm/amd64/amd64/"
DIFF = "/diff/6.1.0-2-amd64/6.1.0-3-amd64/"
PAGES = {
    "home": "/",
    "ended": "/?ended=1",
    "lane": LANE,
    "lane, linear": f"{LANE}?scale=linear",
    "lane without CRCs": "/trixie-backports/amd64/amd64/",
    "line": "/bookworm/",
    "build": "/build/6.1.0-1-amd64/",
    "partial build": "/build/7.3+deb13-amd64=7.3~rc2-1~bpo13+1/",
    "config": "/build/6.1.0-1-amd64=6.1.1-1:amd64/config/",
    "upload": "/upload/linux/6.1.3-1/",
    "uploads": "/bookworm/uploads/",
    "status": "/status/",
    "method": "/method/out-of-tree/",
    "suite": "/status/bookworm-security/",
    "diff": DIFF,
    "form": "/diff/",
    "symbol": "/symbol/alpha/",
    "module": "/module/beta/",
    "vmlinux": "/module/vmlinux/",
    "names": "/names/",
    "the whole method": "/method/",
    "search": "/search/?q=a",
    "long name": f"/search/?q={'long_' * 40}{RUST}",
}
ABOUT_PACKAGES = [
    *("/in-use/", "/in-use/coverage/?symbols=alpha,zeta", LANE, DIFF, "/symbol/alpha/"),
    *("/packages/", "/package/ant/", "/package/elk/", "/breaks/", "/bookworm/breaks/"),
]
WIDTHS = [1280, 390]
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium has none for root
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=sandbox)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, live_server):
    """Open a page of the site, filled or empty; all that a browser complained of is in the list `complaints` of the page."""
    contexts = []

    def visit(address: str, width: int = 1280, filled: bool = True, **options):
        if filled:
            fill()
            fill_archive()
        contexts.append(chromium.new_context(viewport={"width": width, "height": 800}, **options))
        page = contexts[-1].new_page()
        page.complaints = []
        page.on("console", lambda m: page.complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("request", lambda r: None if ours(r.url, live_server.url) else page.complaints.append(r.url))
        page.goto(live_server.url + address)
        page.wait_for_load_state("networkidle")
        return page

    yield visit
    for context in contexts:
        context.close()


def ours(url: str, site: str) -> bool:
    return url.startswith((site, "data:", "blob:"))


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_quiet_fits_the_screen_and_can_be_read_by_all(visit, name: str, width: int, scheme: str) -> None:
    """No console error, no request to another host, no sideways scrolling, no rule of accessibility broken."""
    page = visit(PAGES[name], width, color_scheme=scheme)
    broken = Axe().run(page, options=RULES).response["violations"]
    barriers = [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in broken]
    assert (page.complaints, page.evaluate(WIDER), barriers) == ([], 0, [])


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
@pytest.mark.parametrize("filled", [False, True])
def test_what_a_run_could_not_do_fits_the_screen_and_can_be_read_by_all(
    visit, monkeypatch, filled: bool, width: int, scheme: str
) -> None:
    now = timezone.now()
    problems = (
        ("sync", "http://127.0.0.1/debian cannot be reached"),
        ("http://127.0.0.1/debian bookworm main/binary-amd64/Packages.xz", "0" * 64),
    )
    monkeypatch.setattr(queries, "run_state", lambda: RunState(now, now, now, 0, 0, 0, "", problems))
    page = visit("/", width, color_scheme=scheme, filled=filled)
    broken = Axe().run(page, options=RULES).response["violations"]
    barriers = [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in broken]
    assert (page.complaints, page.evaluate(WIDER), barriers) == ([], 0, [])
    note, title = page.locator("section.note").first.bounding_box(), page.locator("h1").bounding_box()
    assert (note["y"] < title["y"]) is not filled


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
@pytest.mark.parametrize("address", ABOUT_PACKAGES)
def test_what_is_said_of_packages_fits_the_screen_and_can_be_read_by_all(
    visit, address: str, width: int, scheme: str
) -> None:
    uses.fill_packages()
    page = visit(address, width, color_scheme=scheme)
    broken = Axe().run(page, options=RULES).response["violations"]
    barriers = [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in broken]
    assert (page.complaints, page.evaluate(WIDER), barriers) == ([], 0, [])


def test_a_list_of_symbols_is_compared_by_a_form_without_javascript(visit) -> None:
    uses.fill_packages()
    page = visit("/in-use/coverage/", java_script_enabled=False)
    page.get_by_label("Packages of").select_option("bookworm")
    page.get_by_label("Symbols, parted by").fill("alpha module_layout")
    page.get_by_role("button", name="Compare").click()
    assert page.locator(".note strong").inner_text() == "This list of 2 symbols keeps 1 of 2 packages whole."


@pytest.mark.parametrize(("address", "axes"), [(LANE, 6), (f"{LANE}?scale=linear", 2)])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_churn_chart_is_drawn_over_the_drawing_with_the_key_of_the_page(visit, width, address, axes) -> None:
    page = visit(address, width)
    page.wait_for_selector(".chart .main-svg")
    assert page.locator(".chart .bars .point").count() == 10
    assert page.locator(".chart .cartesianlayer .subplot").count() == axes
    assert [page.locator(place).is_visible() for place in ("g.legend", ".key", ".sketch")] == [False, True, False]
    assert page.locator(".chart").bounding_box()["height"] > 300
    assert page.complaints == []


def over_last_bar(page) -> tuple[float, float]:
    """A place in the first row of the chart over the last upload's version."""
    page.locator("figure").evaluate("figure => figure.scrollIntoView()")
    version = page.locator(".chart .xtick").last.bounding_box()
    rows = page.locator(".chart").bounding_box()
    x, y = version["x"] + version["width"] / 2, rows["y"] + 60
    page.mouse.move(x - 2, y)  # what is clicked is what the mouse hovers over
    page.mouse.move(x, y)
    return x, y


def test_a_bar_leads_to_what_the_upload_changed(visit) -> None:
    page = visit(LANE)
    page.mouse.click(*over_last_bar(page))
    page.wait_for_url("**/diff/6.1.0-2-amd64=6.1.2-1:amd64/6.1.0-3-amd64=6.1.3-1:amd64/")


def test_an_upload_of_the_chart_is_chosen_and_opened_by_keys(visit) -> None:
    page = visit(LANE)
    page.locator(".chart").focus()
    page.keyboard.press("ArrowLeft")
    assert page.locator(".readout").inner_text().startswith("6.1.3-1 (2026-11-01, point release): 1 of 5 CRCs changed")
    page.keyboard.press("ArrowLeft")
    assert "6.1.2-1" in page.locator(".readout").inner_text()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.wait_for_url("**/diff/6.1.0-2-amd64=6.1.2-1:amd64/6.1.0-3-amd64=6.1.3-1:amd64/")


RANGE = "document.querySelector('.chart').layout.xaxis.range.map(Number)"


def test_the_chart_is_zoomed_by_buttons_and_by_keys(visit) -> None:
    page = visit(LANE)
    seen = [page.evaluate(RANGE)]
    for name in ("Zoom in", "Later", "Earlier", "Zoom out", "All"):
        page.get_by_role("button", name=name, exact=True).click()
        seen.append(page.evaluate(RANGE))
    page.locator(".chart").focus()
    for key in ("+", "0"):
        page.keyboard.press(key)
        seen.append(page.evaluate(RANGE))
    whole, part = [-0.5, 11.5], [2.5, 8.5]
    assert seen == [whole, part, [5.5, 11.5], part, whole, whole, part, whole]


@pytest.mark.parametrize(("name", "kind"), [("PNG", b"\x89PNG"), ("SVG", b"<svg")])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_chart_can_be_saved_on_white_with_its_legend(visit, name: str, kind: bytes, scheme: str) -> None:
    page = visit(LANE, color_scheme=scheme)
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Save as {name}").click()
    content = download.value.path().read_bytes()
    assert (download.value.suggested_filename, content.startswith(kind)) == (
        f"churn-bookworm-amd64-amd64.{name.lower()}",
        True,
    )
    assert (b"security update" in content or b"point release" in content) is (name == "SVG")
    assert page.complaints == []


def test_a_finger_on_a_bar_tells_before_it_leads_away(visit) -> None:
    page = visit(LANE, 390, has_touch=True, is_mobile=True)
    page.touchscreen.tap(*over_last_bar(page))
    page.get_by_role("link", name="What changed", exact=True).wait_for()
    assert page.locator(".readout").inner_text().startswith("6.1.3-1")


def test_paper_gets_the_drawing_of_the_server(visit) -> None:
    page = visit(LANE)
    page.emulate_media(media="print")
    assert [page.locator(place).is_visible() for place in (".chart", ".tools", ".sketch svg")] == [False, False, True]


def test_no_chart_library_is_on_a_page_without_a_chart(visit) -> None:
    page = visit("/bookworm/")
    assert page.evaluate("[...document.scripts].some(script => script.src.includes('plotly'))") is False


@pytest.mark.parametrize("width", WIDTHS)
def test_without_javascript_the_tables_hold_what_the_chart_shows(visit, width: int) -> None:
    page = visit(LANE, width, java_script_enabled=False)
    assert page.locator("table.uploads tbody tr").count() == 3
    shown = [page.locator(place).is_visible() for place in (".sketch svg", ".key", ".chart", ".tools", ".readout")]
    assert shown == [True, True, False, False, False]
    page.get_by_role("link", name="6.1.3-1 (2026-11-01, point release)").click()
    page.wait_for_url("**/diff/**")
    assert page.complaints == []


def test_without_javascript_changes_can_be_filtered(visit) -> None:
    page = visit(DIFF, java_script_enabled=False)
    page.locator("select[name=kind]").select_option("added")
    page.get_by_role("button", name="Show").click()
    assert page.locator("table.exports tbody th").all_inner_texts() == ["vmlinux 1 added", "zeta"]


def test_the_keyboard_reaches_the_content_and_the_search_at_once(visit) -> None:
    page = visit("/")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the content"
    page.get_by_label("Search symbols, modules, packages and builds").fill("alpha")
    page.keyboard.press("Enter")
    page.wait_for_url("**/symbol/alpha/")
