# SPDX-License-Identifier: GPL-2.0-or-later
"""Check my module in a real Chromium."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.builders.kernel import make_built
from tests.builders.signature import make_signature
from tests.dashboard.test_browser import RULES, WIDER, chromium, pytestmark, visit  # noqa: F401  # fixtures

MODULE = {
    "name": "tun.ko",
    "mimeType": "application/octet-stream",
    "buffer": make_built({"alpha": 0x11, "delta": 0x14}, name="tun", signature=make_signature()),
}


def barriers(page):
    broken = Axe().run(page, options=RULES).response["violations"]
    return [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in broken]


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_the_form_and_the_answer_fit_the_screen_and_can_be_read_by_all(visit, width: int, scheme: str) -> None:  # noqa: F811
    page = visit("/check/", width, color_scheme=scheme)
    assert (page.complaints, page.evaluate(WIDER), barriers(page)) == ([], 0, [])
    page.get_by_label("Module or package").set_input_files(MODULE)
    page.get_by_role("button", name="Check the file").click()
    page.wait_for_selector("table.checked")
    for summary in page.locator("table.checked summary").all():
        summary.click()
    assert (page.complaints, page.evaluate(WIDER), barriers(page)) == ([], 0, [])


def test_a_text_is_checked_without_javascript(visit) -> None:  # noqa: F811
    page = visit("/check/", java_script_enabled=False)
    page.get_by_label("Output of").fill("0x00000011 alpha")
    page.get_by_role("button", name="Check the text").click()
    assert page.locator("table.checked").count() > 0
    assert "refused" in page.locator(".note strong").inner_text().lower()
