# SPDX-License-Identifier: GPL-2.0-or-later
"""What a dkms.conf names in BUILD_DEPENDS: built and installed before, in the same sandbox."""

import pytest

from abidb.outoftree import BUILT, HARNESS, NO_COMPILE, NO_DEPENDENCY, Use
from abidb.records import Export, Import
from ingest.outoftree import attempt as room
from ingest.outoftree import rootfs
from ingest.outoftree.apt import Solution
from ingest.outoftree.attempt import Flags, Place, attempt
from ingest.outoftree.rootfs import Base
from tests.builders.attempts import MODULE, RELEASE, TARGET, Nothing, package
from tests.builders.deb import make_deb
from tests.builders.kernel import make_module

pytestmark = [pytest.mark.tool(name) for name in ("bwrap", "dpkg-deb", "ldd", "strip", "nm")]
GIVER = make_module([Export("given", "giver", 3, "EXPORT_SYMBOL", "")], [Import("kfree", 5)], name="giver")
TAKER = make_module(imports=[Import("given", 3), Import("kfree", 5)], name="m", undefined=("given", "kfree"))
SEES = f"ls /lib/modules/{RELEASE}/updates/giver.ko && cp made.o m.ko"


def conf(make, modules="giver", more="", name="base"):
    return f"PACKAGE_NAME={name} PACKAGE_VERSION=1 BUILT_MODULE_NAME={modules}\n{more}\nMAKE='{make}'\n".encode()


@pytest.fixture
def along(tree, tmp_path, monkeypatch):
    """Debs that APT finds a package to depend on."""

    def install(**files):
        path = tmp_path / "base.deb"
        paths = {f"./usr/src/{name.replace('__', '/')}": data for name, data in files.items()}
        path.write_bytes(make_deb({"Package": "base-dkms", "Version": "1", "Architecture": "all"}, paths))

        class Finding(Nothing):
            def fetch(self, solution: Solution):
                return (path,) if any(word.startswith("/") for word in solution.wanted) else ()

        monkeypatch.setattr(rootfs, "base", lambda *given: Base(tree, Finding()))
        monkeypatch.setattr(rootfs, "kernel_layer", lambda base, name, debs: base.tree)

    return install


def needing(archive, make, more="STRICT=1", **files):
    return package(archive, make, conf=f"BUILD_DEPENDS[0]=base\n{more}", **files)


def folder(make, more="", **files):
    """The dependency's source."""
    return {"base-1__dkms.conf": conf(make, more=more), "base-1__giver.o": GIVER, **files}


def test_it_is_built_and_installed_first_and_only_the_packages_own_modules_count(archive, along):
    along(**folder("cp giver.o giver.ko; echo here"))
    found = attempt(needing(archive, SEES, made__o=TAKER), TARGET, root="bookworm").attempt
    (module,) = found.modules
    log = [line for line in found.log.splitlines() if line.startswith("--- dkms") or line in ("installed base", "here")]
    assert (found.outcome, found.reason, module.name) == (BUILT, "", "m")
    assert (module.uses, module.siblings) == ((Use("kfree", 5, False),), ("given",))
    assert log == ["--- dkms build base/1", "here", "--- dkms install base/1", "installed base", "--- dkms build m/1"]


@pytest.mark.parametrize(
    ("make", "more", "outcome", "reason"),
    [
        ("echo b.c:1:1: error: no; exit 2", "", NO_DEPENDENCY, "does not compile: b.c:1:1: error: no"),
        (
            "true",
            'BUILD_EXCLUSIVE_KERNEL="^5"',
            NO_DEPENDENCY,
            'is not applicable: BUILD_EXCLUSIVE_KERNEL="^5"',
        ),
        ("echo cp: x: No space left on device; exit 1", "", HARNESS, "cp: x: No space left on device"),
    ],
)
@pytest.mark.parametrize("strict", ["STRICT=1", ""])
def test_what_of_it_does_not_come_out_is_named(archive, along, make, more, outcome, reason, strict):
    along(**folder(make, more))
    made = needing(archive, f"{SEES} || {{ echo a.c:1:1: error: no giver; exit 2; }}", strict, made__o=TAKER)
    found = attempt(made, TARGET, root="bookworm").attempt
    assert (found.outcome, found.reason) == (outcome, f"base, which has to be built before, {reason}")
    assert found.modules == ()


def test_a_package_that_does_without_it_is_built(archive, along):
    along(**folder("exit 2"))
    found = attempt(needing(archive, "cp made.o m.ko", "", made__o=MODULE), TARGET, root="bookworm").attempt
    assert (found.outcome, [module.name for module in found.modules]) == (BUILT, ["m"])


def test_source_that_does_not_compile_upon_it_is_said(archive, along):
    along(**folder("cp giver.o giver.ko; echo b.c:1:1: error: that was none"))
    found = attempt(needing(archive, "echo a.c:1:1: error: no; exit 2"), TARGET, root="bookworm").attempt
    assert (found.outcome, found.reason) == (NO_COMPILE, "a.c:1:1: error: no")


def test_what_no_package_brings_is_named(archive, along):
    found = attempt(needing(archive, "cp made.o m.ko", made__o=MODULE), TARGET, root="bookworm").attempt
    reason = "no package that it depends on brings base of BUILD_DEPENDS"
    assert (found.outcome, found.reason) == (NO_DEPENDENCY, reason)


def test_what_is_needed_by_what_it_needs_comes_before_both_and_once(archive, along):
    more = "STRICT=1 BUILD_DEPENDS[0]=first"
    along(
        **folder("cp giver.o giver.ko", more),
        **{"first-1__dkms.conf": conf("cp x.o first.ko", "first", name="first"), "first-1__x.o": MODULE},
    )
    made = needing(archive, SEES, "STRICT=1 BUILD_DEPENDS[1]=first", made__o=TAKER)
    found = attempt(made, TARGET, root="bookworm").attempt
    steps = [line.removeprefix("--- dkms ") for line in found.log.splitlines() if line.startswith("--- dkms")]
    assert found.outcome == BUILT
    assert sorted(steps) == ["build base/1", "build first/1", "build m/1", "install base/1", "install first/1"]


def test_flags_of_evidence_are_the_packages_alone(archive, along):
    along(**folder("echo base [$KCFLAGS]; cp giver.o giver.ko"))
    made = needing(archive, f"echo own [$KCFLAGS]; {SEES}", made__o=TAKER)
    log = attempt(made, TARGET, root="bookworm", flags=Flags(kcflags="-g0")).attempt.log
    assert [line for line in log.splitlines() if line.startswith(("base [", "own ["))] == ["base []", "own [-g0]"]


def test_one_of_a_packages_own_may_be_built_upon_another(archive):
    further = {"./usr/src/base-1/dkms.conf": conf("cp giver.o giver.ko"), "./usr/src/base-1/giver.o": GIVER}
    made = package(
        archive,
        SEES,
        conf="BUILD_DEPENDS=zbase STRICT=1",
        made__o=TAKER,
        further={path.replace("base", "zbase"): data.replace(b"=base", b"=zbase") for path, data in further.items()},
    )
    found = attempt(made, TARGET, root="bookworm").attempt
    assert (found.outcome, [module.name for module in found.modules]) == (BUILT, ["giver", "m"])


def test_two_that_are_built_upon_each_other_are_built_once(archive, along):
    along(**folder("cp giver.o giver.ko", "BUILD_DEPENDS=m"))
    found = attempt(needing(archive, SEES, made__o=TAKER), TARGET, root="bookworm").attempt
    assert (found.outcome, found.log.count("--- dkms build")) == (BUILT, 2)


def test_a_kernels_folder_that_leads_out_of_the_root_is_not_opened(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "root/lib/modules").mkdir(parents=True)
    (tmp_path / "root/lib/modules" / RELEASE).symlink_to(tmp_path / "elsewhere")
    place = Place(tmp_path / "root", ("m-1",), ("base-1",), RELEASE, RELEASE, frozenset(), ())
    assert [one.place for one in room._emptied(place)] == ["/usr/src/m-1", "/usr/src/base-1", "/var/lib/dkms"]
