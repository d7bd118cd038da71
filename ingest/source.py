# SPDX-License-Identifier: GPL-2.0-or-later
"""What abidb takes from a kernel's source package, whose debian.tar.* holds all that is Debian's own."""

from __future__ import annotations

from pathlib import Path

from abidb.errors import BadFormat
from ingest.formats import compress, defines, tar

LIMIT = 512 << 20  # bytes of the archive, unpacked; 34 MB in 6.1.187
FILE_LIMIT = 4 << 20  # of one file; 6 kB


def read_policy(debian_tar: Path) -> tuple[tuple[str, str], ...]:
    """Patterns of ABI changes that the source package ignores, and the architecture or featureset of each.

    An empty tuple where it has no such list. Raises BadFormat (file, place in it).
    """
    with debian_tar.open("rb") as file:
        compression = compress.compression(file.read(16))
        file.seek(0)
        try:
            pieces = compress.stream(compression, file, limit=LIMIT, what="archive")
            return defines.ignored(dict(tar.files(pieces, defines.is_defines, limit=FILE_LIMIT)))
        except BadFormat as error:
            raise error.within(debian_tar.name) from None
