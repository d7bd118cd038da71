# SPDX-License-Identifier: GPL-2.0-or-later
import subprocess

import pytest

from abidb.errors import Unavailable
from ingest.archive.roots import Root
from ingest.outoftree import apt
from ingest.outoftree.apt import Apt, Gone, Picked, Solution, Unsolvable, candidates, source
from tests.builders.archive import MadeDeb, write_suite
from tests.builders.deb import make_deb

pytestmark = [pytest.mark.tool("apt-get"), pytest.mark.tool("gpgv")]


def deb(name, version, depends="", arch="amd64"):
    control = {"Package": name, "Version": version, "Architecture": arch, "Maintainer": "a <a@example.invalid>"}
    control |= {"Depends": depends} if depends else {}
    content = make_deb({**control, "Description": "d"}, {"./usr/share/doc/x": b"x"})
    return MadeDeb(name, version, arch, source="s", depends=depends, content=content)


DEBS = (
    deb("linux-headers-6.1.0-56-amd64", "6.1.192-2", "kbuild (>= 1)"),
    deb("kbuild", "1:6.1-1+b1"),
    deb("broken", "1", "nothing-there (>= 2), kbuild (>= 9)"),
)


@pytest.fixture
def made(tmp_path, key):
    """An Apt whose only source is a signed archive in a folder; its lists are there."""
    archive, status = tmp_path / "archive", tmp_path / "status"
    write_suite(archive, key, DEBS, folder="bookworm", forms=("", ".xz"), Architectures="amd64 all", Components="main")
    status.write_text(
        "Package: installed\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\nMaintainer: a\nDescription: d\n"
    )
    one = Apt(tmp_path / "apt", "amd64")
    one.configure(status, source(Root(f"file:{archive}", (key.public,)), ["bookworm"], tmp_path / "apt/etc/keys.gpg"))
    one.update()
    return one, archive


def test_a_host_without_apt_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(apt, "ENVIRONMENT", ("/usr/bin/env", *apt.ENVIRONMENT[1:]))
    with pytest.raises(Unavailable, match=r"^apt-get missing: builds need a host with APT$"):
        Apt(tmp_path, "amd64").update()


def test_an_archive_that_does_not_answer_is_not_waited_for_without_end(tmp_path, monkeypatch):
    def late(command, **given):
        raise subprocess.TimeoutExpired(command, given["timeout"])

    monkeypatch.setattr(apt.subprocess, "run", late)
    with pytest.raises(Unavailable, match=r"^apt-get update did not end in 1,800 seconds$"):
        Apt(tmp_path, "amd64").update()


def test_an_archive_with_a_wrong_signature_gives_no_lists(made, tmp_path, stranger):
    one, archive = made
    one.sources.write_text(
        source(Root(f"file:{archive}", (stranger.public,)), ["bookworm"], tmp_path / "apt/etc/keys.gpg")
    )
    for path in one.folder.glob("lists/*_*"):
        path.unlink()
    with pytest.raises(Unavailable, match=r"^apt-get update: .*NO_PUBKEY|not signed"):
        one.update()


def test_a_suite_that_was_there_and_does_not_come_is_waited_for(made, key, tmp_path):
    one, archive = made
    root = Root(f"file:{archive}", (key.public,))
    one.sources.write_text(source(root, ["bookworm", "bookworm-updates"], tmp_path / "apt/etc/keys.gpg"))
    with pytest.raises(Unavailable, match=r"^apt-get update: .*bookworm-updates"):
        one.update()
    assert one.versions("kbuild") == {"kbuild": ("1:6.1-1+b1",)}


def test_what_apt_only_warns_of_is_waited_for_as_well(made, monkeypatch):
    said = "W: Failed to fetch http://a.invalid/dists/bookworm-updates/InRelease  Could not resolve 'a.invalid'\n"
    monkeypatch.setattr(apt.Apt, "_run", lambda *given: subprocess.CompletedProcess(given, 0, "", said))
    with pytest.raises(Unavailable, match=r"^apt-get update: Failed to fetch .*bookworm-updates"):
        made[0].update(["bookworm-updates"])


def test_lists_that_disagree_with_an_old_release_are_left_out_and_said(made, key, tmp_path):
    one, archive = made
    write_suite(archive, key, DEBS[:1], folder="bookworm-updates", forms=("", ".xz"), Components="main")
    for path in archive.glob("dists/bookworm-updates/main/binary-amd64/Packages*"):
        path.write_bytes(path.read_bytes() + b"more")
    both = ["bookworm", "bookworm-updates"]
    one.sources.write_text(source(Root(f"file:{archive}", (key.public,)), both, tmp_path / "apt/etc/keys.gpg"))
    with pytest.raises(Unavailable, match="bookworm-updates"):
        one.update(["bookworm"])
    (words,) = one.update(["bookworm-updates"])
    assert "bookworm-updates" in words
    assert one.versions("kbuild") == {"kbuild": ("1:6.1-1+b1",)}


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("unheard-of", "Unable to locate package unheard-of"),
        ("kbuild=2", "Version '2' for 'kbuild' was not found"),
        ("broken", "broken: Depends: nothing-there (>= 2) but it is not installable"),
    ],
)
def test_what_cannot_be_installed_is_said_in_apts_words(made, wanted, words):
    with pytest.raises(Unsolvable) as caught:
        made[0].solve([wanted])
    assert words in str(caught.value)


def test_a_solution_has_all_that_is_not_there_yet(made):
    wanted = ("linux-headers-6.1.0-56-amd64=6.1.192-2", "installed")
    headers = Picked("linux-headers-6.1.0-56-amd64", "6.1.192-2", "amd64")
    kbuild = Picked("kbuild", "1:6.1-1+b1", "amd64")
    found = made[0].solve(wanted)
    assert found == Solution(wanted, "", (kbuild, headers))
    assert found.exactly == ["kbuild=1:6.1-1+b1", "linux-headers-6.1.0-56-amd64=6.1.192-2"]
    assert found.without(Solution((), "", (kbuild,))).picked == (headers,)


def test_what_was_picked_is_fetched_whole(made):
    one, _ = made
    paths = one.fetch(one.solve(["linux-headers-6.1.0-56-amd64"]))
    assert {path.name: path.read_bytes() for path in paths} == {
        "linux-headers-6.1.0-56-amd64_6.1.192-2_amd64.deb": DEBS[0].data,
        "kbuild_1%3a6.1-1+b1_amd64.deb": DEBS[1].data,
    }


def test_a_deb_in_hand_has_its_dependencies_fetched(made, tmp_path):
    one, _ = made
    path = tmp_path / "local.deb"
    path.write_bytes(deb("local", "3", "kbuild").data)
    found = one.solve([str(path)])
    assert {picked.name for picked in found.picked} == {"local", "kbuild"}
    assert [path.name for path in one.fetch(found)] == ["kbuild_1%3a6.1-1+b1_amd64.deb"]


def test_a_deb_that_the_archive_lost_is_not_there(made):
    one, archive = made
    found = one.solve(["kbuild"])
    (archive / DEBS[1].filename).unlink()
    with pytest.raises(Gone, match=r"^apt-get: .*kbuild"):
        one.fetch(found)


def test_a_deb_that_is_not_what_the_archive_lists_is_refused(made):
    one, archive = made
    found = one.solve(["kbuild"])
    (archive / DEBS[1].filename).write_bytes(DEBS[1].data[:-1] + b"?")
    with pytest.raises(Unavailable, match=r"^apt-get: "):
        one.fetch(found)


def test_what_apt_says_to_have_fetched_must_be_there(made):
    one, _ = made
    with pytest.raises(Unavailable, match=r"^apt-get did not fetch other_1_amd64\.deb$"):
        one.fetch(Solution(("kbuild",), "", (Picked("other", "1", "amd64"),)))


@pytest.mark.parametrize(
    ("errors", "kind"),
    [
        ("E: Failed to fetch http://a.invalid/x.deb  404  Not Found [IP: 1.2.3.4 80]", Gone),
        ("E: Failed to fetch http://a.invalid/x_1.404.deb  Connection timed out", Unavailable),
        ("E: Failed to fetch http://a.invalid/x.deb  503  Busy (404 bytes)", Unavailable),
    ],
)
def test_only_an_answer_that_a_deb_is_gone_says_so(made, monkeypatch, errors, kind):
    monkeypatch.setattr(apt.Apt, "_run", lambda *given: subprocess.CompletedProcess(given, 100, "", errors))
    with pytest.raises(Unavailable) as caught:
        made[0].fetch(Solution(("kbuild",), "", ()))
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    "errors", ["E: The package lists or status file could not be parsed or opened.", "E: Write error", ""]
)
def test_a_failure_of_apt_says_nothing_of_packages(made, monkeypatch, errors):
    monkeypatch.setattr(apt.Apt, "_run", lambda *given: subprocess.CompletedProcess(given, 100, "", errors))
    with pytest.raises(Unavailable) as caught:
        made[0].solve(["kbuild"])
    assert (type(caught.value), str(caught.value)) == (Unavailable, errors[3:] or "ended with status 100")


def test_lists_that_cannot_be_read_are_not_taken_for_empty_ones(made, monkeypatch):
    done = subprocess.CompletedProcess((), 100, "", "E: cannot be opened")
    monkeypatch.setattr(apt.Apt, "_run", lambda *given: done)
    with pytest.raises(Unavailable, match=r"^apt-cache pkgnames: cannot be opened$"):
        made[0].versions("linux-headers-")


def test_what_the_host_prefers_is_no_matter(made, tmp_path, monkeypatch):
    host = tmp_path / "host.conf"
    host.write_text('APT::Default-Release "nowhere";\nAcquire::IndexTargets::deb::Other { MetaKey "main/x"; };\n')
    real = subprocess.run

    def with_host(command, **given):
        at = command.index("-c")
        return real([*command[:at], "-c", str(host), *command[at:]], **given)

    monkeypatch.setattr(apt.subprocess, "run", with_host)
    assert made[0].update() == ()
    assert made[0].solve(["kbuild"]).exactly == ["kbuild=1:6.1-1+b1"]


def test_a_suite_that_is_preferred_and_not_there_has_no_solution(made):
    with pytest.raises(Unsolvable, match="bookworm-backports"):
        made[0].solve(["kbuild"], "bookworm-backports")


def test_versions_of_what_is_not_listed_are_none(made):
    assert made[0].versions("nothing") == {}


def test_files_of_a_copy_made_of_links_stay_as_they_are(made, tmp_path):
    one, _ = made
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-al", one.folder, copy], check=True)
    before = {path: path.read_bytes() for path in one.folder.rglob("etc/*")}
    other = Apt(copy, "amd64")
    other.configure(tmp_path / "other", source(Root("file:/x", (tmp_path / "status",)), ["x"], copy / "etc/keys.gpg"))
    assert {path: path.read_bytes() for path in one.folder.rglob("etc/*")} == before
    assert (str(copy) in other.configuration.read_text(), other.moved(), one.moved()) == (True, False, False)


def test_a_folder_that_was_moved_knows(made, tmp_path):
    one, _ = made
    one.folder.rename(tmp_path / "elsewhere")
    assert Apt(tmp_path / "elsewhere", "amd64").moved()


def test_addresses_with_passwords_are_for_no_others_eyes(made):
    assert made[0].sources.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("root", "codename", "suites"),
    [
        (Root("http://a.invalid/debian", ()), "bookworm", ("bookworm", "bookworm-updates", "bookworm-backports", "bookworm-proposed-updates")),
        (Root("http://a.invalid/debian-security", ()), "bookworm", ("bookworm-security",)),
        (Root("http://a.invalid/debian", ()), "experimental", ("sid", "experimental")),
        (Root("http://a.invalid/old", (), suites=("buster",), further=True), "buster", ("buster",)),
        (Root("http://a.invalid/old", (), suites=("buster",), further=True), "bookworm", ()),
    ],
)  # fmt: skip
def test_an_archive_is_asked_for_the_suites_of_the_release_that_it_may_have(root, codename, suites):
    assert candidates(root, codename) == suites
