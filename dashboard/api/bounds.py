# SPDX-License-Identifier: GPL-2.0-or-later
"""What parameters of calls may be: each has a pattern and a length, so that what comes in is bounded before it is used.

The patterns are those of abidb.naming, in words that JSON Schema shares with Python; "" is any where a parameter may be
left out.
"""

from __future__ import annotations

from typing import Annotated

from ninja import Path, Query

from dashboard.api.shapes.common import Kind

LARGEST = 500  #: things of one page
_RELEASE = r"[A-Za-z0-9][A-Za-z0-9.+~_-]{0,127}"
_PACKAGE = r"[a-z0-9][a-z0-9+.-]{0,99}"
_VERSION = r"[0-9][A-Za-z0-9.+:~-]{0,99}"
_NAME_VERSION = r"[0-9][A-Za-z0-9.+~-]{0,99}"  # without an epoch, which a kernel has not
_WORD = r"[a-z0-9][a-z0-9.-]{0,49}"
_BUILD = rf"{_RELEASE}(={_NAME_VERSION})?(:[a-z0-9-]{{1,32}})?"
_LANE = rf"{_WORD}/{_WORD}/{_WORD}"
_PATH = r"[!-~]{1,300}"
_SYMBOL = r"[A-Za-z_$.][A-Za-z0-9_$.]{0,511}"
_TEXT = r"[ -~]{1,200}"


def only(pattern: str) -> str:
    return f"^{pattern}$"


def optional(pattern: str) -> str:
    return f"^({pattern})?$"


# Parts of a path.
_MEANS = "RELEASE[=VERSION][:ARCH]. The short form will do where one build has that release; else 409 lists them"
Name = Annotated[str, Path(pattern=only(_BUILD), description=_MEANS, examples=["6.1.0-56-amd64=6.1.192-2:amd64"])]
Old = Annotated[str, Path(pattern=only(_BUILD), description="The build before, as above", examples=["6.1.0-55-amd64"])]
New = Annotated[str, Path(pattern=only(_BUILD), description="The build after, as above", examples=["6.1.0-56-amd64"])]
Symbol = Annotated[str, Path(pattern=only(_SYMBOL), description="An exported symbol", examples=["register_netdev"])]
Package = Annotated[
    str, Path(pattern=only(_PACKAGE), description="A source package, or a binary one of it", examples=["zfs-linux"])
]
Source = Annotated[str, Path(pattern=only(_PACKAGE), description="The kernel's source package", examples=["linux"])]
Version = Annotated[str, Path(pattern=only(_VERSION), description="Its version", examples=["6.1.192-2"])]
LineOf = Annotated[str, Path(pattern=only(_WORD), description="A release line", examples=["bookworm"])]
ArchOf = Annotated[str, Path(pattern=only(_WORD), description="An architecture", examples=["amd64"])]
FlavourOf = Annotated[str, Path(pattern=only(_WORD), description="A flavour", examples=["amd64", "cloud-amd64"])]

# Filters.
Line = Annotated[
    str,
    Query(pattern=optional(_WORD), description="Only of this release line", examples=["bookworm"]),
]
Arch = Annotated[str, Query(pattern=optional(_WORD), description="Only of this architecture", examples=["amd64"])]
Flavour = Annotated[
    str, Query(pattern=optional(_WORD), description="Only of this flavour, with featureset", examples=["cloud-amd64"])
]
OfSource = Annotated[
    str, Query(pattern=optional(_PACKAGE), description="Only of this source package", examples=["linux"])
]
OfVersion = Annotated[
    str, Query(pattern=optional(_VERSION), description="Only of this version", examples=["6.1.192-2"])
]
Release = Annotated[
    str, Query(pattern=optional(_RELEASE), description="Only this `uname -r`", examples=["6.1.0-56-amd64"])
]
Text = Annotated[str, Query(pattern=optional(_TEXT), description="Whose name holds this text", examples=["netdev"])]
Module = Annotated[
    str,
    Query(
        pattern=optional(_PATH),
        description="Only of this module: “vmlinux”, or the path under kernel/ without suffix",
        examples=["vmlinux", "drivers/net/tun"],
    ),
]
ExportKind = Annotated[
    str,
    Query(pattern=optional("EXPORT_[A-Z_]{1,30}"), description="Only of this type", examples=["EXPORT_SYMBOL_GPL"]),
]
Namespace = Annotated[
    str | None,
    Query(pattern=optional("[!-~]{1,500}"), description="Only of this namespace; “” for none", examples=["CRYPTO"]),
]
Kinds = Annotated[
    list[Kind], Query(max_length=9, description="Only changes of any of these kinds", examples=[["removed"]])
]
Lane = Annotated[
    str, Query(pattern=optional(_LANE), description="LINE/ARCH/FLAVOUR", examples=["bookworm/amd64/amd64"])
]
Codename = Annotated[
    str, Query(pattern=optional(_WORD), description="Codename of a Debian release", examples=["bookworm"])
]
OfPackage = Annotated[
    str, Query(pattern=optional(_PACKAGE), description="Only what this package uses", examples=["zfs-dkms"])
]

# Pages.
Limit = Annotated[int, Query(ge=1, le=LARGEST, description="How many at most", examples=[100])]
Few = Annotated[int, Query(ge=1, le=50, description="How many at most", examples=[10])]
AfterBuild = Annotated[
    str, Query(pattern=optional(_BUILD), description="Those behind this build; `next` has it", examples=[""])
]
AfterLane = Annotated[str, Query(pattern=optional(_LANE), description="Those behind this lane", examples=[""])]
AfterSymbol = Annotated[str, Query(pattern=optional(_SYMBOL), description="Those behind this symbol", examples=[""])]
AfterPath = Annotated[str, Query(pattern=optional(_PATH), description="Those behind this module", examples=[""])]
AfterPackage = Annotated[
    str, Query(pattern=optional(_PACKAGE), description="Those behind this source package", examples=[""])
]
AfterChange = Annotated[
    str,
    Query(
        pattern=optional(rf"{_SYMBOL} {_PATH} [a-z_]{{1,20}}"),
        description="Those behind this change; `next` has it",
        examples=[""],
    ),
]
AfterOption = Annotated[
    str, Query(pattern=optional("[!-~]{1,200}"), description="Those behind this option", examples=[""])
]
AfterKey = Annotated[
    str,
    Query(pattern=optional("[!-~]{1,200}"), description="Those behind the one with this key", examples=[""]),
]
AfterLog = Annotated[
    int,
    Query(ge=0, le=2**31 - 1, description="Those behind the break with this `log`", examples=[0]),
]
