# SPDX-License-Identifier: GPL-2.0-or-later
"""From a signed archive to the page: the whole way, with debs of a few kilobytes."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from django.core.management import call_command

from abidb import queries
from abidb.errors import Unavailable, UnknownName
from abidb.records import Export
from ingest.management.commands.sync import positive
from tests.builders.archive import Fault, Key, MadeDeb, Server, write_suite
from tests.builders.deb import make_deb
from tests.builders.kernel import make_image_deb, make_module, make_split_debs
from tests.builders.queue import own_hands
from tests.builders.records import make_export
from tests.builders.vmlinux import make_bzimage, make_vmlinux

pytestmark = pytest.mark.django_db

CSV = """version,codename,series,created,release,eol,eol-lts,eol-elts
11,Bullseye,bullseye,2019-07-06,2021-08-14,2024-08-14,2026-08-31,2099-01-01
12,Bookworm,bookworm,2021-08-14,2023-06-10,2099-01-01,2099-01-01
13,Trixie,trixie,2023-06-10,2025-08-09,2099-01-01,2099-01-01
,Sid,sid,1993-08-16
"""
KFREE = make_export("kfree", crc=0x1234)
TUN = make_export("tun_get", module="drivers/net/tun", crc=0x77, kind="EXPORT_SYMBOL_GPL")


def image(*exports: Export, **shape) -> bytes:
    return make_bzimage(make_vmlinux(exports, **shape))


def whole(n: int, *exports: Export) -> MadeDeb:
    """linux-image of 6.1.0-N, signed."""
    release, version = f"6.1.0-{n}-amd64", f"6.1.{n}-1"
    vermagic = f"{release} SMP mod_unload modversions "
    modules = {"drivers/net/tun": make_module([TUN], vermagic=vermagic)}
    source = f"linux-signed-amd64 (6.1.{n}+1)"
    content = make_image_deb(image(*exports or (KFREE,)), modules, release=release, version=version, source=source)
    return MadeDeb(f"linux-image-{release}", version, source=source, content=content)


def split() -> dict[str, MadeDeb]:
    """The debs of a build since 6.19, by role."""
    release, version = "7.3.4+deb13-amd64", "7.3.4-1~bpo13+1"
    modules = {"drivers/net/tun": make_module([dataclasses.replace(TUN, crc=None)], crcs="none", flags=True)}
    plain = dataclasses.replace(KFREE, crc=None)
    debs = make_split_debs(image(plain, crcs=False, flags=True), modules, release=release, version=version)
    needs = ", ".join(f"linux-{role}-{release} (= {version})" for role in ("base", "binary", "modules"))
    found = {}
    for name, content in debs.items():
        role = name.split("-")[1]
        source = "linux-signed-amd64 (7.3.4+1~bpo13+1)" if role in ("image", "binary") else "linux"
        depends = needs if role == "image" else ""
        found[role] = MadeDeb(name, version, source=source, depends=depends, content=content)
    return found


def info_deb() -> MadeDeb:
    """distro-info-data, from which the names of suites follow."""
    control = {"Package": "distro-info-data", "Version": "1", "Architecture": "all"}
    table = make_deb(control, {"./usr/share/distro-info/debian.csv": CSV.encode()})
    return MadeDeb("distro-info-data", "1", arch="amd64", source="distro-info-data", content=table)


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch) -> None:
    """What is queued is done within the test's transaction."""
    monkeypatch.setattr("ingest.sync.hands", own_hands)


@pytest.fixture
def archive(folder: Path, server: Server, key: Key, settings, tmp_path: Path):
    """A mirror with nothing but distro-info-data in sid; call it to add suites."""
    settings.ABIDB_MIRROR = (f"{server.address}/debian",)
    settings.ABIDB_KEYRING = key.public
    settings.ABIDB_DATA = tmp_path

    def add(suite: str, *debs: MadeDeb, **fields: str) -> None:
        write_suite(folder / "debian", key, debs, folder=suite, **fields)

    add("sid", info_deb(), Suite="unstable", Codename="sid", Version="")
    return add


def sync(*arguments: str) -> int:
    """Exit status of `manage.py sync`."""
    try:
        call_command("sync", *arguments)
    except SystemExit as end:
        return int(end.code)
    return 0


def versions(line: str) -> list[str]:
    return [step.new.version for step in queries.lane(line, "amd64", "amd64").steps]


def problems() -> str:
    return "\n".join(f"{subject}: {reason}" for subject, reason in queries.run_state().problems)


def test_an_archive_that_cannot_be_reached_is_said(archive, settings) -> None:
    settings.ABIDB_MIRROR = ("file:///nonexistent/debian",)
    with pytest.raises(Unavailable):
        sync()
    assert queries.run_state().finished is not None
    assert problems().startswith("sync: ")


def test_a_suite_signed_by_another_key_is_refused_and_said(archive, folder, stranger, capsys) -> None:
    write_suite(folder / "debian", stranger, [whole(1)], folder="bookworm")
    assert sync() == 0
    assert queries.status().builds == 0
    assert "bookworm" in problems()
    assert "bookworm" in capsys.readouterr().err


def test_a_deb_with_other_bytes_than_listed_is_refused_and_the_next_build_goes_on(archive, server) -> None:
    first, second = whole(1), whole(2)
    archive("bookworm", first, second)
    server.fault(f"debian/{second.filename}", Fault(content=b"x" * len(second.data)), lasting=True)
    assert sync() == 1
    assert versions("bookworm") == ["6.1.1-1"]
    assert "6.1.0-2-amd64=6.1.2-1:amd64" in problems()


def test_a_broken_deb_fails_alone_with_deb_member_and_file(archive) -> None:
    broken = dataclasses.replace(
        whole(2), content=make_image_deb(b"no kernel", {}, release="6.1.0-2-amd64", version="6.1.2-1")
    )
    archive("bookworm", whole(1), broken)
    assert sync() == 1
    assert versions("bookworm") == ["6.1.1-1"]
    where = "linux-image-6.1.0-2-amd64_6.1.2-1_amd64.deb: data.tar.xz: boot/vmlinuz-6.1.0-2-amd64: "
    assert f"6.1.0-2-amd64=6.1.2-1:amd64: {where}" in problems()


def test_a_deb_that_is_listed_and_gone_is_noted_and_passed_over(archive, server) -> None:
    gone = whole(2)
    archive("bookworm", whole(1), gone)
    server.fault(f"debian/{gone.filename}", Fault(status=404), lasting=True)
    assert sync() == 1
    assert (versions("bookworm"), queries.status().absent) == (["6.1.1-1"], 1)
    assert "no longer to be had" in problems()


def test_the_unsigned_deb_stands_in_until_the_signed_one_is_back(archive, server) -> None:
    signed = whole(1)
    unsigned = MadeDeb(
        "linux-image-6.1.0-1-amd64-unsigned",
        "6.1.1-1",
        content=make_image_deb(
            image(KFREE), {}, release="6.1.0-1-amd64", version="6.1.1-1", source="linux", unsigned=True
        ),
    )
    archive("bookworm", signed, unsigned)
    server.fault(f"debian/{signed.filename}", Fault(status=404), lasting=True)
    assert sync() == 0
    (step,) = queries.lane("bookworm", "amd64", "amd64").steps
    assert not queries.build(step.new.id).signed
    server.faults.clear()
    server.lasting.clear()
    assert sync("--retry") == 0
    assert queries.build(step.new.id).signed


def test_what_stands_in_is_not_read_again_while_the_better_one_is_gone(archive, server, capsys) -> None:
    signed = whole(1)
    content = make_image_deb(
        image(KFREE), {}, release="6.1.0-1-amd64", version="6.1.1-1", source="linux", unsigned=True
    )
    archive("bookworm", signed, MadeDeb("linux-image-6.1.0-1-amd64-unsigned", "6.1.1-1", content=content))
    server.fault(f"debian/{signed.filename}", Fault(status=404), lasting=True)
    assert sync() == 0
    assert sync() == 0
    assert "0 ingested, 1 known, 0 failed" in capsys.readouterr().out


def test_everything_is_read_and_the_newest_of_each_lane_first(archive, capsys) -> None:
    archive("bookworm", whole(9), whole(10))
    archive("bullseye", whole(2))
    assert sync() == 0
    lines = [line.split()[1] for line in capsys.readouterr().out.splitlines() if line.startswith("[")]
    assert lines == ["6.1.0-10-amd64=6.1.10-1:amd64", "6.1.0-2-amd64=6.1.2-1:amd64", "6.1.0-9-amd64=6.1.9-1:amd64"]
    assert versions("bookworm") == ["6.1.9-1", "6.1.10-1"]


def test_options_choose_suites_and_the_newest(archive) -> None:
    archive("bookworm", whole(1), whole(2))
    archive("bullseye", whole(3))
    assert sync("--suite", "bookworm", "--newest", "1", "--arch", "amd64", "--flavour", "amd64") == 0
    assert [(n.line, versions(n.line)) for n in queries.lane_names()] == [("bookworm", ["6.1.2-1"])]


@pytest.mark.parametrize(
    ("option", "name", "candidate"),
    [("--suite", "wheezy", None), ("--arch", "vax", None), ("--flavour", "rt-amd64", "amd64")],
)
def test_what_the_archive_has_not_is_refused_with_what_it_has(archive, option: str, name: str, candidate) -> None:
    archive("bookworm", whole(1))
    with pytest.raises((UnknownName, Unavailable)) as caught:
        sync(option, name, *(("--arch", "amd64") if option == "--flavour" else ()))
    if candidate:
        assert caught.value.candidates == (candidate,)


def test_a_suite_may_be_named_by_its_alias(archive) -> None:
    archive("stable", whole(1), Codename="bookworm", Suite="stable")
    assert sync("--suite", "stable", "--arch", "amd64") == 0
    assert versions("bookworm") == ["6.1.1-1"]


def test_ended_releases_can_be_left_out_and_are_marked(archive) -> None:
    archive("bullseye", whole(1))
    assert sync("--supported") == 0
    assert queries.status().builds == 0
    assert sync() == 0
    assert (queries.lanes(), [lane.status for lane in queries.lanes(ended=True)]) == ((), ["ended"])


def test_a_second_sync_fetches_nothing_and_notes_what_is_still_there(archive, server) -> None:
    archive("bookworm", whole(1))
    sync()
    server.requests.clear()
    archive("bookworm", whole(1), Date="Sun, 22 Nov 2026 09:15:44 UTC")
    assert sync() == 0
    assert [path for path, _ in server.requests if path.endswith(".deb")] == []
    (step,) = queries.lane("bookworm", "amd64", "amd64").steps
    (seen,) = queries.build(step.new.id).suites
    assert (seen.first.day, seen.last.day) == (21, 22)


def test_a_split_build_is_put_together(archive) -> None:
    archive("trixie-backports", *split().values())
    assert sync() == 0
    (step,) = queries.lane("trixie-backports", "amd64", "amd64").steps
    facts = queries.build(step.new.id)
    assert (facts.ref.covers, facts.has_crcs, facts.exports, len(facts.debs)) == ("all", False, 2, 4)


@pytest.mark.parametrize("lost", ["listed and gone", "not listed"])
def test_a_split_build_without_its_modules_is_kept_as_partial(archive, server, lost: str) -> None:
    debs = split()
    modules = debs["modules"]
    archive("trixie-backports", *(deb for deb in debs.values() if lost == "listed and gone" or deb != modules))
    server.fault(f"debian/{modules.filename}", Fault(status=404), lasting=True)
    assert sync() == 0
    (step,) = queries.lane("trixie-backports", "amd64", "amd64").steps
    assert (step.new.covers, queries.build(step.new.id).exports) == ("vmlinux", 1)


def test_the_provenance_of_a_build_leads_to_the_signed_release(archive, server) -> None:
    made = whole(1)
    archive("bookworm", made)
    sync()
    (step,) = queries.lane("bookworm", "amd64", "amd64").steps
    (deb,) = queries.build(step.new.id).debs
    assert (deb.sha256, deb.size, deb.source) == (made.sha256, len(made.data), "linux-signed-amd64")
    (listing,) = deb.listings
    assert (listing.root, listing.suite, listing.index) == (
        f"{server.address}/debian",
        "bookworm",
        "main/binary-amd64/Packages",
    )
    assert len(listing.release_sha256) == 64


def test_from_the_archive_to_the_page(archive, client) -> None:
    changed = dataclasses.replace(KFREE, crc=0x9999)
    archive("bookworm", whole(1), whole(2, changed))
    assert sync() == 0
    page = client_get("/diff/6.1.0-1-amd64=6.1.1-1:amd64/6.1.0-2-amd64=6.1.2-1:amd64/")
    assert "kfree" in page
    assert "0x00009999" in page
    assert "6.1.0-2" in client_get("/")
    assert "0x00001234" in client_get("/symbol/kfree/")


def client_get(path: str) -> str:
    from django.test import Client

    response = Client().get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def test_a_module_that_imports_another_crc_than_the_build_exports_sets_it_apart(archive) -> None:
    from abidb.records import Import

    release, version, source = "6.1.0-3-amd64", "6.1.3-1", "linux-signed-amd64 (6.1.3+1)"
    module = make_module([], [Import("kfree", 0x4321)])
    content = make_image_deb(image(KFREE), {"drivers/x": module}, release=release, version=version, source=source)
    archive("bookworm", MadeDeb(f"linux-image-{release}", version, source=source, content=content))
    assert sync() == 0
    assert (queries.status().apart, queries.lanes()) == (1, ())


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5", "²"])
def test_newest_takes_a_whole_number(text: str) -> None:
    with pytest.raises(Exception, match="whole number"):
        positive(text)
