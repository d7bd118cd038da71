# SPDX-License-Identifier: GPL-2.0-or-later
"""The store of built module files, by content: ABIDB_DATA/modules/ab/SHA256."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import tempfile
from pathlib import Path

from django.conf import settings

logger = logging.getLogger(__name__)
SHA256 = re.compile(r"[0-9a-f]{64}")


def put(data: bytes) -> Path:
    """Keep a file; where it is kept, under its SHA-256 in hexadecimal."""
    digest = hashlib.sha256(data).hexdigest()
    path = _path(digest)
    try:
        os.utime(path)  # it is wanted again: what no build names goes after a while
        whole = _is_whole(path)
    except FileNotFoundError:
        whole = False
    if not whole:
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
    """Where a file is kept; None where it is not, or is not what its name says, which is logged."""
    path = _path(sha256) if SHA256.fullmatch(sha256) else None
    if not path or not path.exists():
        return None
    if not _is_whole(path):
        logger.warning("the module file %s is damaged: it counts as missing until it is built anew", sha256)
        return None
    return path


def _is_whole(path: Path) -> bool:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == path.name


def _path(digest: str) -> Path:
    return Path(settings.ABIDB_DATA) / "modules" / digest[:2] / digest
