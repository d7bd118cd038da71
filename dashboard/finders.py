# SPDX-License-Identifier: GPL-2.0-or-later
"""Gives the site plotly.js out of the plotly package, so that no copy of it is kept here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

NAME = "plotly.min.js"


class PlotlyFinder(BaseFinder):
    """Finds one static file, `plotly.min.js`, and nothing else of the package's data."""

    def __init__(self) -> None:
        found = find_spec("plotly")  # does not import it
        assert found is not None and found.submodule_search_locations
        self.folder = Path(found.submodule_search_locations[0]) / "package_data"

    def find(self, path: str, find_all: bool = False, **_old: Any) -> str | list[str]:
        places = [str(self.folder / NAME)] if path == NAME else []
        return places if find_all else next(iter(places), [])

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        yield NAME, FileSystemStorage(location=self.folder)
