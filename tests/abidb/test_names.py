# SPDX-License-Identifier: GPL-2.0-or-later
"""New ABI names: which came while no export changed, as far as that could be measured."""

import dataclasses
import datetime as dt

import pytest
from django.db import connection

from abidb import queries, store
from abidb.errors import UnknownName
from abidb.lifecycle import DebianRelease
from abidb.nameanswers import CHANGED, SAME, UNKNOWN, NameCounts
from abidb.queries import names, wholerecord
from abidb.records import SelfCheck
from tests.builders.records import make_deb, make_entry, make_export, make_kernel, make_listing

pytestmark = pytest.mark.django_db
A, B = make_export("alpha"), make_export("beta", module="lib/beta")
CHANGED_A = dataclasses.replace(A, crc=9)
BARE = tuple(dataclasses.replace(each, crc=None) for each in (A, B))


def build(n: int, *exports, abi: int = 0, flavour: str = "amd64", **fields) -> int:
    """A build of upload `n` under the ABI name `abi`, else one of its own; each upload is a day after the one before."""
    version, date = f"6.1.{n}-1", dt.datetime(2026, 1, n, tzinfo=dt.UTC)
    fields = {
        "exports": exports or (A, B),
        "changelog": (make_entry(version, date=date, distribution="bookworm"),),
        **fields,
    }
    return store.save(make_kernel(f"6.1.0-{abi or n}-{flavour}", version, **fields)).build


def said(**asked) -> list[tuple[str, str, str, int, int, int]]:
    page = queries.new_names(**asked)
    return [(e.key, e.old.version, e.verdict, e.unchanged, e.changed, e.unmeasured) for e in page.names]


def states() -> dict[str, str]:
    (name,) = queries.new_names().names
    return {step.flavour: step.state for step in name.flavours}


def test_a_line_without_a_build_is_refused_with_those_that_have_one() -> None:
    build(1)
    with pytest.raises(UnknownName, match="there is no release line 'woody'") as caught:
        queries.new_names(line="woody")
    assert caught.value.candidates == ("bookworm",)


def test_a_key_of_no_new_name_is_refused() -> None:
    build(1)
    with pytest.raises(UnknownName, match="no new name has the key 'bookworm/linux/6.1.1-1'"):
        queries.new_names(before="bookworm/linux/6.1.1-1")


def test_neither_the_first_upload_nor_one_with_the_name_of_the_one_before_is_a_new_name() -> None:
    build(1)
    build(2, CHANGED_A, abi=1)
    page = queries.new_names()
    assert (page.names, page.total, page.counts, page.by_line) == ((), 0, NameCounts("", 0, 0, 0), ())


def test_each_new_name_is_told_newest_first_with_whether_exports_changed() -> None:
    build(1)
    build(2)
    build(3, CHANGED_A, B)
    build(4, *BARE)
    build(5, *BARE)
    build(6, *BARE[:1])
    line = "bookworm/linux/6.1."
    assert said() == [
        (f"{line}6-1", "6.1.5-1", CHANGED, 0, 1, 0),
        (f"{line}5-1", "6.1.4-1", UNKNOWN, 0, 0, 1),
        (f"{line}4-1", "6.1.3-1", UNKNOWN, 0, 0, 1),
        (f"{line}3-1", "6.1.2-1", CHANGED, 0, 1, 0),
        (f"{line}2-1", "6.1.1-1", SAME, 1, 0, 0),
    ]
    assert queries.new_names().counts == NameCounts("", 5, 1, 2)
    assert queries.new_names().by_line == (NameCounts("bookworm", 5, 1, 2),)


def test_one_flavour_that_changed_makes_an_export_change_of_a_new_name() -> None:
    for n, exports in ((1, (A, B)), (2, (CHANGED_A, B))):
        build(n, *exports)
        build(n, flavour="cloud-amd64")
    assert said() == [("bookworm/linux/6.1.2-1", "6.1.1-1", CHANGED, 1, 1, 0)]
    assert said(unchanged=True) == []
    assert states() == {"amd64": CHANGED, "cloud-amd64": SAME}


def test_what_is_not_measurable_is_told_with_the_reason_and_is_never_unchanged() -> None:
    some = dataclasses.replace(B, crc=None)
    for n in (1, 2):
        build(n)
        build(n, *BARE, flavour="bare-amd64")
        build(n, A, some, flavour="some-amd64")
        build(n, flavour="partial-amd64", covers="all" if n == 1 else "vmlinux", exports=(A, B) if n == 1 else (A,))
        build(n, flavour="failed-amd64", check=SelfCheck(9, ("alpha",) if n == 1 else ()))
        build(n, flavour=f"only{n}-amd64")
    assert said() == [("bookworm/linux/6.1.2-1", "6.1.1-1", SAME, 1, 0, 6)]
    assert states() == {
        "amd64": "unchanged",
        "bare-amd64": "no CRCs",
        "failed-amd64": "apart",
        "only1-amd64": "no new build",
        "only2-amd64": "no old build",
        "partial-amd64": "partial",
        "some-amd64": "some without CRC",
    }


def test_two_builds_that_nobody_compared_yet_are_not_measurable() -> None:
    build(1)
    build(2)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM set_diff")
    assert said() == [("bookworm/linux/6.1.2-1", "6.1.1-1", UNKNOWN, 0, 0, 1)]
    assert states() == {"amd64": "not compared yet"}


def test_an_upload_that_follows_the_same_one_in_two_lines_is_one_new_name() -> None:
    for n in (1, 2):
        deb = make_deb(version=f"6.1.{n}-1", listings=(make_listing("bookworm"), make_listing("sid")))
        build(n, debs=(deb,))
    page = queries.new_names()
    assert [(name.key, name.lines) for name in page.names] == [("bookworm/linux/6.1.2-1", ("bookworm", "sid"))]
    assert page.by_line == (NameCounts("bookworm", 1, 1, 0), NameCounts("sid", 1, 1, 0))
    assert page.counts == NameCounts("", 1, 1, 0)
    assert queries.new_names(line="sid").names == page.names


def test_a_page_goes_on_behind_a_key() -> None:
    for n in range(1, 6):
        build(n)
    pages, before = [], ""
    while not pages or before:
        page = queries.new_names(before=before, limit=2)
        pages.append([name.new.version for name in page.names])
        before = page.before
    assert pages == [["6.1.5-1", "6.1.4-1"], ["6.1.3-1", "6.1.2-1"]]
    assert len(queries.new_names(limit=0).names) == len(queries.new_names(limit=-3).names) == 1
    assert queries.new_names(limit=10**9).total == 4


def test_the_numbers_of_a_name_are_those_of_its_flavours() -> None:
    """The database counts all of them, Python tells those of a page."""
    variants = ((A, B), (CHANGED_A, B), BARE, (A, dataclasses.replace(B, crc=None)), (A,), (A, B, make_export("new")))
    for n in range(1, 7):
        for place in range(len(variants)):
            covers = "vmlinux" if (n + place) % 5 == 0 else "all"
            exports = variants[(n * place) % len(variants)]
            kept = tuple(each for each in exports if covers == "all" or each.module == "vmlinux")
            build(n, flavour=f"f{place}-amd64", covers=covers, exports=kept)
    told = queries.new_names().names
    assert len(told) == 5
    for name in told:
        found = [step.state for step in name.flavours]
        assert (found.count(SAME), found.count(CHANGED), len(found)) == (
            name.unchanged,
            name.changed,
            name.measured + name.unmeasured,
        )


def test_what_was_worked_out_is_kept_until_the_record_changes(django_assert_num_queries) -> None:
    build(1)
    build(2)
    assert len(queries.new_names().names) == 1
    with django_assert_num_queries(2):  # the record's number, and the flavours of the page
        queries.new_names()
    build(3)
    assert len(queries.new_names().names) == 2
    wholerecord.forget()
    assert len(queries.new_names().names) == 2


def test_while_another_thread_works_it_out_anew_the_old_answer_serves() -> None:
    build(1)
    build(2)
    queries.new_names()
    build(3)
    with wholerecord._making[connection.settings_dict["NAME"], "names"]:
        assert len(queries.new_names().names) == 1
    assert len(queries.new_names().names) == 2


def test_what_a_later_answer_made_is_not_made_again_for_one_that_began_before(monkeypatch) -> None:
    build(1)
    with wholerecord.one_answer():
        queries.generation()
        build(2)
        with wholerecord.one_answer():
            assert len(queries.new_names().names) == 1
        monkeypatch.setattr(names, "_all", None)
        assert len(queries.new_names().names) == 1


def test_no_answer_is_longer_than_its_bound(monkeypatch) -> None:
    monkeypatch.setattr(names, "LIMIT", 1)
    for n in range(1, 4):
        build(n)
    assert len(queries.new_names(limit=50).names) == 1


def test_uploads_that_only_changelogs_tell_of_are_counted_between_those_on_record() -> None:
    released = dt.date(2023, 6, 10)
    store.put_releases([DebianRelease("bookworm", "12", released, released, None, None)], {})
    build(1)
    aims = {2: "bookworm", 3: "bookworm-security", 4: "sid", 5: "bookworm"}
    build(5, changelog=[make_entry(f"6.1.{n}-1", distribution=aims[n]) for n in sorted(aims, reverse=True)])
    build(6)
    between = {name.new.version: name.between for name in queries.new_names(line="bookworm").names}
    assert between == {"6.1.5-1": 2, "6.1.6-1": 0}
