# SPDX-License-Identifier: GPL-2.0-or-later
"""Which suites a root may have: what the page or folder dists/ lists, else what Debian's releases lead to expect."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from abidb.errors import BadArchive, Unavailable
from abidb.lifecycle import DebianRelease
from abidb.versions import codename
from ingest.archive.client import Client, read
from ingest.archive.problem import Problem
from ingest.archive.roots import Root

LIMIT = 1 << 20  # bytes of a page
LINK = re.compile(r"""<a\s[^>]*?href=["']?(?:\./)?([A-Za-z0-9][A-Za-z0-9._+~%-]*)/?["'\s>]""", re.IGNORECASE)
ALIAS = re.compile(r"((old)*stable|testing|unstable|experimental|rc-buggy|(old)*proposed-updates)([-/][a-z-]+)?")
FIRST_NAMED_SECURITY = 11  # until buster (10) its security updates were NAME/updates


def looks_like_debian(suite: str, releases: Collection[DebianRelease]) -> bool:
    """Whether a suite of this name may be Debian's."""
    return ALIAS.fullmatch(suite) is not None or codename(suite) in {release.codename for release in releases}


def suites_of(
    root: Root,
    releases: Sequence[DebianRelease],
    pockets: Sequence[str],
    client: Client,
    today: dt.date,
    *,
    kept: Collection[str] = (),
) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """Folders under dists/ that `root` may be asked for, newest release first: each by codename, not by alias.

    `pockets` are what may follow a codename; they count where the root does not list what it has. Then of a root that
    holds ended releases all are asked for, of others those that somebody still supports: archives keep them a while.
    Those of `kept`, which were there before, follow, and that they may not be all is a problem.
    """
    names = {release.codename: n for n, release in enumerate(releases)}
    listed, reason = _listed(root, client)
    if known := [name for name in listed if _is_suite(name, names)]:
        newest_first = sorted(known, key=lambda name: (-names[codename(name)], name))
        return tuple(_folder(name, root) for name in newest_first), ()
    wanted = [release for release in reversed(releases) if root.ended or _supported(release, today)]
    begun = [release for release in wanted if (release.created or dt.date.max) <= today]
    expected = [name for release in begun for name in _expected(release, pockets)]
    more = sorted(set(kept).difference(expected))
    message = f"{reason or 'lists no suite of Debian'}; of ended releases only the suites seen before are asked for"
    return (*expected, *more), (Problem(root.name, "", "dists/", message, refused=True),) if more else ()


def _listed(root: Root, client: Client) -> tuple[tuple[str, ...], str]:
    """The folders under dists/, or none and why the root does not tell."""
    address = f"{root.address}/dists/"
    if address.startswith("file:"):
        folder = Path(unquote(urlsplit(address).path))
        there = folder.is_dir()
        return tuple(sorted(path.name for path in folder.iterdir() if path.is_dir())) if there else (), ""
    try:
        page = read(address, limit=LIMIT, client=client).decode("utf-8", "replace")
    except (BadArchive, Unavailable) as error:
        return (), str(error)
    return tuple(dict.fromkeys(unquote(name) for name in LINK.findall(page))), ""


def _is_suite(name: str, names: Collection[str]) -> bool:
    return codename(name) in names and (name == "experimental" or ALIAS.fullmatch(name) is None)


def _folder(name: str, root: Root) -> str:
    """The suite in a listed folder: in an archive of security updates a bare NAME holds NAME/updates."""
    return f"{name}/updates" if root.security and name == codename(name) else name


def _supported(release: DebianRelease, today: dt.date) -> bool:
    last = release.eol_elts or release.eol_lts or release.eol
    return last is None or today <= last


def _expected(release: DebianRelease, pockets: Sequence[str]) -> list[str]:
    if not release.version:
        return [release.codename]
    old = float(release.version) < FIRST_NAMED_SECURITY
    names = (release.codename + pocket for pocket in pockets)
    return [name.removesuffix("-security") + "/updates" if old and is_security(name) else name for name in names]


def is_security(suite: str) -> bool:
    """Whether a suite of this name is in an archive of security updates, where there is one."""
    return suite.endswith(("-security", "/updates"))
