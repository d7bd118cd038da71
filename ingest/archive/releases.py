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
from ingest.archive.release import Release, fetch_release
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
                release = fetch_release(root, suite, client)
                text = _listed_csv(root, release, client, memory, now) if release.is_debian else None
            except NotThere:
                continue
            except (BadArchive, Unavailable) as error:
                problem = problem or error
                continue
            if text is not None:
                return parse_releases(text)
    message = "package distro-info-data is in none of the archives; install it: apt-get install distro-info-data"
    raise problem or NotThere(message)


def _listed_csv(root: Root, release: Release, client: Client, memory: Memory, now: dt.datetime) -> str | None:
    arch = next((arch for arch in release.architectures if arch != "all"), "all")
    stanzas = stanzas_of(root, release, f"main/binary-{arch}/Packages", client=client, memory=memory, now=now)
    listed = next((stanza for stanza in stanzas if stanza.get("package") == "distro-info-data"), None)
    if listed is None:
        return None
    digest = listed.get("sha256", "")
    if kept := memory.index(digest):
        return str(kept[0])
    text = _csv_of(root, listed, digest, client)
    if text is not None:
        memory.remember(digest, [text])
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
