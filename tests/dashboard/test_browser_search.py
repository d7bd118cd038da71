# SPDX-License-Identifier: GPL-2.0-or-later
"""The search box in a real Chromium."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.dashboard.test_browser import RULES, WIDER, chromium, pytestmark, visit  # noqa: F401  # fixtures

CHOSEN = "#suggestions [aria-selected=true]"


def begin(page, text: str) -> None:
    """Write into the box as one does who came by the key, until names are offered."""
    page.keyboard.press("/")
    page.keyboard.type(text)
    page.wait_for_selector("#suggestions li")


def test_a_slash_leads_to_the_box_but_stays_a_slash_in_a_field(visit) -> None:  # noqa: F811
    page = visit("/")
    page.keyboard.press("/")
    page.keyboard.type("lib/")
    assert page.locator("#q").input_value() == "lib/"


def test_an_offered_name_is_chosen_and_opened_by_keys(visit) -> None:  # noqa: F811
    page = visit("/")
    begin(page, "bet")
    assert page.locator("#suggestions li").all_inner_texts() == ["beta\nmodule", "beta\nsymbol"]
    chosen = []
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
        chosen.append(page.locator(CHOSEN).all_inner_texts())
    assert chosen == [["beta\nmodule"], ["beta\nsymbol"], [], ["beta\nsymbol"]]
    assert page.locator("#q").get_attribute("aria-activedescendant") == page.locator(CHOSEN).get_attribute("id")
    page.keyboard.press("Enter")
    page.wait_for_url("**/symbol/beta/")
    assert page.complaints == []


def test_an_offered_name_is_opened_by_a_click(visit) -> None:  # noqa: F811
    page = visit("/")
    begin(page, "bet")
    page.get_by_role("option", name="beta symbol").click()
    page.wait_for_url("**/symbol/beta/")


def test_escape_closes_the_offers_and_leaves_the_text(visit) -> None:  # noqa: F811
    page = visit("/")
    begin(page, "bet")
    page.keyboard.press("Escape")
    box = page.locator("#q")
    assert (box.input_value(), box.get_attribute("aria-expanded"), page.locator("#suggestions").is_visible()) == (
        "bet",
        "false",
        False,
    )


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark"), (320, "light")])
def test_open_offers_fit_the_screen_and_can_be_read_by_all(visit, width: int, scheme: str) -> None:  # noqa: F811
    page = visit("/", width, color_scheme=scheme)
    begin(page, "6.1")
    page.keyboard.press("ArrowDown")
    broken = Axe().run(page, options=RULES).response["violations"]
    barriers = [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in broken]
    assert (page.complaints, page.evaluate(WIDER), barriers) == ([], 0, [])


def test_without_javascript_the_box_is_a_form(visit) -> None:  # noqa: F811
    page = visit("/", java_script_enabled=False)
    page.get_by_label("Search symbols").fill("ephsilon")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="epsilon").click()
    page.wait_for_url("**/symbol/epsilon/")
