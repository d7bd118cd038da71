# SPDX-License-Identifier: GPL-2.0-or-later
"""Archive roots: the host's own APT sources (sources.list(5)), or addresses given in their place, and further ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from abidb.errors import BadArchive, Unavailable
from ingest.archive.client import shown
from ingest.archive.control import paragraphs
from ingest.archive.signature import keyring

APT = Path("/etc/apt")
KEYRINGS = Path("/usr/share/keyrings")
SCHEMES = ("http", "https", "file")
SOURCE_FILE = re.compile(r"[A-Za-z0-9_.-]+\.(list|sources)")  # apt ignores other names
FINGERPRINT = re.compile(r"[0-9A-Fa-f]{40}!?")
ONE_LINE = re.compile(r"deb\s+(?:\[(?P<options>[^]]*)\]\s*)?(?P<uri>\S+)\s+(?P<suite>\S+)(?P<components>(?:\s+\S+)*)")
LABEL = re.compile(r"(?:[a-z0-9][a-z0-9-]{0,30})?")
INSTALL = "no keyring to verify the archive with; install one: apt-get install debian-archive-keyring"


@dataclass(frozen=True, slots=True)
class Root:
    """One archive: what stands before /dists and /pool, and who may sign it."""

    address: str = field(repr=False)  #: as configured, without trailing slash; it may hold credentials
    keyrings: tuple[Path, ...]
    suites: tuple[str, ...] = ()  #: that its source names; none where they are to be found out
    keys: str = field(default="", repr=False)  #: key block that stands in the source itself
    fingerprints: tuple[str, ...] = ()  #: of the keys that the source names among those of the keyrings
    label: str = ""  #: of an archive that is not Debian's; it stands before the names of its suites
    ended: bool = False  #: an archive of ended releases: asked seldom, its old keys and signatures accepted
    further: bool = False  #: of ABIDB_SOURCES: asked for no more than it names

    @property
    def name(self) -> str:
        """The address as it may be shown and stored: without credentials."""
        return shown(self.address)

    @property
    def security(self) -> bool:
        """Whether this is the archive of security updates, whose suites are all CODENAME-security."""
        return self.name.endswith("-security")


def roots_from(text: str, keyring: Path | None = None) -> tuple[Root, ...]:
    """Roots of a setting: addresses between blanks or commas, all verified with `keyring` (default: Debian's).

    Raises BadArchive for what is no address.
    """
    keyrings = (keyring,) if keyring else debian_keyrings()
    return tuple(Root(_address(word), keyrings) for word in dict.fromkeys(re.split(r"[\s,]+", text.strip())) if word)


def _address(word: str) -> str:
    if not _usable(word):
        hidden = re.sub(r"//.*@", "//", word)  # what may be a password
        raise BadArchive(f"{hidden!r} is not the address of an archive; write http:, https: or file:")
    return word.rstrip("/")


def _usable(word: str) -> bool:
    try:
        parts = urlsplit(word)
    except ValueError:
        return False
    return parts.scheme in SCHEMES and bool(parts.path if parts.scheme == "file" else parts.hostname)


def debian_keyrings(folder: Path = KEYRINGS) -> tuple[Path, ...]:
    """The keyring of package debian-archive-keyring, if the host has it."""
    found = (folder / f"debian-archive-keyring.{suffix}" for suffix in ("gpg", "pgp"))
    return tuple(path for path in found if path.exists())[:1]


def keyring_of(root: Root) -> bytes:
    """The keys that may sign `root`, as one binary keyring; raises Unavailable where there is none."""
    try:
        sources = [path.read_bytes() for path in root.keyrings]
    except OSError as error:
        raise Unavailable(f"the keyring {error.filename} of {root.name} cannot be read: {error.strerror}") from None
    if root.keys:
        sources.append(root.keys.encode())
    if not sources:
        raise Unavailable(INSTALL)
    return keyring(sources)


def host_roots(apt: Path = APT, keyrings: Path = KEYRINGS) -> tuple[Root, ...]:
    """The roots of the host's APT sources of binary packages, each with all its suites, in the order of the files.

    The files are read here, in both formats: `apt-get indextargets` does not say what a source is signed by. Whether
    a root is Debian's shows in its Release. Flat repositories and transports other than http, https, file and
    mirror+file are left out, as are sources that are not enabled.
    """
    default = _trusted(apt, keyrings)
    merged: dict[Root, dict[str, None]] = {}
    for root in _sources(apt, default):
        merged.setdefault(replace(root, suites=()), {}).update(dict.fromkeys(root.suites))
    return tuple(replace(root, suites=tuple(suites)) for root, suites in merged.items())


def further_roots(path: Path, keyrings: Path = KEYRINGS) -> tuple[Root, ...]:
    """The roots of a file in the format of APT's .sources files, with two more fields.

    Suites may be `*`: all that the root has. Signed-By may name several keyrings; without it Debian's are taken, for
    an ended root those of its removed keys too. `Label` marks a third party's archive, `Ended: yes` one of ended
    releases. Raises BadArchive for what cannot be meant.
    """
    text = path.read_text(encoding="utf-8", errors="replace")
    return tuple(
        root for number, source in enumerate(paragraphs(text), 1) for root in _further(source, path, number, keyrings)
    )


def _further(source: dict[str, str], path: Path, number: int, keyrings: Path) -> Iterator[Root]:
    label, ended = source.get("label", ""), source.get("ended", "no").lower()
    default = debian_keyrings(keyrings) + (removed_keys(keyrings) if ended == "yes" else ())
    found = list(_roots_of({"types": "deb", **source}, default))
    if not found or ended not in ("yes", "no") or not LABEL.fullmatch(label):
        raise BadArchive(
            f"{path}, source {number}: expected URIs of archives (http:, https: or file:) and Suites, "
            "and if at all Label as letters, digits and -, and Ended as yes or no"
        )
    for root in found:
        suites = tuple(suite for suite in root.suites if suite != "*")
        yield replace(root, suites=suites, label=label, ended=ended == "yes", further=True)


def removed_keys(folder: Path = KEYRINGS) -> tuple[Path, ...]:
    """The keyring of the keys that Debian signed with once, if the host has it."""
    found = (folder / f"debian-archive-removed-keys.{suffix}" for suffix in ("gpg", "pgp"))
    return tuple(path for path in found if path.exists())[:1]


def _trusted(apt: Path, keyrings: Path) -> tuple[Path, ...]:
    """The keyrings of sources that name none."""
    folder = apt / "trusted.gpg.d"
    found = [apt / "trusted.gpg", *sorted(folder.glob("*.gpg")), *sorted(folder.glob("*.asc"))]
    return (*(path for path in found if path.is_file()), *debian_keyrings(keyrings))


def _sources(apt: Path, default: tuple[Path, ...]) -> Iterator[Root]:
    files = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))]
    for path in files:
        if SOURCE_FILE.fullmatch(path.name) and path.is_file():
            text = path.read_text(errors="replace")
            read = paragraphs(text) if path.suffix == ".sources" else _one_line(text)
            for source in read:
                yield from _roots_of(source, default)


def _one_line(text: str) -> Iterator[dict[str, str]]:
    """Sources of the one-line format, as the fields that deb822 has for them."""
    for line in text.splitlines():
        if match := ONE_LINE.fullmatch(line.partition("#")[0].strip()):
            options = dict(option.partition("=")[::2] for option in (match["options"] or "").split())
            signed_by = options.get("signed-by", "").replace(",", " ")
            yield {"types": "deb", "uris": match["uri"], "suites": match["suite"], "signed-by": signed_by}


def _roots_of(source: dict[str, str], default: tuple[Path, ...]) -> Iterator[Root]:
    if "deb" not in source.get("types", "").split() or source.get("enabled", "yes").lower() in ("no", "false", "0"):
        return
    suites = tuple(suite for suite in source.get("suites", "").split() if not suite.endswith("/"))
    signed_by = source.get("signed-by", "")
    block = "BEGIN PGP PUBLIC KEY BLOCK" in signed_by
    words = [] if block else signed_by.split()
    paths = tuple(Path(word) for word in words if word.startswith("/"))
    for uri in _uris(source.get("uris", "").split()):
        if suites:
            yield Root(
                address=uri.rstrip("/"),
                keyrings=() if block else paths or default,
                suites=suites,
                keys=_unescaped(signed_by) if block else "",
                fingerprints=tuple(word.rstrip("!").upper() for word in words if FINGERPRINT.fullmatch(word)),
            )


def _unescaped(block: str) -> str:
    """A key block of a folded field, where a line with only a full stop stands for an empty one."""
    return "".join("\n" if line.strip() == "." else line.strip() + "\n" for line in block.splitlines())


def _uris(words: Iterable[str]) -> Iterator[str]:
    """The addresses that can be asked; mirror+file names a file with a list of them, of which the first is taken."""
    for word in words:
        if word.startswith("mirror+file:"):
            path = Path(urlsplit(word).path)
            listed = path.read_text(errors="replace").split() if path.is_file() else []
            yield from [uri for uri in listed if _usable(uri)][:1]
        elif _usable(word):
            yield word
