# SPDX-License-Identifier: GPL-2.0-or-later
"""Names and orders of Debian kernels: versions, kernel releases, ABI names, flavours, release lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

from abidb.errors import UnknownName

_PART = re.compile(r"([^0-9]*)([0-9]*)")
_NON_LETTERS = {"+": "{", "-": "|", ".": "}", ":": "~"}
_SIGNED = re.compile(r"linux-signed(?:-(?P<series>\d+\.\d+))?(?:-[a-z0-9]+)?$")
_KERNEL_SOURCE = re.compile(r"linux(?:-\d+\.\d+)?$")
# Shapes seen: 5.10.0-46, 6.1.0-0.deb11.48, 4.19.0-0.bpo.1, 2.6.32-bpo.5, 3.2.0-trunk, 6.12.115+deb13.1, 6.10.11+bpo,
# 7.3, 7.3-rc2.
# i386 flavours start with a number of their own (686-pae), mips ones with a digit (5kc-malta).
_RELEASE = re.compile(
    r"(?P<abi>\d+(?:\.\d+)+(?:-rc\d+)?"
    r"(?:\+[a-z0-9.]+|-(?!(?:486|586|686)\b)(?:(?:0\.)?(?:bpo|deb\d+)\.\d+|\d+|trunk)(?=-|$))?)"
    r"-(?P<flavour>(?=.*[a-z]|[456]86$)[a-z0-9]+(?:-[a-z0-9]+)*)$"
)
_BUILD = re.compile(r"(?P<release>[^=:\s]+)(?:=(?P<version>[^:\s]+))?(?::(?P<arch>[a-z0-9-]+))?$")
_POCKET = re.compile(r"(-security|-updates|-proposed-updates|-lts|/updates)$")
_ALIASES = {"unstable": "sid", "rc-buggy": "experimental"}


@dataclass(frozen=True, slots=True)
class BuildName:
    """How people write one build: RELEASE[=VERSION][:ARCH]."""

    kernel_release: str
    version: str | None = None
    arch: str | None = None

    def __str__(self) -> str:
        version = f"={self.version}" if self.version else ""
        return f"{self.kernel_release}{version}" + (f":{self.arch}" if self.arch else "")


def version_key(version: str) -> str:
    """A text whose order by code points is dpkg's order of `version` (deb-version(7)).

    `~` sorts before the end of a part, the end before letters, letters before the rest; numbers carry their length.
    """
    epoch, _, rest = version.rpartition(":") if ":" in version else ("0", "", version)
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "0")
    return f"{_number(epoch)} {_part_key(upstream)} {_part_key(revision)}"


def _part_key(part: str) -> str:
    pieces = (_text(text) + '"' + _number(digits) for text, digits in _PART.findall(part) if text or digits)
    return "".join(pieces) + '"'


def _text(text: str) -> str:
    return "".join("!" if c == "~" else c if c.isalpha() else _NON_LETTERS.get(c, "~") for c in text)


def _number(digits: str) -> str:
    significant = digits.lstrip("0")
    return chr(ord("0") + min(len(significant), 70)) + significant


def split_release(kernel_release: str) -> tuple[str, str]:
    """The ABI name and the flavour (with featureset) of a kernel release.

    Raises UnknownName where it has not the shape of a Debian kernel's.
    """
    match = _RELEASE.fullmatch(kernel_release)
    if not match:
        raise UnknownName(f"{kernel_release!r} is not the release of a Debian kernel, such as 6.1.0-56-cloud-amd64")
    return match["abi"], match["flavour"]


def kernel_source(source: str) -> str | None:
    """The source package of the kernel itself for that of a binary: linux-signed-6.12-amd64 is linux-6.12.

    None where it is no kernel's.
    """
    if signed := _SIGNED.fullmatch(source):
        return f"linux-{signed['series']}" if signed["series"] else "linux"
    return source if _KERNEL_SOURCE.fullmatch(source) else None


def codename(suite: str) -> str:
    """The release that a suite belongs to: bookworm-security and bookworm-backports are bookworm's."""
    base = _POCKET.sub("", suite)
    base = re.sub(r"-backports(-sloppy)?$", "", base)
    return _ALIASES.get(base, base)


def line(suite: str, source: str) -> str:
    """The release line that `source` joins by being in `suite`: bookworm, bookworm-6.12, trixie-backports."""
    base = _POCKET.sub("", suite)
    series = source.partition("-")[2]
    return _ALIASES.get(base, base) + (f"-{series}" if series else "")


def parse_build(text: str) -> BuildName:
    """Read RELEASE[=VERSION][:ARCH]; raises UnknownName where it cannot be one."""
    match = _BUILD.fullmatch(text.strip())
    if not match:
        raise UnknownName(f"{text!r} is not a build; write RELEASE[=VERSION][:ARCH], such as 6.1.0-56-cloud-amd64")
    return BuildName(match["release"], match["version"], match["arch"])


def git_tag(version: str) -> str:
    """A version as git lets it stand in a tag, after `debian/` (DEP-14): `6.1.90-1~bpo11+1` is 6.1.90-1_bpo11+1."""
    tag = re.sub(r"\.(?=\.|$|lock$)", ".#", version)
    return tag.replace(":", "%").replace("~", "_")
