# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt
from dataclasses import replace

import pytest

from abidb.errors import BadArchive, NotThere
from abidb.lifecycle import DebianRelease
from abidb.records import ReleaseRow
from ingest.archive.memory import in_process
from ingest.archive.release import fetch_release
from ingest.archive.releases import archive_releases, host_releases, parse_releases
from ingest.archive.roots import Root
from tests.builders.archive import MadeDeb, write_suite
from tests.builders.deb import make_deb

CSV = """\
version,codename,series,created,release,eol,eol-lts,eol-elts
9,Stretch,stretch,2015-04-26,2017-06-17,2020-07-18,2022-06-30,2025-06-30
11,Bullseye,bullseye,2019-07-06,2021-08-14,2024-08-14,2026-08-31,2031-06-30
12,Bookworm,bookworm,2021-08-14,2023-06-10,2026-07-11,2028-06-30,2033-06-30
13,Trixie,trixie,2023-06-10,2025-08-09,2028-08-09,2030-06-30,2035-06-30
14,Forky,forky,2025-08-09
15,Duke,duke,2027-08-01
,Sid,sid,1993-08-16
,RC-Buggy,rc-buggy,1993-08-16
"""
LATER = "Sun, 22 Nov 2026 09:15:44 GMT"
NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


def release(codename):
    return next(release for release in parse_releases(CSV) if release.codename == codename)


def test_text_that_is_another_table_is_refused():
    with pytest.raises(BadArchive, match="has not the columns that it should have"):
        parse_releases("a,b\n1,2\n")


def test_line_with_a_day_that_is_none_is_refused():
    with pytest.raises(BadArchive, match=r"debian\.csv of distro-info-data, line 3: Invalid isoformat string: 'soon'"):
        parse_releases("\n".join(CSV.splitlines()[:2]) + "\n10,Buster,buster,soon\n")


def test_line_is_read_as_it_stands():
    assert release("bookworm") == DebianRelease(
        codename="bookworm",
        version="12",
        created=dt.date(2021, 8, 14),
        released=dt.date(2023, 6, 10),
        eol=dt.date(2026, 7, 11),
        eol_lts=dt.date(2028, 6, 30),
        eol_elts=dt.date(2033, 6, 30),
    )


def test_renamed_experimental_is_still_experimental():
    assert release("experimental").created == dt.date(1993, 8, 16)


def test_host_without_distro_info_data_has_none(tmp_path):
    assert host_releases(tmp_path / "debian.csv") is None


def test_host_has_its_own_distro_info_data(tmp_path):
    (tmp_path / "debian.csv").write_text(CSV)
    assert host_releases(tmp_path / "debian.csv") == parse_releases(CSV)


def offered(root, key, content, **fields):
    data = MadeDeb("distro-info-data", "0.70", "amd64", "distro-info-data", content=content)
    write_suite(root, key, [data], **fields)


def test_archive_without_distro_info_data_says_what_to_install(server, folder, key, client):
    write_suite(folder, key, folder="sid")
    with pytest.raises(NotThere, match="in none of the archives; install it: apt-get install distro-info-data"):
        archive_releases([Root(server.address, (key.public,))], client, in_process(), NOW)


def test_distro_info_data_that_is_no_deb_is_refused(server, folder, key, client):
    offered(folder, key, b"no deb", folder="sid")
    with pytest.raises(BadArchive, match=r"pool/.*/distro-info-data_0\.70_amd64\.deb: "):
        archive_releases([Root(server.address, (key.public,))], client, in_process(), NOW)


@pytest.mark.parametrize("further", [{"ended": True}, {"label": "elts"}])
def test_archives_of_ended_releases_and_third_parties_are_not_asked(server, key, client, further):
    with pytest.raises(NotThere):
        archive_releases([Root(server.address, (key.public,), **further)], client, in_process(), NOW)
    assert server.requests == []


def test_distro_info_data_of_another_vendor_is_not_asked_for(server, folder, key, client):
    offered(
        folder, key, make_deb({}, {"./usr/share/distro-info/debian.csv": CSV.encode()}), folder="sid", Origin="Vendor"
    )
    with pytest.raises(NotThere):
        archive_releases([Root(server.address, (key.public,))], client, in_process(), NOW)


def test_root_that_does_not_verify_is_passed_over(server, folder, key, stranger, client):
    offered(folder, key, make_deb({}, {"./usr/share/distro-info/debian.csv": CSV.encode()}), folder="sid")
    roots = [Root(server.address, (one.public,)) for one in (stranger, key)]
    assert archive_releases(roots, client, in_process(), NOW) == parse_releases(CSV)


def test_distro_info_data_without_the_table_is_passed_over(server, folder, key, client):
    offered(folder, key, make_deb({}, {"./usr/share/doc/README": b""}), folder="sid")
    with pytest.raises(NotThere):
        archive_releases([Root(server.address, (key.public,))], client, in_process(), NOW)


def test_releases_come_from_the_archives_own_package(server, folder, key, client):
    content = make_deb({}, {"./usr/share/distro-info/debian.csv": CSV.encode()})
    offered(folder, key, content, folder="stable", Codename="trixie")
    assert archive_releases([Root(server.address, (key.public,))], client, in_process(), NOW) == parse_releases(CSV)


def test_releases_of_an_older_stable_than_the_one_seen_by_codename_are_not_used(server, folder, key, client):
    offered(folder, key, make_deb({}, {"./usr/share/distro-info/debian.csv": CSV.encode()}), Date=LATER)
    roots, memory = [Root(server.address, (key.public,))], in_process()
    seen = fetch_release(roots[0], "trixie", client)
    row = ReleaseRow(seen.root, "trixie", seen.sha256, seen.date, NOW, seen.content)
    kept = replace(memory, release=lambda _, folder: row if folder == "trixie" else None)
    old = make_deb({}, {"./usr/share/distro-info/debian.csv": CSV.splitlines()[0].encode()})
    offered(folder / "old", key, old, folder="stable", Codename="trixie")
    (folder / "dists/stable").mkdir()
    (folder / "dists/stable/InRelease").write_bytes((folder / "old/dists/stable/InRelease").read_bytes())
    assert archive_releases(roots, client, kept, NOW) == parse_releases(CSV)


def test_releases_that_were_read_once_are_remembered_without_the_package(server, folder, key, client):
    content = make_deb({}, {"./usr/share/distro-info/debian.csv": CSV.encode()})
    offered(folder, key, content, folder="sid")
    memory, roots = in_process(), [Root(server.address, (key.public,))]
    twice = [archive_releases(roots, client, memory, NOW) for _ in range(2)]
    assert (twice, len(server.requests)) == ([parse_releases(CSV)] * 2, 4)
