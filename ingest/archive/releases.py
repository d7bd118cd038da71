# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's releases from distro-info-data's debian.csv: the host's, or the archive's own."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path

from abidb.errors import AbidbError, BadArchive, BadFormat, NotThere, Unavailable
from abidb.lifecycle import DebianRelease
from ingest.archive.client import Client
from ingest.archive.fetch import fetch
from ingest.archive.index import address_of
from ingest.archive.memory import Memory
from ingest.archive.newest import newest_release
from ingest.archive.release import Release, kept_release
from ingest.archive.remembered import stanzas_of
from ingest.archive.roots import Root
from ingest.formats import deb

HOST_FILE = Path("/usr/share/distro-info/debian.csv")
DAY_FIELDS = ("created", "release", "eol", "eol-lts", "eol-elts")


def parse_releases(text: str) -> tuple[DebianRelease, ...]:
    """The lines of debian.csv, oldest first as there; raises BadArchive where it is something else."""
    rows = csv.DictReader(text.splitlines())
    if not {"version", "codename", "series", "created", "release", "eol"} <= set(rows.fieldnames or ()):
        raise BadArchive("debian.csv of distro-info-data has not the columns that it should have")
    try:
        return tuple(
            DebianRelease(_series(row), row["version"], *(_day(row.get(name)) for name in DAY_FIELDS)) for row in rows
        )
    except (ValueError, TypeError) as error:
        raise BadArchive(f"debian.csv of distro-info-data, line {rows.line_num}: {error}") from None


def _series(row: dict[str, str]) -> str:
    return "experimental" if row["series"] == "rc-buggy" else row["series"]  # renamed in 2025; archives keep both


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def host_releases(path: Path = HOST_FILE) -> tuple[DebianRelease, ...] | None:
    """The releases as the host's own distro-info-data has them; None where it is not installed."""
    return parse_releases(path.read_text(encoding="utf-8")) if path.is_file() else None


def archive_releases(
    roots: Iterable[Root], client: Client, memory: Memory, now: dt.datetime
) -> tuple[DebianRelease, ...]:
    """The releases as the archive's newest distro-info-data has them: unstable's, else stable's.

    Raises what went wrong first where no root has the package in order; NotThere where none has it at all.
    """
    problem: AbidbError | None = None
    for root in roots:
        for suite in () if root.ended or root.label else ("sid", "stable"):
            try:
                release = _release(root, suite, client, memory, now)
                text = _listed_csv(root, release, client, memory, now) if release and release.is_debian else None
            except NotThere:
                continue
            except (BadArchive, Unavailable) as error:
                problem = problem or error
                continue
            if text is not None:
                return parse_releases(text)
    message = "package distro-info-data is in none of the archives; install it: apt-get install distro-info-data"
    raise problem or NotThere(message)


def _release(root: Root, suite: str, client: Client, memory: Memory, now: dt.datetime) -> Release | None:
    """The newest Release of a suite that ever verified, also where that was asked for by codename.

    By an old table releases that have ended would live. Raises Unavailable where the suite's is not in order.
    """
    kept = memory.release(root.name, suite)
    release, problems = newest_release(root, suite, kept, ended=False, client=client, now=now)
    if release is None:
        if problems:
            raise Unavailable(problems[0].message)
        return None
    by_name = memory.release(root.name, release.codename)
    return kept_release(root, by_name) if by_name and by_name.date > release.date else release


def _listed_csv(root: Root, release: Release, client: Client, memory: Memory, now: dt.datetime) -> str | None:
    arch = next((arch for arch in release.architectures if arch != "all"), "all")
    stanzas = stanzas_of(root, release, f"main/binary-{arch}/Packages", client=client, memory=memory, now=now)
    listed = next((stanza for stanza in stanzas if stanza.get("package") == "distro-info-data"), None)
    if listed is None:
        return None
    digest = listed.get("sha256", "")
    key = f"distro-info-data {digest}"
    if kept := memory.index(key):
        return str(kept[0])
    text = _csv_of(root, listed, digest, client)
    if text is not None:
        memory.remember(key, [text])
    return text


def _csv_of(root: Root, listed: Mapping[str, str], digest: str, client: Client) -> str | None:
    url = address_of(root, listed.get("filename", ""))
    path = fetch(url, size=int(listed.get("size", "0")), digest=digest, client=client)
    try:
        with path.open("rb") as file:
            found = dict(deb.files(file, lambda name: "/" + name == str(HOST_FILE)))
    except BadFormat as error:
        raise BadArchive(f"{listed['filename']}: {error}") from error
    return found.popitem()[1].decode() if found else None
