# SPDX-License-Identifier: GPL-2.0-or-later
"""What README and docs name must be there."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands
from django.urls import get_resolver

ROOT = Path(settings.BASE_DIR)
TEXTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "deploy/README.md"]


def found(pattern: str) -> set[str]:
    return {name for text in TEXTS for name in re.findall(pattern, text.read_text())}


def test_every_command_exists() -> None:
    assert found(r"manage\.py ([a-z_]+)") <= set(get_commands())


def test_every_target_of_make_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert found(r"`?make ([a-z][a-z-]+)`") <= targets


def test_every_setting_exists_and_every_setting_is_told() -> None:
    read = set(
        re.findall(r'"((?:ABIDB_[A-Z_]+|(?:ABIDB_WEB_)?DATABASE_URL))"', (ROOT / "abidb/settings.py").read_text())
    )
    assert found(r"\b((?:ABIDB_)?(?:WEB_)?DATABASE_URL|ABIDB_[A-Z_]+)\b") == read


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.name)
def test_every_linked_file_exists(text: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", text.read_text())
    assert [link for link in links if not (text.parent / link).exists()] == []


def test_every_table_that_docs_name_exists_and_every_table_is_told() -> None:
    from django.apps import apps

    tables = {model._meta.db_table for model in apps.get_app_config("abidb").get_models()}
    rows = re.findall(r"^\| (`[^|]+`) \|", (ROOT / "docs/data.md").read_text(), re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`([a-z_]+)`", row)} == tables


def test_every_address_is_told() -> None:
    told = (ROOT / "docs/addresses.md").read_text()
    pages = {str(pattern.pattern).partition("/")[0] for pattern in get_resolver().url_patterns[0].url_patterns}
    plain = {page for page in pages if page and not page.startswith("<")} - {"robots.txt", "favicon.ico", "healthz"}
    named = {page.removeprefix("^") for page in plain}
    assert {page for page in named if f"`/{page}/" not in told and f"`/{page}`" not in told} == set()
