# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's popularity contest: how many of the systems that take part have a package installed.

popcon.debian.org, by_inst: lines "rank name inst vote old recent no-files (maintainer)", comments after #, a line
of dashes and totals at the end. by_vote and the others differ in their order only.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable
from pathlib import Path

from abidb import queries, store
from abidb.errors import BadFormat

LINE = re.compile(r"\d+ +(?P<name>\S+) +(?P<inst>\d{1,9})(?: +\d+){4}(?: +\(.*)?")


def take_over(path: Path) -> int:
    """Put the numbers of the record's packages into it, as of the file's last change; returns how many there are.

    Raises BadFormat where the file is something else.
    """
    wanted = {row.package.key.package for row in queries.dkms_packages()}
    with path.open(encoding="utf-8", errors="replace") as file:
        found = installations(file, wanted)
    store.put_popcon(found, dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC))
    return len(found)


def installations(lines: Iterable[str], wanted: Collection[str]) -> dict[str, int]:
    """The numbers of installations of the `wanted` packages; raises BadFormat where no line is of that form."""
    found, understood = {}, False
    for line in lines:
        if match := LINE.fullmatch(line.strip()):
            understood = True
            if match["name"] in wanted:
                found[match["name"]] = int(match["inst"])
    if not understood:
        raise BadFormat('no line of a popularity contest: "rank name inst vote old recent no-files (maintainer)"')
    return found
