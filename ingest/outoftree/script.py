# SPDX-License-Identifier: GPL-2.0-or-later
"""The script that runs dkms inside the sandbox, and what comes out of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from abidb.errors import BadFormat
from ingest.formats import tar
from ingest.formats.kmod import LIMIT
from ingest.outoftree.dkmsconf import DESCRIBE, DkmsConf, parse
from ingest.outoftree.outcome import Left

LOG_PART = 512 << 10  #: bytes of the beginning and of the end of a log that are kept
MOST_FILES = 1024
# Sources are found in /scratch/src; some packages write to their folder below /usr/src, as root may, so it is a copy.
# Arguments: folders with a dkms.conf. Environment: KERNEL, JOBS, OUTPUTS. Writes a tar of /scratch/out to its stdout.
BUILD = (
    r"""
exec 3>&1 >/scratch/log 2>&1 </dev/null
out=/scratch/out tree=/var/lib/dkms # which some packages name
mkdir -p $out /scratch/work
cd /scratch/work
CC=$(sed -n 's/.*\(gcc-[0-9][0-9]*\).*/\1/p' /lib/modules/$KERNEL/build/.kernelvariables 2>/dev/null | head -n 1)
[ -n "$CC" ] || CC=$(sed -n 's/^CONFIG_CC_VERSION_TEXT="\([^ ]*\) .*/\1/p' /lib/modules/$KERNEL/build/.config)
export CC=${CC##*-linux-gnu-}
{ dkms --version; "$CC" --version | head -n 1; } >$out/tools 2>&1
if [ -e /scratch/in/prepare ]; then . /scratch/in/prepare; fi
"""
    + DESCRIBE
    + r"""
keep() { # file, number, name
    local plain=$out/modules/$2/$3.ko
    case $1 in
        *.ko) cat "$1" ;;
        *.xz) xz -dc "$1" ;;
        *.zst) zstd -qdc "$1" ;;
        *.gz) gzip -dc "$1" ;;
    esac >"$plain"
    strip --strip-debug "$plain"
}
collect() { # number, name, version, modules as make and as dkms name them: dkms' own copies, else those that make left
    local kept=$tree/$2/$3/$KERNEL left=$tree/$2/$3/build number=$1 file
    mkdir -p $out/modules/$number
    for log in $kept/*/log/make.log $left/make.log; do
        if [ -e "$log" ]; then echo "--- make.log"; cat "$log"; break; fi
    done
    shift 3
    if [ -d "$kept" ]; then
        find "$kept" -path '*/module/*' -name '*.ko*' -type f -print0 | while IFS= read -r -d '' file; do
            keep "$file" $number "$(basename "${file%.ko*}")"
        done
    else
        while [ $# -gt 1 ]; do
            find "$left" -name "$1.ko" -type f -print0 2>/dev/null | while IFS= read -r -d '' file; do
                keep "$file" $number "$(basename "$2")"
            done
            shift 2
        done
    fi
}
number=0
for folder; do
    number=$((number + 1))
    describe "/scratch/src/$folder" >$out/$number.conf
    mapfile -d '' -t words <$out/$number.conf
    name=${words[1]-} # what the folder is named after is what counts: dkms is told it by the package's postinst
    case $folder in
        "$name"-?*) version=${folder#"$name"-} ;;
        *) name=${folder%-*} version=${folder##*-} ;;
    esac
    pairs=()
    for ((i = 0; i < ${#words[@]}; i += 2)); do
        case ${words[i]} in built | module) pairs+=("${words[i + 1]}") ;; esac
    done
    echo "--- dkms build $name/$version"
    cp -dr --preserve=mode,timestamps,links "/scratch/src/$folder/." "/usr/src/$folder/"
    (
        unset CC
        exec dkms build --dkmstree "$tree" --sourcetree /usr/src --no-depmod -j "$JOBS" \
            -m "$name" -v "$version" -k "$KERNEL" --kernelsourcedir "/lib/modules/$KERNEL/build" 3>&-
    )
    echo $? >$out/$number.status
    collect $number "$name" "$version" "${pairs[@]}"
done
for name in $OUTPUTS; do
    mkdir -p "$out/outputs/$(dirname "$name")"
    cp "/scratch/$name" "$out/outputs/$name"
done
size=$(stat -c %s /scratch/log)
if [ "$size" -le """
    + f"{2 * LOG_PART}"
    + r""" ]; then cat /scratch/log; else
    head -c """
    + f"{LOG_PART}"
    + r""" /scratch/log
    printf '\n[... %s bytes left out ...]\n' $((size - """
    + f"{2 * LOG_PART}"
    + r"""))
    tail -c """
    + f"{LOG_PART}"
    + r""" /scratch/log
fi >$out/log
exec tar -c -C $out . >&3
"""
).encode()


@dataclass(frozen=True, slots=True)
class Result:
    """What a build script brought out."""

    confs: tuple[DkmsConf, ...]
    left: tuple[Left, ...]  #: of each dkms.conf
    modules: Mapping[str, bytes]  #: by path: "1/zfs.ko"
    outputs: Mapping[str, bytes]  #: files that were asked for, by path below /scratch
    log: str
    tools: str


def read(stream: IO[bytes]) -> Result:
    """The tar that BUILD wrote; raises BadFormat where it is none, or not whole."""
    found = dict(_files(stream))
    numbers = sorted(int(name[:-5]) for name in found if re.fullmatch(r"[0-9]{1,3}\.conf", name))
    modules = {name.removeprefix("modules/"): data for name, data in found.items() if name.startswith("modules/")}
    outputs = {name.removeprefix("outputs/"): data for name, data in found.items() if name.startswith("outputs/")}
    confs = tuple(parse(found[f"{number}.conf"]) for number in numbers)
    left = tuple(
        Left(_status(found.get(f"{number}.status", b"")), conf.rules, conf.modules, _names(modules, number))
        for number, conf in zip(numbers, confs, strict=True)
    )
    log = found.get("log", b"").decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
    return Result(confs, left, modules, outputs, log, _tools(found.get("tools", b"")))


def _files(stream: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    pieces = iter(lambda: stream.read(1 << 20), b"")
    for number, (name, data) in enumerate(tar.files(pieces, lambda path: True, limit=LIMIT)):
        if number >= MOST_FILES:
            raise BadFormat(f"build left more than the {MOST_FILES:,} files that are allowed")
        yield name, data


def _status(text: bytes) -> int:
    if not re.fullmatch(rb"[0-9]{1,3}\n?", text):
        raise BadFormat("build left no exit status of dkms")
    return int(text)


def _names(modules: Mapping[str, bytes], number: int) -> frozenset[str]:
    """Modules of one dkms.conf that came out with something in them."""
    paths = (path for path, data in modules.items() if path.startswith(f"{number}/") and data)
    return frozenset(path.partition("/")[2].removesuffix(".ko") for path in paths)


def _tools(text: bytes) -> str:
    """ "dkms 3.0.10, gcc-12 12.2.0-14+deb12u1" of what --version said."""
    lines = [line.strip() for line in text.decode(errors="replace").splitlines() if line.strip()]
    dkms = next((line.replace("dkms-", "dkms ") for line in lines if line.startswith("dkms")), "")
    compiler = next((found for line in lines if (found := re.match(r"(\S*gcc\S*) \(Debian (\S+)\)", line))), None)
    return ", ".join(word for word in (dkms, " ".join(compiler.groups()) if compiler else "") if word)[:200]
