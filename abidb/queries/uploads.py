# SPDX-License-Identifier: GPL-2.0-or-later
"""Uploads of the kernel's source packages: what changelogs and their sources' policy say."""

from __future__ import annotations

from abidb.queries.rows import rows


def uploads_without_policy() -> tuple[tuple[str, str], ...]:
    """Source and version of the uploads whose ignore patterns nobody has read yet."""
    return tuple((source, version) for source, version in rows("uploads_without_policy"))
