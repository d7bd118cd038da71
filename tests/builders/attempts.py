# SPDX-License-Identifier: GPL-2.0-or-later
"""A listed package, and a root to build it in that has a stand-in for dkms, as roots come from the network."""

import datetime as dt
import hashlib

from abidb.outoftree import DkmsPackage, PackageKey, Target
from abidb.records import Import, Listing
from ingest.archive.roots import Root
from ingest.outoftree.apt import Solution, Unsolvable
from tests.builders.deb import make_deb
from tests.builders.kernel import make_module
from tests.builders.root import made_root

TOOLS = "dpkg-deb tar sed find uname sort dirname basename strip cp xz mv rm grep tr perl nm touch".split()
RELEASE = "6.1.0-56-amd64"
TARGET = Target("linux", "6.1.192-2", "amd64", "amd64", RELEASE)
# What dkms does, as far as it matters here: copies the source, runs MAKE, keeps the modules, installs them. Where
# STRICT is set it wants what BUILD_DEPENDS names to be installed, as since 3.2.
DKMS = r"""#!/bin/bash
[ "$1" = --version ] && { echo dkms-3.0.10; exit; }
command=$1
while [ $# -gt 0 ]; do case $1 in -m) name=$2 ;; -v) version=$2 ;; -k) kernelver=$2 ;; --dkmstree) tree=$2 ;; --sourcetree) sources=$2 ;; esac; shift; done
. $sources/$name-$version/dkms.conf
build=$tree/$name/$version/build kept=$tree/$name/$version/$kernelver/x86_64 place=/lib/modules/$kernelver/updates
if [ $command = install ]; then
    mkdir -p $place && cp $kept/module/* $place && touch $tree/$name/installed && echo "installed $name"
    exit
fi
[[ $kernelver =~ $BUILD_EXCLUSIVE_KERNEL ]] || exit 77
for need in ${STRICT+"${BUILD_DEPENDS[@]}"}; do
    [ -e $tree/$need/installed ] || { echo "Error! Aborting build due to missing BUILD_DEPENDS: $need."; exit 13; }
done
mkdir -p "${build%/build}"; cp -r $sources/$name-$version "$build"; cd "$build"
bash -c "$MAKE" >make.log 2>&1 || exit 10
for module in "${BUILT_MODULE_NAME[@]}"; do [ -e $module.ko ] || exit 7; done
mkdir -p $kept/module $kept/log; cp *.ko $kept/module; mv make.log $kept/log
"""
GCC = '#!/bin/bash\necho "gcc-12 (Debian 12.2.0-14) 12.2.0"\n'


class Nothing:
    """An Apt that has the headers of one kernel in the base already and need fetch nothing."""

    def versions(self, prefix):
        return {f"linux-headers-{RELEASE}": ("6.1.192-2",)}

    def solve(self, wanted, suite=""):
        if any("evil" in word for word in wanted):
            raise Unsolvable("evil-dkms: Depends: nothing-there but it is not installable")
        return Solution(tuple(wanted), suite, ())

    def fetch(self, solution):
        return ()


def base_of(folder):
    """The base of a release in `folder`."""
    tree = made_root(folder / "tree", *TOOLS)
    (tree / f"usr/src/linux-headers-{RELEASE}").mkdir()
    (tree / f"usr/src/linux-headers-{RELEASE}/.kernelvariables").write_text("override CC = gcc-12\n")
    (tree / f"lib/modules/{RELEASE}").mkdir(parents=True)
    (tree / f"lib/modules/{RELEASE}/build").symlink_to(f"/usr/src/linux-headers-{RELEASE}")
    for name, text in (("dkms", DKMS), ("gcc-12", GCC)):
        (tree / "usr/bin" / name).write_text(text)
        (tree / "usr/bin" / name).chmod(0o755)
    return folder


def package(archive, make, modules=("m",), conf="", *, name="m-dkms", further=(), **files):
    """A listed package whose dkms.conf says `make`."""
    built = " ".join(f"BUILT_MODULE_NAME[{i}]={one} DEST_MODULE_LOCATION[{i}]=/x" for i, one in enumerate(modules))
    text = f"PACKAGE_NAME=m PACKAGE_VERSION=1 {built}\n{conf}\nMAKE='{make}'\n"
    paths = {f"./usr/src/m-1/{key.replace('__', '.')}": data for key, data in files.items()}
    data = make_deb(
        {"Package": name, "Version": "1", "Architecture": "all"},
        {"./usr/src/m-1/dkms.conf": text.encode(), **paths, **dict(further)},
    )
    archive.mkdir(exist_ok=True)
    (archive / "p.deb").write_bytes(data)
    listing = Listing(
        Root(f"file:{archive}", ()).name,
        "bookworm",
        "main/binary-all/Packages",
        "0" * 64,
        dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    )
    digest = hashlib.sha256(data).hexdigest()
    return DkmsPackage(PackageKey(name, "1", "all"), "m", "1", "main", "", "p.deb", len(data), digest, (listing,))


MODULE = make_module(imports=[Import("module_layout", 7), Import("kfree", 5)], name="m", undefined=("kfree",))
