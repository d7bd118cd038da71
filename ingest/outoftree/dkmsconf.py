# SPDX-License-Identifier: GPL-2.0-or-later
"""What a dkms.conf says once it has been read as dkms reads it: by bash, inside the sandbox (dkms(8), read_conf())."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from abidb.errors import BadFormat

MOST = 256  #: modules of one dkms.conf
# Prints KEY NUL VALUE NUL for all that is asked for. $1: folder of the dkms.conf.
DESCRIBE = r"""
describe() (
    set +eu
    kernelver=$KERNEL arch=$(uname -m) dkms_tree=/var/lib/dkms source_tree=/usr/src
    kernel_source_dir=/lib/modules/$KERNEL/build
    exec 4>&1 >/dev/null 2>&1
    . "$1/dkms.conf"
    say() { printf '%s\0%s\0' "$1" "$2" >&4; }
    say name "$PACKAGE_NAME"
    say version "$PACKAGE_VERSION"
    for rule in BUILD_EXCLUSIVE_KERNEL BUILD_EXCLUSIVE_KERNEL_MIN BUILD_EXCLUSIVE_KERNEL_MAX \
                BUILD_EXCLUSIVE_ARCH BUILD_EXCLUSIVE_CONFIG; do
        [ -z "${!rule}" ] || say rule "$rule=\"${!rule}\""
    done
    set -f
    for need in ${BUILD_DEPENDS[*]}; do say need "$need"; done # dkms 3.0 takes each for a list, 3.2 for a name
    set +f
    for index in $(printf '%s\n' "${!DEST_MODULE_LOCATION[@]}" "${!BUILT_MODULE_NAME[@]}" | sort -nu); do
        built=${BUILT_MODULE_NAME[$index]}
        [ -n "$built" ] || [ "$index" != 0 ] || built=$PACKAGE_NAME
        say built "$built"
        say module "${DEST_MODULE_NAME[$index]:-$built}"
    done
)
"""


@dataclass(frozen=True, slots=True)
class DkmsConf:
    """One dkms.conf, for the kernel that was asked for."""

    name: str  #: PACKAGE_NAME
    version: str  #: PACKAGE_VERSION
    rules: tuple[str, ...]  #: BUILD_EXCLUSIVE_* as written, evaluated
    modules: tuple[str, ...]  #: that are to come out, under the names they are installed as
    needs: tuple[str, ...] = ()  #: BUILD_DEPENDS: names of others that are to be installed before


def parse(data: bytes) -> DkmsConf:
    """What describe() printed; raises BadFormat."""
    values: dict[str, list[str]] = {key: [] for key in ("name", "version", "rule", "need", "built", "module")}
    for key, value in _pairs(data):
        if key not in values:
            raise BadFormat(f"{key[:40]!a} is nothing that a dkms.conf was asked for")
        values[key].append(value)
    if len(values["name"]) != 1 or len(values["version"]) != 1 or len(values["module"]) > MOST:
        raise BadFormat("dkms.conf cannot be read by bash, or lists too many modules")
    modules = tuple(dict.fromkeys(name for name in values["module"] if name))
    return DkmsConf(
        values["name"][0], values["version"][0], tuple(values["rule"]), modules, tuple(dict.fromkeys(values["need"]))
    )


def _pairs(data: bytes) -> Iterator[tuple[str, str]]:
    words = data.decode(errors="replace").split("\0")
    if len(words) % 2 == 0:
        raise BadFormat("dkms.conf was not read to its end")
    yield from zip(words[:-1:2], words[1::2], strict=False)
