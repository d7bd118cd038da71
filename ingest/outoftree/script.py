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
from ingest.outoftree.outcome import Left, Needed

LOG_PART = 512 << 10  #: bytes of the beginning and of the end of a log that are kept
NEEDED_PART = LOG_PART // 4  #: the same of the log of something that is built before
MOST_FILES = 1024
# Sources are found in /scratch/src; some packages write to their folder below /usr/src, as root may, so it is a copy.
# Arguments: folders with a dkms.conf. Environment: KERNEL, JOBS, OUTPUTS; OTHERS, the folders of packages that came
# along: where a dkms.conf says in BUILD_DEPENDS that it is built upon one of them, that is built and installed before,
# as it is on a machine where that package was configured first; the kernel's folder, found in /scratch/modules, is a
# copy then. Writes a tar of /scratch/out to its stdout.
BUILD = (
    r"""
exec 3>&1 >/scratch/log 2>&1 </dev/null
out=/scratch/out tree=/var/lib/dkms # which some packages name
mkdir -p $out/needed /scratch/work /scratch/conf
cd /scratch/work
[ ! -d /scratch/modules ] || cp -dr --preserve=mode,timestamps,links /scratch/modules/. "/lib/modules/$KERNEL/"
CC=$(sed -n 's/.*\(gcc-[0-9][0-9]*\).*/\1/p' /lib/modules/$KERNEL/build/.kernelvariables 2>/dev/null | head -n 1)
[ -n "$CC" ] || CC=$(sed -n 's/^CONFIG_CC_VERSION_TEXT="\([^ ]*\) .*/\1/p' /lib/modules/$KERNEL/build/.config)
export CC=${CC##*-linux-gnu-}
{ dkms --version; "$CC" --version | head -n 1; } >$out/tools 2>&1
if [ -e /scratch/in/prepare ]; then . /scratch/in/prepare; fi
"""
    + DESCRIBE
    + r"""
unpacked() { # file
    case $1 in
        *.ko) cat "$1" ;;
        *.xz) xz -dc "$1" ;;
        *.zst) zstd -qdc "$1" ;;
        *.gz) gzip -dc "$1" ;;
    esac
}
keep() { # file, number, name
    local plain=$out/modules/$2/$3.ko
    unpacked "$1" >"$plain"
    strip --strip-debug "$plain"
}
identify() { # folder: sets words to what its dkms.conf says, name and version
    mapfile -d '' -t words <"/scratch/conf/$1"
    name=${words[1]-} # what the folder is named after is what counts: dkms is told it by the package's postinst
    case $1 in
        "$name"-?*) version=${1#"$name"-} ;;
        *) name=${1%-*} version=${1##*-} ;;
    esac
}
dkms_does() { # build or install, folder
    (
        identify "$2"
        unset CC
        [[ ${note[$2]} != $out/needed/* ]] || unset KCFLAGS
        echo "--- dkms $1 $name/$version"
        exec dkms "$1" --dkmstree "$tree" --sourcetree /usr/src --no-depmod -j "$JOBS" \
            -m "$name" -v "$version" -k "$KERNEL" --kernelsourcedir "/lib/modules/$KERNEL/build" 3>&-
    )
    echo $? >"${note[$2]}.status"
}
build() { # folder: after what its dkms.conf says it is built upon
    local words name version i log
    begun[$1]=1
    identify "$1"
    for ((i = 0; i < ${#words[@]}; i += 2)); do
        [ "${words[i]}" != need ] || require "${words[i + 1]}"
    done
    cp "/scratch/conf/$1" "${note[$1]}.conf"
    dkms_does build "$1"
    for log in $tree/$name/$version/$KERNEL/*/log/make.log $tree/$name/$version/build/make.log; do
        if [ -e "$log" ]; then echo "--- make.log"; cat "$log"; break; fi
    done
}
require() { # name that a dkms.conf has for it: it is built, once, and installed
    local folder=${folder_of[$1]-}
    if [ -z "$folder" ]; then
        echo "$1" >>$out/lacking
    elif [ -z "${begun[$folder]-}" ]; then
        case ${note[$folder]} in
            $out/needed/*) put_in "$folder" >"${note[$folder]}.full" 2>&1 ;;
            *) put_in "$folder" ;;
        esac
    fi
}
put_in() { # folder
    local words name version file
    build "$1"
    [ "$(cat "${note[$1]}.status")" = 0 ] || return
    dkms_does install "$1"
    identify "$1"
    find "$tree/$name/$version/$KERNEL" -path '*/module/*' -name '*.ko*' -type f -print0 |
        while IFS= read -r -d '' file; do unpacked "$file" >/scratch/work/nm.ko && nm /scratch/work/nm.ko; done |
        sed -n 's/^.* __ksymtab_\([A-Za-z0-9_]*\)$/\1/p' >"${note[$1]}.exports"
    rm -f /scratch/work/nm.ko
}
collect() { # number, name, version, modules as make and as dkms name them: dkms' own copies, else those that make left
    local kept=$tree/$2/$3/$KERNEL left=$tree/$2/$3/build number=$1 file
    mkdir -p $out/modules/$number
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
shortened() { # file, bytes of its beginning and of its end
    local size=$(stat -c %s "$1")
    if [ "$size" -le $((2 * $2)) ]; then cat "$1"; return; fi
    head -c "$2" "$1"
    printf '\n[... %s bytes left out ...]\n' $((size - 2 * $2))
    tail -c "$2" "$1"
}
declare -A begun folder_of note
number=0
for folder in "$@" $OTHERS; do
    number=$((number + 1)) place=$out
    [ $number -le $# ] || place=$out/needed
    note[$folder]=$place/$number
    cp -dr --preserve=mode,timestamps,links "/scratch/src/$folder/." "/usr/src/$folder/"
    describe "/scratch/src/$folder" >"/scratch/conf/$folder"
    identify "$folder"
    folder_of[$name]=$folder
done
number=0
for folder; do
    number=$((number + 1))
    [ -n "${begun[$folder]-}" ] || build "$folder"
    identify "$folder"
    pairs=()
    for ((i = 0; i < ${#words[@]}; i += 2)); do
        case ${words[i]} in built | module) pairs+=("${words[i + 1]}") ;; esac
    done
    collect $number "$name" "$version" "${pairs[@]}"
done
for name in $OUTPUTS; do
    mkdir -p "$out/outputs/$(dirname "$name")"
    cp "/scratch/$name" "$out/outputs/$name"
done
for full in $out/needed/*.full; do
    [ -e "$full" ] || continue
    shortened "$full" """
    + f"{NEEDED_PART}"
    + r""" >"${full%.full}.log"
    rm "$full"
done
shortened /scratch/log """
    + f"{LOG_PART}"
    + r""" >$out/log
exec tar -c -C $out . >&3
"""
).encode()


@dataclass(frozen=True, slots=True)
class Result:
    """What a build script brought out."""

    left: tuple[Left, ...]  #: of each dkms.conf
    needed: tuple[Needed, ...]  #: of each that is another package's and was built before, in the order of folders
    lacking: tuple[str, ...]  #: names in BUILD_DEPENDS that no folder has
    beside: frozenset[str]  #: symbols that modules export which were built before
    modules: Mapping[str, bytes]  #: by path: "1/zfs.ko"
    outputs: Mapping[str, bytes]  #: files that were asked for, by path below /scratch
    log: str  #: of what the package itself brought
    tools: str

    @property
    def whole_log(self) -> str:
        """What was built before, and the package's own."""
        return "".join((*(one.log for one in self.needed), self.log))


def read(stream: IO[bytes]) -> Result:
    """The tar that BUILD wrote; raises BadFormat where it is none, or not whole."""
    found = dict(_files(stream))
    modules = {name.removeprefix("modules/"): data for name, data in found.items() if name.startswith("modules/")}
    outputs = {name.removeprefix("outputs/"): data for name, data in found.items() if name.startswith("outputs/")}
    own, others = _confs(found, ""), _confs(found, "needed/")
    exports = (data for name, data in found.items() if re.fullmatch(r"needed/[0-9]{1,3}\.exports", name))
    return Result(
        left=tuple(
            Left(_status(found, name), conf.rules, conf.modules, _names(modules, name)) for name, conf in own.items()
        ),
        needed=tuple(_needed(found, name, conf) for name, conf in others.items()),
        lacking=tuple(dict.fromkeys(_text(found, "lacking").split())),
        beside=frozenset(symbol for data in exports for symbol in data.decode("ascii", "replace").split()),
        modules=modules,
        outputs=outputs,
        log=_text(found, "log"),
        tools=_tools(found.get("tools", b"")),
    )


def _confs(found: Mapping[str, bytes], place: str) -> dict[str, DkmsConf]:
    """By the name of the files about each, in order."""
    pattern = re.compile(re.escape(place) + r"([0-9]{1,3})\.conf")
    numbers = sorted(int(match[1]) for name in found if (match := pattern.fullmatch(name)))
    return {f"{place}{number}": parse(found[f"{place}{number}.conf"]) for number in numbers}


def _needed(found: Mapping[str, bytes], name: str, conf: DkmsConf) -> Needed:
    status = _status(found, name)
    left = Left(status, conf.rules, conf.modules, () if status else conf.modules)
    return Needed(conf.name, left, _text(found, f"{name}.log"))


def _text(found: Mapping[str, bytes], name: str) -> str:
    return found.get(name, b"").decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


def _files(stream: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    pieces = iter(lambda: stream.read(1 << 20), b"")
    for number, (name, data) in enumerate(tar.files(pieces, lambda path: True, limit=LIMIT)):
        if number >= MOST_FILES:
            raise BadFormat(f"build left more than the {MOST_FILES:,} files that are allowed")
        yield name, data


def _status(found: Mapping[str, bytes], name: str) -> int:
    text = found.get(f"{name}.status", b"")
    if not re.fullmatch(rb"[0-9]{1,3}\n?", text):
        raise BadFormat("build left no exit status of dkms")
    return int(text)


def _names(modules: Mapping[str, bytes], number: str) -> frozenset[str]:
    """Modules of one dkms.conf that came out with something in them."""
    paths = (path for path, data in modules.items() if path.startswith(f"{number}/") and data)
    return frozenset(path.partition("/")[2].removesuffix(".ko") for path in paths)


def _tools(text: bytes) -> str:
    """ "dkms 3.0.10, gcc-12 12.2.0-14+deb12u1" of what --version said."""
    lines = [line.strip() for line in text.decode(errors="replace").splitlines() if line.strip()]
    dkms = next((line.replace("dkms-", "dkms ") for line in lines if line.startswith("dkms")), "")
    compiler = next((found for line in lines if (found := re.match(r"(\S*gcc\S*) \(Debian (\S+)\)", line))), None)
    return ", ".join(word for word in (dkms, " ".join(compiler.groups()) if compiler else "") if word)[:200]
