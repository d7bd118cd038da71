# SPDX-License-Identifier: GPL-2.0-or-later
"""Which ABI changes a kernel's source package tells its own ABI check to ignore: `[abi] ignore-changes`.

It stands in debian/config/defines for all builds, in debian/config/ARCH[/FEATURESET]/defines and in
debian/config/featureset-NAME/defines for some (debian/lib/python/debian_linux/config.py of the source package). Since
6.7.1 these files are defines.toml; there is no ABI check any more, and so no list.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator, Mapping

from abidb.errors import BadFormat

PATH = re.compile(r"debian/config/(?:(?P<place>[a-z0-9][a-z0-9-]{0,49}(?:/[a-z0-9][a-z0-9-]{0,49})?)/)?defines")
PATTERN = re.compile(r"[!-~]{1,200}")  # symbols or module:PATH, with wildcards
MOST = 1 << 14  # 126


def is_defines(path: str) -> bool:
    """Whether a file of the source package is one of those that may hold the list."""
    return PATH.fullmatch(path) is not None


def ignored(members: Mapping[str, bytes]) -> tuple[tuple[str, str], ...]:
    """Whom a pattern is for and the pattern, in order: those for all ("") first, then by architecture or featureset.

    `members` are files of the source package by path; others than is_defines() are passed over. Featuresets come as
    "rt", those of one architecture as "amd64/rt", flavours as "amd64/cloud-amd64". Raises BadFormat with the path.
    """
    found: dict[tuple[str, str], None] = {}
    for path in sorted(members):
        if match := PATH.fullmatch(path):
            try:
                found.update(dict.fromkeys(_patterns(members[path], match["place"] or "")))
            except BadFormat as error:
                raise error.within(path) from None
    if len(found) > MOST:
        raise BadFormat(f"source package ignores more than the {MOST:,} patterns that are allowed")
    return tuple(sorted(found))


def _patterns(data: bytes, place: str) -> Iterator[tuple[str, str]]:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(data.decode(errors="replace"))
    except configparser.Error:
        raise BadFormat("not made of sections and values") from None
    for section in parser.sections():
        *flavour, name = section.split("_")
        if name == "abi":
            of = "/".join(part for part in (place.removeprefix("featureset-"), *flavour) if part)
            for pattern in parser.get(section, "ignore-changes", fallback="").split():
                if not PATTERN.fullmatch(pattern) or not re.fullmatch(r"[a-z0-9/.-]{0,99}", of):
                    raise BadFormat(f"{pattern[:100]!a} in section {section[:100]!a} is no pattern that can be one")
                yield of, pattern
