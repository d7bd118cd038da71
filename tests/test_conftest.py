# SPDX-License-Identifier: GPL-2.0-or-later
from types import SimpleNamespace

import pytest

from tests import conftest


def skipped(**more):
    return SimpleNamespace(nodeid="test_x", skipped=True, outcome="skipped", longrepr=("x.py", 1, "why"), **more)


@pytest.mark.parametrize(
    ("ci", "report", "outcome"),
    [
        (False, skipped(), "skipped"),
        (True, skipped(), "failed"),
        (True, skipped(wasxfail="known"), "skipped"),
        (True, SimpleNamespace(skipped=False, outcome="passed"), "passed"),
    ],
)
def test_what_is_skipped_has_failed_in_ci_and_only_there(settings, ci, report, outcome):
    settings.CI = ci
    assert conftest.refuse_skip(report).outcome == outcome


def test_an_archive_that_nobody_serves_is_told_from_one_that_is_there(tmp_path):
    nobody = "http://127.0.0.1:1/debian"  # tcpmux: no one listens
    assert [conftest.answers(address) for address in (nobody, f"file://{tmp_path}", f"file://{tmp_path}/x")] == [
        False,
        True,
        False,
    ]
