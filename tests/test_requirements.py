# SPDX-License-Identifier: GPL-2.0-or-later
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LINES = (Path(__file__).parents[1] / "requirements.txt").read_text().splitlines()
PINNED = dict(line.split("==") for line in LINES if line and not line.startswith("#"))


def test_every_package_has_the_version_that_is_pinned():
    assert {name: metadata.version(name) for name in PINNED} == PINNED


def test_what_a_package_needs_is_pinned_too():
    needed = {
        canonicalize_name(requirement.name)
        for name in PINNED
        for requirement in map(Requirement, metadata.requires(name) or ())
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
    }
    assert needed - {canonicalize_name(name) for name in PINNED} == set()
