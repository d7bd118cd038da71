# SPDX-License-Identifier: GPL-2.0-or-later
"""The store of built module files, by content: ABIDB_DATA/modules/ab/SHA256."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path

from django.conf import settings

SHA256 = re.compile(r"[0-9a-f]{64}")


def put(data: bytes) -> Path:
    """Keep a file; where it is kept, under its SHA-256 in hexadecimal."""
    digest = hashlib.sha256(data).hexdigest()
    path = _path(digest)
    try:
        os.utime(path)  # it is wanted again: what no build names goes after a while
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, part = tempfile.mkstemp(dir=path.parent, prefix=".")
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(part).chmod(0o644)
        Path(part).rename(path)
    return path


def find(sha256: str) -> Path | None:
    """Where a file is kept; None where it is not."""
    path = _path(sha256) if SHA256.fullmatch(sha256) else None
    return path if path and path.exists() else None


def _path(digest: str) -> Path:
    return Path(settings.ABIDB_DATA) / "modules" / digest[:2] / digest
