# SPDX-License-Identifier: GPL-2.0-or-later
"""What tools say of failures, fit for a public record: without addresses of archives and folders of the machine."""

from __future__ import annotations

import re

ADDRESS = re.compile(r"\b(?:https?|ftp|file|copy|mirror\+\w+|tor\+\w+|s3):/[^\s'\"<>;,)]*", re.IGNORECASE)
IN_ARCHIVE = re.compile(r"/((?:dists|pool)/.*)")
# APT's words for a server that cannot be reached (methods/connect.cc, methods/basehttp.cc).
ASKED = re.compile(r" *\[IP: [^]]*\]")
SERVER = re.compile(
    r"(connect(?:ion)? to|resolve|resolving|looking up|reading from server at|connected to) "
    r"(?!the archive)(?:'[^']*'|\S+?)(?=[;,]|:?\s|:?$)(?: \([\d.:a-f]+\))?"
)
# Folders of a system that builds: the same on any machine. Of other paths the last name is kept.
SYSTEM = r"(?:usr|lib(?:32|64|x32)?|s?bin|etc|proc|sys|dev|scratch|layer|debs|boot|var/lib/dkms)"
FOLDERS = re.compile(rf"(?<![\w.~/+-])/(?!{SYSTEM}(?:/|\b))(?:[\w.+~@%=:,-]+/)+(?=[\w.+~@%=-])")


def without_places(text: str) -> str:
    """The same words on any machine, whatever archive it uses; given its own result it returns just that."""
    named = ADDRESS.sub(_of_archive, ASKED.sub("", text))
    return FOLDERS.sub("", SERVER.sub(r"\1 the archive", named))


def _of_archive(found: re.Match[str]) -> str:
    inside = IN_ARCHIVE.search(found[0])
    return f"the archive's {inside[1]}" if inside else "the archive"
