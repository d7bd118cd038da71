# SPDX-License-Identifier: GPL-2.0-or-later
"""How single fields of an export are written, and what is refused of them."""

from __future__ import annotations

import datetime as dt
import re

from abidb import naming
from abidb.errors import BadFormat
from abidb.records import BuildKey
from abidb.versions import kernel_source, split_release

SHA256, SHA1 = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{40}")
ARCH, PACKAGE, VERSION = re.compile(naming.ARCH), re.compile(naming.PACKAGE), re.compile(naming.VERSION)
SYMBOL = re.compile(naming.SYMBOL.decode(), re.ASCII)
FLAVOUR = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
CODENAME = re.compile(r"[a-z][a-z0-9-]{0,49}")
SOURCE = re.compile(r"\w[-+.\w]{0,99}", re.ASCII)  # of a changelog, as is the next
UPLOADED = re.compile(r"\S{1,128}")
SLACK = dt.timedelta(days=1)
VERMAGIC = re.compile(r"[ -~]{0,255}")


def match(pattern: re.Pattern[str], value: str, what: str) -> None:
    """Raises BadFormat where a field is not written so."""
    if not pattern.fullmatch(value):
        raise BadFormat(f"{value[:100]!a} is no {what}")


def text(value: str, most: int, what: str) -> None:
    """Raises BadFormat where a field has more than `most` bytes, or is more than a line."""
    if len(value.encode()) > most or not value.isprintable():
        raise BadFormat(f"{value[:100]!a} is no {what}: more than {most:,} bytes, or a control character")


def not_to_come(at: dt.datetime) -> None:
    """Raises BadFormat for a moment in the future, but for a day of clocks that differ: the later stays for ever."""
    if at > dt.datetime.now(dt.UTC) + SLACK:
        raise BadFormat(f"{at:%Y-%m-%d} is in the future")


def build_key(key: BuildKey) -> None:
    """Raises BadFormat where no Debian kernel is named so."""
    text(key.source, 100, "source package")
    if kernel_source(key.source) != key.source:
        raise BadFormat(f"{key.source!a} is not the kernel's source package")
    match(VERSION, key.version, "version")
    match(ARCH, key.arch, "architecture")
    text(key.flavour, 100, "flavour")
    match(FLAVOUR, key.flavour, "flavour")


def kernel_release(name: str, flavour: str) -> None:
    """Raises BadFormat or UnknownName where a kernel of this flavour has no such release."""
    text(name, 200, "kernel release")
    if split_release(name)[1] != flavour:
        raise BadFormat(f"{name} is not of the flavour {flavour}")
