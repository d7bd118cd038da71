# SPDX-License-Identifier: GPL-2.0-or-later
import dataclasses
import datetime as dt
import itertools
import threading

import pytest
from django.db import connection, transaction

from abidb import queries, store
from abidb.errors import UnknownName
from abidb.lifecycle import DebianRelease
from abidb.records import UploadFact
from tests.builders.records import DAY, make_entry, make_export, make_kernel

pytestmark = pytest.mark.django_db

OWN = make_entry("6.1.2-1", distribution="bookworm", abi_name="6.1.0-2", facts=(UploadFact("abi", "", "2"),))
OLDER = make_entry("6.1.1-1", facts=(UploadFact("cve", "", "CVE-2026-1"), UploadFact("bug", "", "77")))


def kernel(version: str = "6.1.2-1", *entries, **fields):
    release = f"6.1.0-{version.split('-', maxsplit=1)[0].rpartition('.')[2]}-amd64"
    return make_kernel(release, version, changelog=entries, **fields)


def told() -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT version, distribution, told_by, told_with FROM upload ORDER BY version_key")
        return cursor.fetchall()


def test_an_unknown_upload_is_refused_with_others_of_its_version_and_source() -> None:
    store.save(kernel("6.1.2-1", OWN, OLDER))
    with pytest.raises(UnknownName, match=r"no upload linux 6\.1\.9-1") as caught:
        queries.upload("linux", "6.1.9-1")
    assert caught.value.candidates == ("linux=6.1.2-1", "linux=6.1.1-1")


def test_a_changelog_tells_of_uploads_that_have_no_build() -> None:
    store.save(kernel("6.1.2-1", OWN, OLDER))
    newest, older = queries.uploads()
    assert (newest.version, newest.distribution, newest.abi_names, newest.from_changelog, newest.builds) == (
        *("6.1.2-1", "bookworm", ("6.1.0-2",), False, 1),
    )
    assert (newest.abi, newest.cves, newest.policy_read) == (("2",), 0, False)
    assert (older.version, older.abi_names, older.builds, older.cves, older.bugs) == ("6.1.1-1", (), 0, 1, 1)


def test_where_no_build_has_an_abi_name_it_is_the_changelog_s_word() -> None:
    store.save(kernel("6.1.2-1", OWN, dataclasses.replace(OLDER, abi_name="6.1.0-1")))
    found = queries.upload("linux", "6.1.1-1")
    assert (found.abi_names, found.from_changelog) == (("6.1.0-1",), True)


def test_saving_again_tells_nothing_new() -> None:
    store.save(kernel("6.1.2-1", OWN, OLDER))
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value FROM upload_id_seq")
        before = cursor.fetchall()
        store.save(kernel("6.1.2-1", OWN, OLDER))
        cursor.execute("SELECT last_value FROM upload_id_seq")
        assert cursor.fetchall() == before


TELLINGS = (
    kernel("6.1.1-1", make_entry("6.1.1-1", distribution="own")),
    kernel("6.1.2-1", OWN, make_entry("6.1.1-1", distribution="second"), make_entry("6.1.0-1", distribution="second")),
    kernel("6.1.3-1", make_entry("6.1.1-1", distribution="third"), make_entry("6.1.0-1", distribution="third")),
)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_an_upload_s_own_changelog_stands_over_all_else_the_smallest_version(order: tuple[int, ...]) -> None:
    for n in order:
        store.save(TELLINGS[n])
    assert [row[:3] for row in told()] == [
        ("6.1.0-1", "second", "6.1.2-1"),
        ("6.1.1-1", "own", "6.1.1-1"),
        ("6.1.2-1", "bookworm", "6.1.2-1"),
        ("6.1.3-1", "", ""),
    ]


def test_a_newer_reader_of_the_same_changelog_is_believed() -> None:
    store.save(kernel("6.1.2-1", OWN, extractor=1))
    facts = (UploadFact("abi", "", "2"), UploadFact("cve", "", "CVE-2026-9"))
    store.save(kernel("6.1.2-1", dataclasses.replace(OWN, facts=facts), extractor=2))
    assert (queries.upload("linux", "6.1.2-1").cves, told()) == (1, [("6.1.2-1", "bookworm", "6.1.2-1", 2)])


def test_a_changelog_that_tells_an_upload_twice_is_believed_the_first_time() -> None:
    store.save(kernel("6.1.2-1", OWN, dataclasses.replace(OWN, distribution="again")))
    assert told() == [("6.1.2-1", "bookworm", "6.1.2-1", 1)]


def test_a_changelog_s_date_stands_over_that_of_the_debs() -> None:
    early = DAY - dt.timedelta(days=9)
    saved = store.save(kernel("6.1.2-1", dataclasses.replace(OWN, date=early)))
    assert queries.build(saved.build).ref.date == early
    store.save(kernel("6.1.3-1"))
    assert queries.upload("linux", "6.1.3-1").date == DAY


def test_what_a_source_package_ignores_is_kept_beside_what_its_changelog_says() -> None:
    remark = UploadFact("ignore-remark", "", "Ignore ABI changes for kvm")
    store.put_policy("linux", "6.1.2-1", [("", "module:drivers/*"), ("arm64", "kvm_*"), ("arm64", "kvm_*")])
    store.save(kernel("6.1.2-1", dataclasses.replace(OWN, facts=(remark,)), OLDER))
    found = queries.upload("linux", "6.1.2-1")
    assert (found.ignored, found.remarks, found.policy_read) == (
        ("module:drivers/*", "arm64: kvm_*"),
        ("Ignore ABI changes for kvm",),
        True,
    )
    assert queries.uploads_without_policy() == (("linux", "6.1.1-1"),)


def test_a_policy_that_is_read_again_takes_the_place_of_the_old_one() -> None:
    for patterns in ([("", "old")], []):
        store.put_policy("linux", "6.1.2-1", patterns)
    found = queries.upload("linux", "6.1.2-1")
    assert (found.ignored, found.policy_read, found.builds) == ((), True, 0)


def test_notes_are_in_the_order_of_their_numbers() -> None:
    facts = [("bug", "1002"), ("cve", "CVE-2026-10"), ("bug", "99"), ("cve", "CVE-2026-9"), ("cve", "CVE-2025-11")]
    store.save(kernel("6.1.2-1", dataclasses.replace(OWN, facts=tuple(UploadFact(k, "", t) for k, t in facts))))
    notes = queries.upload_notes("linux", "6.1.2-1")
    assert (notes.cves, notes.bugs) == (("CVE-2025-11", "CVE-2026-9", "CVE-2026-10"), ("99", "1002"))
    assert queries.upload_notes("linux", "0") == type(notes)((), ())


def test_uploads_of_a_line_were_aimed_at_it_or_have_a_build_in_it() -> None:
    days = [dt.date(2021, 8, 14), dt.date(2023, 6, 10), None, None]
    store.put_releases(
        [DebianRelease("bookworm", "12", *days), DebianRelease("sid", "", days[0], None, None, None)], {}
    )
    entries = [make_entry("6.1.9-1", distribution="stable-security"), make_entry("6.1.7-1", distribution="bookworm")]
    store.save(kernel("6.1.10-1", make_entry("6.1.10-1"), *entries, make_entry("6.1.8-1"), make_entry("6.1.6-1")))
    assert [u.version for u in queries.uploads(line="bookworm")] == ["6.1.10-1", "6.1.9-1", "6.1.7-1"]
    assert [u.version for u in queries.uploads(line="bookworm", before="6.1.9-1")] == ["6.1.7-1"]
    assert [u.version for u in queries.uploads(line="sid", limit=2)] == ["6.1.10-1", "6.1.8-1"]
    assert queries.uploads(line="trixie") == queries.uploads(source="linux-6.12") == ()


@pytest.mark.django_db(transaction=True)
def test_two_writers_whose_changelogs_tell_of_each_other_s_uploads_do_not_deadlock() -> None:
    versions = [f"6.1.{n}-1" for n in range(1, 9)]
    errors: list[Exception] = []

    def write(own: list[str]) -> None:
        try:
            for n, version in enumerate(own, 1):
                told = [make_entry(v, distribution="sid") for v in ([*versions] if n % 2 else versions[::-1])]
                store.save(kernel(version, *told, exports=(make_export(crc=n),)))
        except Exception as error:  # the thread's error is the test's
            errors.append(error)
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=(own,)) for own in (versions[:4], versions[:3:-1])]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    assert errors == []
    assert [row[2] for row in told()] == versions


@pytest.mark.django_db(transaction=True)
def test_what_a_lost_connection_had_not_committed_is_forgotten() -> None:
    """After a crash the server gives ids again that it had given to what it never committed."""
    with transaction.atomic():
        store.save(kernel("6.1.1-1", exports=(make_export("lost", crc=1),)))
        store.save(kernel("6.1.2-1", exports=(make_export("lost", crc=2),)))
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        for table in ("export_set", "export", "symbol"):
            cursor.execute(f"SELECT setval('{table}_id_seq', 1, false)")
    connection.close()
    store.save(kernel("6.1.1-1", exports=(make_export("kept", crc=3),)))
    store.save(kernel("6.1.2-1", exports=(make_export("kept", crc=3), make_export("new", crc=4))))
    (_, step) = queries.lane("bookworm", "amd64", "amd64").steps
    assert (step.counts.added, step.counts.crc_changed) == (1, 0)
    assert queries.invariants() == ()
