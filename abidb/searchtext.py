# SPDX-License-Identifier: GPL-2.0-or-later
"""What somebody means who pastes something into a search box: paths, lines of a log, of C, of uname. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 600  #: characters that are read
# A kernel release as in versions.split_release, loosely: what it leaves is looked up, not believed.
_RELEASE = r"\d+\.\d+[a-z0-9.+~]*(?:-[a-z0-9.+~]+)*-[a-z0-9]+(?:-[a-z0-9]+)*"
_VERSION = r"\d[\w.+~:]*-[A-Za-z0-9.+~]+"
_MODULE = re.compile(r"(?:^|\s)(?:\./)?(?:kernel/)?(?P<path>[^\s:]+)\.ko(?:\.(?:xz|zst|gz))?\b")
_MODULES_OF = re.compile(rf"/lib/modules/(?P<release>{_RELEASE})")
_UNAME = re.compile(rf"^Linux \S+ (?P<release>{_RELEASE}) #.*\bDebian (?P<version>{_VERSION})")
_DEB = re.compile(
    rf"linux-(?:image|headers|modules)-(?P<release>{_RELEASE})_(?P<version>{_VERSION})_(?P<arch>[a-z0-9]+)"
)
_FILE = re.compile(
    r"(?:^|[\s/])(?:linux-(?:image|headers|modules|base)|vmlinuz|vmlinux|initrd\.img|config|System\.map)-"
    r"(?P<release>\d[\w.+~-]*)"
)
_SOURCE = re.compile(rf"^(?P<source>linux(?:-\d+\.\d+)?)(?: \(|[=_ ])(?P<version>{_VERSION})")
_EXPORT = re.compile(r"EXPORT_(?:UNUSED_)?SYMBOL\w*\s*\(\s*(?P<symbol>[\w.$]+)")
_LOGGED = re.compile(r"(?:[Uu]nknown symbol|version of symbol|undefined!?:?) (?P<symbol>[\w.$]+)")
_UNDEFINED = re.compile(r"modpost: \"(?P<symbol>[\w.$]+)\"")
_PLACE = re.compile(r"(?P<symbol>[A-Za-z_][\w.$]*)\+0x[0-9a-f]+(?:/0x[0-9a-f]+)?")
_CALL = re.compile(r"(?P<symbol>[A-Za-z_][\w.$]*)\s*\([^()]*\)?;?$")
_TAIL = re.compile(r"-(?:unsigned|dbg|common|common-rt)$")
_QUOTES = "\"'`“”‘’<>"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be looked for."""

    text: str  #: a name or a part of one; words with blanks between them, or a pattern with * and ?
    build: str = ""  #: RELEASE[=VERSION][:ARCH], where the text tells of a build


def asked(text: str) -> Asked:
    """What a pasted text is about; of what it cannot make out, the text itself without quotes and loose ends."""
    line = " ".join(text.replace("\0", " ")[:LONGEST].split()).strip(_QUOTES)
    return (
        _first(line, (_EXPORT, _LOGGED, _UNDEFINED))
        or _module(line)
        or _build(line)
        or _first(line, (_PLACE, _CALL))
        or Asked(line.strip(_QUOTES + ",;:"))
    )


def _module(line: str) -> Asked | None:
    """A file of a module: with the path below kernel/ that names it here, else (DKMS puts it elsewhere) its name."""
    found = _MODULE.search(line)
    if not found:
        return None
    inside, _, path = found["path"].rpartition("/kernel/")
    outside = (not inside and "/lib/modules/" in line) or path.startswith("updates/")
    name = path.rpartition("/")[2] if outside else path
    below = _MODULES_OF.search(line)
    return Asked(name, below["release"] if below else "")


def _build(line: str) -> Asked | None:
    if found := _DEB.search(line):
        release = _TAIL.sub("", found["release"])
        return Asked(release, f"{release}={found['version']}:{found['arch']}")
    if found := _UNAME.search(line):
        return Asked(found["release"], f"{found['release']}={found['version']}")
    if found := _MODULES_OF.search(line) or _FILE.search(line):
        release = _TAIL.sub("", found["release"])
        return Asked(release, release)
    if found := _SOURCE.search(line):
        return Asked(found["version"])
    return None


def _first(line: str, shapes: tuple[re.Pattern[str], ...]) -> Asked | None:
    """The symbol of the first shape that a line has."""
    for shape in shapes:
        if found := shape.search(line):
            return Asked(found["symbol"])
    return None
