# SPDX-License-Identifier: GPL-2.0-or-later
import contextlib
import fcntl
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from abidb.errors import BadFormat, Unavailable
from ingest.archive.roots import Root
from ingest.outoftree import bootstrap, rootfs
from ingest.outoftree.apt import Apt
from ingest.outoftree.rootfs import Base
from tests.builders.archive import MadeDeb, write_suite
from tests.builders.compress import compress
from tests.builders.deb import make_deb, make_entry, make_tar
from tests.builders.root import made_root

pytestmark = [pytest.mark.tool("bwrap"), pytest.mark.tool("dpkg-deb"), pytest.mark.tool("ldd")]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    root = made_root(tmp_path_factory.mktemp("rootfs") / "tree", "dpkg-deb", "tar")
    (root / "lib-real").mkdir()
    (root / "lib-link").symlink_to("lib-real")
    (root / "etc/conf").write_text("of the base\n")
    return root


def deb(path, *entries):
    """A deb with a file for each (path, text), a link for each (path, None, target)."""
    made = [
        make_entry(f"./{name}", text.encode(), mode=0o755)
        if text is not None
        else make_entry(f"./{name}", type=b"2", linkname=target[0])
        for name, text, *target in entries
    ]
    path.write_bytes(
        make_deb({"Package": "p", "Version": "1", "Architecture": "all"}, {}, data=compress("xz", make_tar(made)))
    )
    return path


def test_a_file_of_a_package_replaces_one_of_the_base_and_never_writes_into_it(base, tmp_path):
    rootfs.add(
        base, tmp_path / "layer", [deb(tmp_path / "a", ("etc/conf", "of the package\n"), ("usr/bin/id", "new\n"))]
    )
    assert (base / "etc/conf").read_text() == "of the base\n"
    assert (tmp_path / "layer/etc/conf").read_text() == "of the package\n"
    assert (tmp_path / "layer/usr/bin/id").read_text() == "new\n"
    assert (base / "usr/bin/cat").samefile(tmp_path / "layer/usr/bin/cat")


def test_later_packages_stand_over_earlier_ones(base, tmp_path):
    debs = [deb(tmp_path / "a", ("etc/conf", "1")), deb(tmp_path / "b", ("etc/conf", "2"))]
    rootfs.add(base, tmp_path / "layer", debs)
    assert (tmp_path / "layer/etc/conf").read_text() == "2"


def test_a_folder_that_is_a_link_in_the_base_stays_one(base, tmp_path):
    rootfs.add(base, tmp_path / "layer", [deb(tmp_path / "a", ("lib-link/module", "x"))])
    assert (tmp_path / "layer/lib-link").is_symlink()
    assert (tmp_path / "layer/lib-real/module").read_text() == "x"


def test_links_that_a_package_plants_lead_no_other_one_out_of_the_layer(base, tmp_path):
    host = tmp_path / "host"
    host.mkdir()
    planted = deb(tmp_path / "a", ("out", None, str(host)), ("up", None, "../../../../../../" + str(host)))
    through = deb(tmp_path / "b", ("out/file", "x"), ("up/file", "x"))
    with pytest.raises(BadFormat, match="^unpacking: "):
        rootfs.add(base, tmp_path / "layer", [planted, through])
    assert list(host.iterdir()) == []


def test_a_package_cannot_change_the_tools_that_unpack_the_next(base, tmp_path):
    evil = deb(tmp_path / "a", ("usr/bin/tar", "#!/bin/sh\necho x >/layer/evil\n"))
    rootfs.add(base, tmp_path / "layer", [evil, deb(tmp_path / "b", ("good", "x"))])
    assert not (tmp_path / "layer/evil").exists()
    assert (tmp_path / "layer/good").exists()


def test_what_is_no_deb_is_said(base, tmp_path):
    (tmp_path / "a").write_bytes(b"nonsense")
    with pytest.raises(BadFormat, match="^unpacking: .*dpkg-deb"):
        rootfs.add(base, tmp_path / "layer", [tmp_path / "a"])


def test_a_full_disk_is_no_fault_of_a_package(base, tmp_path, monkeypatch):
    monkeypatch.setattr(rootfs, "UNPACK", "echo 'tar: x: No space left on device' >&2; exit 2")
    with pytest.raises(Unavailable, match="^unpacking: tar: x: No space left on device$"):
        rootfs.add(base, tmp_path / "layer", [deb(tmp_path / "a", ("good", "x"))])


def test_a_program_of_a_package_gives_nobody_its_owners_rights(base, tmp_path):
    data = make_deb(
        {"Package": "p", "Version": "1", "Architecture": "all"},
        {},
        data=compress("xz", make_tar([make_entry("./su", b"x", mode=0o6755)])),
    )
    (tmp_path / "a").write_bytes(data)
    rootfs.add(base, tmp_path / "layer", [tmp_path / "a"])
    assert (tmp_path / "layer/su").stat().st_mode & 0o6000 == 0


def test_what_cannot_be_removed_is_said(tmp_path, monkeypatch, caplog):
    failed = subprocess.CompletedProcess((), 1, "", "rm: cannot remove 'x': Device or resource busy\n")
    monkeypatch.setattr(subprocess, "run", lambda *given, **more: failed)
    rootfs.remove(tmp_path)
    assert caplog.messages == ["rm: cannot remove 'x': Device or resource busy"]


def test_roots_are_for_nobody_else(tmp_path):
    with rootfs.locked(tmp_path / "roots/bookworm-amd64"):
        assert (tmp_path / "roots").stat().st_mode & 0o777 == 0o700


def test_a_layer_needs_one_below(tmp_path):
    with pytest.raises(Unavailable, match="^cp: "):
        rootfs.add(tmp_path / "none", tmp_path / "layer", [])


def test_debs_on_another_file_system_are_copied(base, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "link", lambda *given: (_ for _ in ()).throw(OSError(18, "Invalid cross-device link")))
    rootfs.add(base, tmp_path / "layer", [deb(tmp_path / "a", ("good", "x"))])
    assert (tmp_path / "layer/good").exists()


def test_a_kernels_layer_is_made_once_and_the_longest_unused_goes(base, tmp_path, monkeypatch):
    monkeypatch.setattr(rootfs, "KERNELS", 2)
    folder = tmp_path / "base-1"
    folder.mkdir()
    shutil.copytree(base, folder / "tree", symlinks=True)
    one = Base(folder, Apt(tmp_path / "apt", "amd64"))
    for name in ("a", "b", "a", "c"):
        kept = rootfs.kernel_layer(one, name, lambda name=name: [deb(tmp_path / f"{name}.deb", ("headers", name))])
        os.utime(kept, (time.time() - 100 + ord(name),) * 2 if name != "c" else None)
    assert rootfs.kernel_layer(one, "c", list) == folder / "kernels/c"
    assert {path.name: (path / "headers").read_text() for path in (folder / "kernels").iterdir()} == {
        "b": "b",
        "c": "c",
    }


def test_what_broke_off_is_no_layer(base, tmp_path):
    one = Base(base.parent, Apt(tmp_path / "apt", "amd64"))
    (tmp_path / "bad").write_bytes(b"nonsense")
    with pytest.raises(BadFormat):
        rootfs.kernel_layer(one, "x", lambda: [tmp_path / "bad"])
    assert (rootfs.kernel_layer(one, "x", list) / "etc/conf").exists()


def test_sources_are_what_a_layer_added(tmp_path):
    for name in ("below", "layer"):
        (tmp_path / name / "usr/src/old-1").mkdir(parents=True)
        (tmp_path / name / "usr/src/old-1/dkms.conf").touch()
    for name in ("new-2", "bad name", "none"):
        (tmp_path / "layer/usr/src" / name).mkdir()
    for name in ("new-2", "bad name"):
        (tmp_path / "layer/usr/src" / name / "dkms.conf").symlink_to("/etc/passwd")
    (tmp_path / "layer/usr/src/linked").symlink_to("/usr/src/new-2")
    assert rootfs.sources(tmp_path / "layer", tmp_path / "below") == ("new-2",)


def test_sources_are_not_looked_for_through_a_link(tmp_path):
    (tmp_path / "layer/usr").mkdir(parents=True)
    (tmp_path / "layer/usr/src").symlink_to("/usr/src")
    (tmp_path / "below/usr/src").mkdir(parents=True)
    assert rootfs.sources(tmp_path / "layer", tmp_path / "below") == ()


def test_one_prepares_at_a_time(tmp_path):
    with (
        rootfs.locked(tmp_path / "roots"),
        (tmp_path / "roots/lock").open("w") as other,
        pytest.raises(BlockingIOError),
    ):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with rootfs.locked(tmp_path / "roots"):
        pass


@pytest.fixture
def archive(tmp_path, key):
    write_suite(tmp_path / "archive", key, [MadeDeb("a", "1")], folder="bookworm", forms=("", ".xz"))
    write_suite(tmp_path / "archive", key, folder="bookworm-backports", forms=("", ".xz"))
    return Root(f"file:{tmp_path}/archive", (key.public,))


def made_by(script):
    """A mmdebstrap of this kind."""
    real = subprocess.Popen

    def start(command, **given):
        if "mmdebstrap" in command:
            command = [*command[: command.index("mmdebstrap")], "bash", "-c", script]
        return real(command, **given)

    return start


EMPTY_ROOT = (
    "mkdir -p r/var/lib/dpkg r/etc/apt r/dev; touch r/var/lib/dpkg/status r/etc/apt/secret r/dev/x r/su; chmod 6755 r/su;"
    "tar -c -C r ."
)


def bases(folder):
    return [path.name for path in folder.glob("base-*")]


def test_without_mmdebstrap_it_says_what_to_install(archive, tmp_path, client, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(Unavailable, match="^mmdebstrap missing: `make system-tools` installs what builds need$"):
        rootfs.base(tmp_path / "r", "bookworm", "amd64", [archive], client)


def test_a_release_that_no_archive_has_is_not_there(archive, tmp_path, client):
    with pytest.raises(Unavailable, match="^no archive has the release buster: ") as caught:
        rootfs.base(tmp_path / "r", "buster", "amd64", [archive], client)
    assert caught.type is Unavailable


def test_an_archive_that_cannot_be_asked_is_not_one_without_the_release(archive, tmp_path, client, monkeypatch):
    def away(url, **given):
        raise Unavailable(f"{url}: HTTP 503")

    monkeypatch.setattr(rootfs, "read", away)
    with pytest.raises(Unavailable, match=r"/dists/bookworm/InRelease: HTTP 503$"):
        rootfs.base(tmp_path / "r", "bookworm", "amd64", [archive], client)


@pytest.mark.tool("mmdebstrap")
def test_a_bootstrap_that_fails_is_said_and_leaves_nothing(archive, tmp_path, client, monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", made_by("echo 'I: x' >&2; echo 'E: no space' >&2; exit 1"))
    with pytest.raises(Unavailable, match="^mmdebstrap of bookworm: E: no space"):
        rootfs.base(tmp_path / "r", "bookworm", "amd64", [archive], client)
    assert bases(tmp_path / "r") == []


@pytest.mark.tool("mmdebstrap")
def test_a_bootstrap_that_does_not_end_is_ended_with_all_that_it_started(archive, tmp_path, client, monkeypatch):
    monkeypatch.setattr(bootstrap, "BOOTSTRAPPING", 0.5)
    monkeypatch.setattr(subprocess, "Popen", made_by(f"sleep 86403.5 & echo $! >{tmp_path}/pid; sleep 86403.5"))
    with pytest.raises(Unavailable, match=r"^mmdebstrap did not end in "):
        rootfs.base(tmp_path / "r", "bookworm", "amd64", [archive], client)
    place = Path("/proc", (tmp_path / "pid").read_text().strip(), "cmdline")
    deadline = time.monotonic() + 60.0  # a signal takes effect when its process is next looked at
    while time.monotonic() < deadline and place.exists() and b"86403.5" in place.read_bytes():
        time.sleep(0.05)
    assert not place.exists() or b"86403.5" not in place.read_bytes()


@pytest.mark.tool("mmdebstrap")
def test_a_root_that_does_not_fit_on_the_disk_is_said(archive, tmp_path, client, monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", made_by("echo nonsense"))
    with pytest.raises(Unavailable, match=r"^the root of bookworm cannot be unpacked: "):
        rootfs.base(tmp_path / "r", "bookworm", "amd64", [archive], client)


@pytest.mark.tool("mmdebstrap")
@pytest.mark.tool("apt-get")
def test_a_base_is_made_once_without_what_is_the_hosts(archive, tmp_path, client, monkeypatch):
    folder = tmp_path / "r"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(subprocess, "Popen", made_by(EMPTY_ROOT))
    first = rootfs.base(folder, "bookworm", "amd64", [archive], client)
    again = rootfs.base(folder, "bookworm", "amd64", [archive], client)
    assert (first.folder, bases(folder)) == (again.folder, [first.folder.name])
    assert not list(first.tree.rglob("secret")) + list((first.tree / "dev").iterdir())
    assert (first.tree / "su").stat().st_mode & 0o7777 == 0o755
    assert "Suites: bookworm bookworm-backports\n" in first.apt.sources.read_text()


@pytest.mark.tool("mmdebstrap")
@pytest.mark.tool("apt-get")
def test_a_data_directory_that_was_moved_works_on(archive, tmp_path, client, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(subprocess, "Popen", made_by(EMPTY_ROOT))
    first = rootfs.base(tmp_path / "r", "bookworm", "amd64", [archive], client)
    (tmp_path / "r").rename(tmp_path / "moved")
    moved = rootfs.base(tmp_path / "moved", "bookworm", "amd64", [archive], client)
    told = moved.apt.sources.read_text() + moved.apt.configuration.read_text()
    assert (moved.folder.name, f"{tmp_path}/r/" in told) == (first.folder.name, False)
    assert moved.apt.solve(["a"]).exactly == ["a=1"]


@pytest.mark.tool("mmdebstrap")
@pytest.mark.tool("apt-get")
def test_an_old_base_gives_way_to_a_new_one(archive, tmp_path, client, monkeypatch):
    folder = tmp_path / "r"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(subprocess, "Popen", made_by(EMPTY_ROOT))
    first = rootfs.base(folder, "bookworm", "amd64", [archive], client)
    os.utime(first.folder, (0, 0))
    second = rootfs.base(folder, "bookworm", "amd64", [archive], client)
    assert (bases(folder), second.folder != first.folder) == ([second.folder.name], True)


@pytest.mark.tool("mmdebstrap")
@pytest.mark.parametrize("outcome", [Unavailable("HTTP 503"), ("contrib disagrees",)])
def test_lists_that_did_not_come_are_asked_for_again(archive, tmp_path, client, monkeypatch, caplog, outcome):
    asked = []

    def update(self, settled):
        asked.append(settled)
        if isinstance(outcome, Unavailable):
            raise outcome
        return outcome

    folder = tmp_path / "r"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(subprocess, "Popen", made_by(EMPTY_ROOT))
    monkeypatch.setattr(Apt, "update", update)
    with contextlib.suppress(Unavailable):
        rootfs.base(folder, "bookworm", "amd64", [archive], client)
    assert (len(asked), (folder / "lists.stamp").exists()) == (1, not isinstance(outcome, Unavailable))
    assert caplog.messages == ([] if isinstance(outcome, Unavailable) else ["bookworm: contrib disagrees"])


@pytest.mark.parametrize(
    ("release", "settled"),
    [
        (b"Origin: x\nDate: Sat, 21 Nov 2020 09:15:44 UTC\n", True),
        (b"Date: Sat, 21 Nov 2199 09:15:44 UTC\n", False),
        (b"Date: some day\n", False),
        (b"", False),
    ],
)
def test_a_release_of_long_ago_is_settled(release, settled):
    assert rootfs._is_settled(release) is settled


def test_an_ordinary_user_is_told_what_a_bootstrap_needs(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert "newuidmap of package uidmap" in bootstrap._advice("unshare")
    assert bootstrap._advice("root") == ""


def test_the_hosts_way_to_the_network_is_handed_on(monkeypatch):
    dump = 'Acquire "";\nAcquire::http "";\nAcquire::http::Proxy "http://proxy.invalid:3142";\nAPT::Color "1";\n'
    monkeypatch.setattr(subprocess, "run", lambda *given, **more: subprocess.CompletedProcess(given, 0, dump, ""))
    assert next(iter(bootstrap._host_options())) == 'Acquire::http::Proxy "http://proxy.invalid:3142"'
    assert Path("/etc/apt/auth.conf.d").name in list(bootstrap._host_options())[2]
    assert list(bootstrap._host_options())[-1] == 'APT::Sandbox::User "root"'
