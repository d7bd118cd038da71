# SPDX-License-Identifier: GPL-2.0-or-later
"""Sentences about the method that hang on figures of the record."""

from __future__ import annotations

from abidb.methodanswers import NAME_EACH_UPLOAD, Figures
from abidb.words import plural


def each_upload_sentence(figures: Figures) -> str:
    """How many uploads since Debian's change have a name of their own."""
    since = f"{NAME_EACH_UPLOAD:%B %Y}"
    if not figures.uploads_since:
        return f"no upload on record since {since} follows another in its line"
    verb = "has" if figures.renamed_since == 1 else "have"
    return (
        f"of {plural(figures.uploads_since, 'upload')} on record since {since} that follow another in their line, "
        f"{figures.renamed_since:,} {verb} a new ABI name"
    )


def checked_sentence(figures: Figures) -> str:
    """What was compared to find out whether builds are read rightly."""
    return (
        f"{plural(figures.imports, 'CRC')} that modules import were compared with what their own kernel exports, and "
        f"{plural(figures.with_headers, 'build')} with the Module.symvers of their headers, "
        f"{plural(figures.symvers_lines, 'line')} in all"
    )


def kept_apart_sentence(figures: Figures) -> str:
    """How many builds are not like the rest."""
    return (
        f"of {plural(figures.builds, 'build')} on record {figures.without_crcs:,} are whole and without CRCs, "
        f"{figures.partial:,} partial and {figures.apart:,} set apart"
    )
