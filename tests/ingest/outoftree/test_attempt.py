# SPDX-License-Identifier: GPL-2.0-or-later
"""From a listed deb through a real sandbox to the record; dkms alone is a stand-in, as roots come from the network."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

from abidb.errors import NotThere, Unavailable
from abidb.outoftree import (
    BUILT,
    HARNESS,
    NO_COMPILE,
    NO_DEPENDENCY,
    NOT_APPLICABLE,
    PARTLY,
    DkmsPackage,
    Target,
    Use,
)
from ingest import configured
from ingest.outoftree import attempt as room
from ingest.outoftree import rootfs
from ingest.outoftree.apt import Gone
from ingest.outoftree.attempt import Flags, attempt
from ingest.outoftree.rootfs import Base
from ingest.outoftree.sandbox import Limits
from tests.builders.attempts import MODULE, RELEASE, TARGET, Nothing, package

pytestmark = [
    pytest.mark.tool("bwrap"),
    pytest.mark.tool("dpkg-deb"),
    pytest.mark.tool("ldd"),
    pytest.mark.tool("strip"),
]


def test_other_architectures_are_not_built_here(archive):
    elsewhere = Target("linux", "6.1.192-2", "s390x", "s390x", "6.1.0-56-s390x")
    with pytest.raises(Unavailable, match=r"^modules for s390x are not built on "):
        attempt(package(archive, "true"), elsewhere, root="bookworm")


def test_a_package_that_is_no_deb_is_our_failure(archive):
    made = package(archive, "true")
    (archive / "p.deb").write_bytes(data := b"!<arch>\n" + b"x" * 100)
    broken = DkmsPackage(
        made.key, "m", "1", "main", "", "p.deb", len(data), hashlib.sha256(data).hexdigest(), made.listings
    )
    found = attempt(broken, TARGET, root="bookworm").attempt
    assert (found.outcome, found.reason.partition(": ")[0]) == (HARNESS, "what the build needs cannot be read")


@pytest.mark.parametrize("gone", ["file", "root", "dependency"])
def test_what_cannot_be_had_is_said(archive, gone, monkeypatch):
    made = package(archive, "true", name="evil-dkms" if gone == "dependency" else "m-dkms")
    if gone == "file":
        (archive / "p.deb").unlink()
    if gone == "root":
        monkeypatch.setattr(configured, "roots", lambda: ())
    found = attempt(made, TARGET, root="bookworm").attempt
    reasons = {
        "file": "the archive is not there",
        "root": "m-dkms 1: none of the archives lists it",
        "dependency": "evil-dkms: Depends: nothing-there but it is not installable",
    }
    assert (found.outcome, found.reason, found.modules) == (NO_DEPENDENCY, reasons[gone], ())


@pytest.mark.parametrize("error", [Unavailable("HTTP 503"), NotThere("no release"), Gone("404")])
def test_an_archive_that_is_away_says_nothing_of_a_package(archive, error, monkeypatch):
    monkeypatch.setattr(rootfs, "base", lambda *given: (_ for _ in ()).throw(error))
    with pytest.raises(Unavailable):
        attempt(package(archive, "true"), TARGET, root="bookworm")


@pytest.mark.parametrize(("losses", "updates"), [(0, 0), (1, 1), (2, 1)])
def test_where_the_archive_has_less_than_the_lists_newer_lists_are_fetched_once(
    archive, tree, losses, updates, monkeypatch
):
    class Losing(Nothing):
        updates = fetched = 0

        def update(self):
            Losing.updates += 1

        def fetch(self, solution):
            Losing.fetched += 1
            if Losing.fetched <= losses:
                raise Gone("apt-get: 404")
            return ()

    monkeypatch.setattr(rootfs, "base", lambda *given: Base(tree, Losing()))
    monkeypatch.setattr(rootfs, "kernel_layer", lambda base, name, debs: base.tree)
    made = package(archive, "cp made.o m.ko", made__o=MODULE)
    if losses < 2:
        assert attempt(made, TARGET, root="bookworm").attempt.outcome == BUILT
    else:
        with pytest.raises(Gone):
            attempt(made, TARGET, root="bookworm")
    assert Losing.updates == updates


def test_a_kernel_that_the_package_is_not_for_is_said(archive):
    found = attempt(package(archive, "true", conf='BUILD_EXCLUSIVE_KERNEL="^5"'), TARGET, root="bookworm").attempt
    assert (found.outcome, found.reason, found.missing) == (NOT_APPLICABLE, 'BUILD_EXCLUSIVE_KERNEL="^5"', ())


def test_source_that_does_not_compile_is_said_with_its_first_error(archive):
    made = package(archive, "echo $PWD/a.c:3:1: error: no; exit 2")
    found = attempt(made, TARGET, root="bookworm").attempt
    assert (found.outcome, found.reason, found.missing) == (NO_COMPILE, "a.c:3:1: error: no", ("m",))
    assert "--- dkms build m/1\n--- make.log\n/var/lib/dkms/m/1/build/a.c:3:1: error: no\n" in found.log


def test_a_module_that_cannot_be_read_is_our_failure(archive):
    found = attempt(package(archive, "echo nonsense >m.ko"), TARGET, root="bookworm").attempt
    assert (found.outcome, found.reason.partition(":")[0]) == (HARNESS, "m.ko")


def test_a_module_that_cannot_be_read_does_not_hide_what_came_of_the_others(archive):
    made = package(archive, "cp made.o m.ko; echo nonsense >n.ko", ("m", "n", "o"), made__o=MODULE)
    found = attempt(made, TARGET, root="bookworm").attempt
    assert (found.outcome, found.missing, [module.name for module in found.modules]) == (PARTLY, ("o",), ["m"])


def test_a_part_of_the_modules_is_kept(archive):
    made = package(archive, "cp made.o m.ko", ("m", "n"), made__o=MODULE)
    built = attempt(made, TARGET, root="bookworm")
    assert (built.attempt.outcome, built.attempt.missing) == (PARTLY, ("n",))
    assert [module.name for module in built.attempt.modules] == ["m"]


def test_what_make_left_counts_under_the_name_that_it_is_installed_as(archive):
    conf = "DEST_MODULE_NAME[0]=other"
    made = package(archive, "cp made.o m.ko", ("m", "n"), conf, made__o=MODULE)
    built = attempt(made, TARGET, root="bookworm")
    assert (built.attempt.outcome, built.attempt.missing) == (PARTLY, ("n",))


def test_a_make_that_fails_in_the_end_leaves_nothing_to_install(archive):
    made = package(archive, "cp made.o m.ko; echo ld: x: error: no; exit 2", made__o=MODULE)
    found = attempt(made, TARGET, root="bookworm").attempt
    assert (found.outcome, found.reason, found.missing, found.modules) == (NO_COMPILE, "ld: x: error: no", (), ())


def test_a_build_is_told_with_its_modules_and_they_are_kept(archive, settings):
    made = package(archive, "cp made.o m.ko", made__o=MODULE, a__c=b"kfree(x);")
    built = attempt(made, TARGET, root="bookworm")
    found = built.attempt
    assert (found.outcome, found.reason, found.missing, found.headers, found.root) == (
        BUILT,
        "",
        (),
        RELEASE,
        "bookworm",
    )
    assert found.tools == "dkms 3.0.10, gcc-12 12.2.0-14"
    (module,) = found.modules
    assert module.uses == (Use("kfree", 5, True), Use("module_layout", 7, False))
    path = settings.ABIDB_DATA / "modules" / module.sha256[:2] / module.sha256
    assert built.files == {module.sha256: path}
    assert path.read_bytes() == built.contents[module.sha256]


@pytest.mark.parametrize("conf", ["PACKAGE_VERSION=#MODULES_VERSION#", "PACKAGE_NAME=other"])
def test_a_dkms_conf_that_does_not_know_its_name_is_found_by_its_folder(archive, conf):
    made = package(archive, "cp made.o m.ko", conf=conf, made__o=MODULE)
    assert attempt(made, TARGET, root="bookworm").attempt.outcome == BUILT


def test_a_package_may_write_to_its_source(archive):
    made = package(archive, "cp /usr/src/m-1/made.o m.ko; echo >/usr/src/m-1/new", made__o=MODULE)
    assert attempt(made, TARGET, root="bookworm").attempt.outcome == BUILT


def test_headers_of_another_version_of_the_kernel_are_not_its_own(archive):
    older = replace(TARGET, version="6.1.191-1")
    found = attempt(package(archive, "cp made.o m.ko", made__o=MODULE), older, root="bookworm").attempt
    assert (found.outcome, found.headers) == (BUILT, f"{RELEASE}=6.1.192-2")


def test_nothing_is_left_of_a_build_but_its_modules(archive, settings):
    attempt(package(archive, "cp made.o m.ko", made__o=MODULE), TARGET, root="bookworm")
    assert [path.name for path in (settings.ABIDB_DATA / "roots/bookworm-amd64").iterdir()] == ["lock"]


def test_evidence_comes_back_and_is_not_kept(archive, settings):
    flags = Flags(
        kcflags="-g0",
        gifts=(("plugin.c", b"int x;"),),
        prepare="cat /scratch/in/plugin.c >seen; echo $CC >>seen",
        outputs=("work/seen", "work/none"),
    )
    made = package(archive, "echo $KCFLAGS; cp made.o m.ko", made__o=MODULE)
    built = attempt(made, TARGET, root="bookworm", flags=flags)
    assert (built.attempt.outcome, built.files, built.outputs) == (BUILT, {}, {"work/seen": b"int x;gcc-12\n"})
    assert "--- make.log\n-g0\n" in built.attempt.log
    assert len(built.contents) == 1
    assert not (settings.ABIDB_DATA / "modules").exists()


def test_more_folders_than_are_built_are_said(archive):
    more = {f"./usr/src/m-{number}/dkms.conf": b"" for number in range(2, 18)}
    made = package(archive, "true", further=more)
    found = attempt(made, TARGET, root="bookworm").attempt
    assert (found.outcome, found.reason) == (HARNESS, "more than 16 folders with a dkms.conf")


def test_files_of_many_folders_share_one_limit(archive):
    more = {f"./usr/src/m-{number}/dkms.conf": b"" for number in range(2, 10)}
    make = "for folder in /usr/src/m-*; do head -c 9000000 /dev/zero >$folder/big; stat -c %s $folder/big; done; exit 1"
    log = attempt(package(archive, make, further=more), TARGET, root="bookworm").attempt.log
    sizes = [int(line) for line in log.splitlines() if line.isdigit()]
    assert (len(sizes), sum(sizes) < 17 << 20) == (9, True)


def test_a_build_takes_no_more_than_its_part_of_the_machine(monkeypatch):
    monkeypatch.setattr(room.os, "sched_getaffinity", lambda pid: set(range(8)))
    monkeypatch.setattr(room.processes, "machine", lambda: (32 << 30, 16 << 30))
    assert room._limits() == Limits(memory=2 << 30, scratch=2 << 30, output=400 << 20)


def test_a_log_without_end_keeps_its_beginning_and_its_end(archive):
    made = package(archive, 'echo first; head -c 5000000 /dev/zero | tr "\\\\0" x; echo; echo last; exit 1')
    log = attempt(made, TARGET, root="bookworm").attempt.log
    assert "\nfirst\n" in log
    assert "bytes left out ...]" in log
    assert log.endswith("last\n")
    assert len(log) < 1_100_000


# A package that means harm: (MAKE, how it ends).
HARM = {
    "fork bomb": ("f() { f | f & }; f; sleep 1000", {HARNESS}),
    "a hundred gigabytes": ("dd if=/dev/zero of=big bs=1M count=100000", {HARNESS}),
    "network": ("exec 3<>/dev/tcp/1.1.1.1/80 && cp made.o m.ko && cp made.o n.ko", {HARNESS}),
    "memory in files of none": (
        'perl -e "syscall(319, pack(q(a9), 1), 0) < 0 or exec q(cp), q(made.o), q(m.ko)"',
        {HARNESS},
    ),
    "output without end": ("cat /dev/zero >/proc/1/fd/1 || cat /dev/zero >/proc/$PPID/fd/3", {HARNESS, NO_COMPILE}),
    "sleeping for ever": ("sleep 100000", {HARNESS}),
    "killing everything": ("kill -9 -1; sleep 100", {HARNESS}),
    "its own answers": ("mkdir -p /scratch/out; echo junk >/scratch/out/9.conf; exit 1", {HARNESS}),
    "links for modules": ("ln -s /etc/shadow m.ko; ln -s / n.ko", {HARNESS}),
}


@pytest.mark.parametrize("harm", HARM)
def test_a_package_that_means_harm_is_contained(archive, harm, monkeypatch, tmp_path):
    monkeypatch.setattr(room, "_limits", lambda: Limits(seconds=6, scratch=8 << 20, processes=50, output=1 << 20))
    make, outcomes = HARM[harm]
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    found = attempt(package(archive, make, ("m", "n"), made__o=MODULE), TARGET, root="bookworm").attempt
    new = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if str(path) not in before}
    assert (found.outcome in outcomes, found.modules) == (True, ())
    roots = "data/roots/bookworm-amd64"
    ours = {"archive", "archive/p.deb", "data", "data/roots", roots, f"{roots}/lock"}
    assert {path for path in new if not path.startswith("cache")} <= ours


def test_a_package_that_looks_for_the_hosts_files_finds_none(archive, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("the hosts own\n")
    os.chmod(tmp_path, 0o755)
    make = f"cat {secret} /scratch/../{secret} /proc/1/root/{secret}; ls -d {Path.home()} /work /home; exit 1"
    assert "the hosts own" not in attempt(package(archive, make), TARGET, root="bookworm").attempt.log
