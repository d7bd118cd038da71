# SPDX-License-Identifier: GPL-2.0-or-later
import dataclasses
import datetime as dt

import pytest
from django.db import connection

from abidb import answers, queries, sql, store
from abidb.answers import BuildModule, Facet, LaneName
from abidb.compat import Counts, Outcome
from abidb.errors import UnknownName
from abidb.lifecycle import DebianRelease
from abidb.queries import rows as rows_module
from abidb.records import ModuleFact
from tests.builders.records import make_export, make_kernel

pytestmark = pytest.mark.django_db

A, B, C = make_export("alpha"), make_export("beta", module="lib/beta"), make_export("gamma")


def build(n: int, *exports, **fields) -> int:
    fields = {"exports": exports or (A, B), **fields}
    return store.save(make_kernel(f"6.1.0-{n}-amd64", f"6.1.{n}-1", **fields)).build


def no_crc(*exports):
    return tuple(dataclasses.replace(e, crc=None) for e in exports)


PARAMETERS = {"ids", "debs", "texts", "builds", "uploads", "sources", "distributions", "days", "sha256s", "lanes"}


@pytest.mark.parametrize("name", sorted(rows_module.SQL))
def test_every_query_runs_on_an_empty_record(name: str) -> None:
    class Anything(dict):
        def __missing__(self, key):
            return [] if key in PARAMETERS else None

    with connection.cursor() as cursor:
        cursor.execute(rows_module.SQL[name], Anything())


@pytest.mark.parametrize(
    ("query", "record", "start"),
    [("builds", answers.BuildRef, 0), ("suites", answers.SuiteSeen, 0), ("lane_names", answers.LaneName, 0)]
    + [("lane_steps", answers.BuildRef, 1), ("lane_builds", answers.BuildRef, 3), ("run", answers.RunState, 1)],
)
def test_columns_are_the_fields_of_the_record(query: str, record: type, start: int) -> None:
    class Anything(dict):
        def __missing__(self, key):
            return None

    fields = [f.name for f in dataclasses.fields(record)]
    with connection.cursor() as cursor:
        cursor.execute(rows_module.SQL[query], Anything())
        columns = [c.name for c in cursor.description][start : start + len(fields)]
    assert columns == fields[: len(columns)]


def test_a_query_named_twice_is_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(sql, "__file__", str(tmp_path / "x"))
    (tmp_path / "double.sql").write_text("-- one --\nSELECT 1\n-- one --\nSELECT 2\n")
    with pytest.raises(ValueError, match="twice"):
        sql.blocks("double")


def test_a_build_that_is_not_there_is_refused_with_those_near() -> None:
    build(56)
    with pytest.raises(UnknownName, match="no build 6.1.0-55-amd64") as caught:
        queries.one_build("6.1.0-55-amd64")
    assert caught.value.candidates == ("6.1.0-56-amd64",)
    with pytest.raises(UnknownName) as caught:
        queries.one_build("9.9.9-1-amd64")
    assert caught.value.candidates == ()


def test_a_release_of_two_builds_needs_its_version() -> None:
    first = store.save(make_kernel("6.1.0-23-amd64", "6.1.98-1"))
    store.save(make_kernel("6.1.0-23-amd64", "6.1.99-1"))
    with pytest.raises(UnknownName, match="2 builds") as caught:
        queries.one_build("6.1.0-23-amd64")
    assert caught.value.candidates == ("6.1.0-23-amd64=6.1.99-1:amd64", "6.1.0-23-amd64=6.1.98-1:amd64")
    assert queries.one_build("6.1.0-23-amd64=6.1.98-1").id == first.build


@pytest.mark.parametrize(
    "ask", [queries.build, queries.all_exports, queries.exports, queries.facets, queries.build_by_id]
)
def test_an_unknown_build_is_refused(ask) -> None:
    with pytest.raises(UnknownName, match="no build 7"):
        ask(7)


def test_an_unknown_lane_is_refused_with_the_line_s_others() -> None:
    build(1)
    with pytest.raises(UnknownName) as caught:
        queries.lane("bookworm", "amd64", "rt-amd64")
    assert caught.value.candidates == ("bookworm/amd64/amd64",)


def test_an_unknown_symbol_is_refused_with_similar_ones() -> None:
    build(1)
    with pytest.raises(UnknownName) as caught:
        queries.symbol("alp")
    assert caught.value.candidates == ("alpha",)


def test_diff_counts_every_kind_of_change() -> None:
    tight = dataclasses.replace(B, kind="EXPORT_SYMBOL_GPL", namespace="NS", module="lib/other", crc=9)
    found = queries.diff(build(1, A, B), build(2, tight, C))
    expected = Counts(added=1, removed=1, crc_changed=1, moved=1, gpl_tightened=1, namespace_changed=1, common=1)
    assert (found.counts, found.outcome, found.total) == (expected, Outcome.BREAKS, 3)
    assert [c.symbol for c in found.changes] == ["alpha", "beta", "gamma"]


def test_diff_of_the_same_exports_says_that_nothing_changed() -> None:
    found = queries.diff(build(1), build(2))
    assert (found.counts, found.outcome, found.changes) == (Counts(0, 0, 0, 0, 0, 0, 2), Outcome.SAME, ())


def test_diff_without_common_crcs_leaves_that_part_open() -> None:
    found = queries.diff(build(1, A, B), build(2, *no_crc(A, C)))
    assert (found.counts, found.outcome) == (Counts(1, 1, None, 0, 0, 0, 1), Outcome.BREAKS)
    same = queries.diff(build(3, *no_crc(A)), build(4, *no_crc(A)))
    assert (same.counts.crc_changed, same.outcome) == (None, Outcome.UNKNOWN)


def test_diff_with_a_partial_build_compares_vmlinux_alone() -> None:
    found = queries.diff(build(1, A, B), build(2, A, covers="vmlinux", modules=()))
    assert (found.scope, found.counts, found.outcome) == ("vmlinux", Counts(0, 0, 0, 0, 0, 0, 1), Outcome.UNKNOWN)


def test_changed_vermagic_flags_break_every_module() -> None:
    modules = tuple(dataclasses.replace(m, vermagic="6.1.0-2-amd64 SMP mod_unload ") for m in make_kernel().modules)
    found = queries.diff(build(1), build(2, modules=modules))
    assert (found.flags_differ, found.outcome) == (True, Outcome.BREAKS)


def many(crc: int):
    return tuple(make_export(f"symbol_{n:03}", crc=crc) for n in range(9))


def test_changes_come_in_pages_the_ones_that_break_first() -> None:
    old, new = build(1, A, *many(1)), build(2, C, *many(2))
    places = ("", "symbol_002 vmlinux crc_changed", "symbol_006 vmlinux crc_changed", "gamma vmlinux added")
    pages = [queries.diff(old, new, limit=4, after=after) for after in places]
    assert [[c.symbol for c in page.changes] for page in pages] == [
        ["alpha", "symbol_000", "symbol_001", "symbol_002"],
        ["symbol_003", "symbol_004", "symbol_005", "symbol_006"],
        ["symbol_007", "symbol_008", "gamma"],
        [],
    ]
    assert {page.total for page in pages} == {11}


def test_changes_can_be_filtered_by_kind_text_and_module() -> None:
    old, new = build(1, A, *many(1)), build(2, C, *many(2))
    by_kind = queries.diff(old, new, kinds=("removed", "added"))
    by_text = queries.diff(old, new, text="SYMBOL_00")
    by_module = queries.diff(old, new, module=C.module, kinds=("added",))
    assert [c.symbol for c in by_module.changes] == ["gamma"]
    assert ([c.symbol for c in by_kind.changes], by_kind.total) == (["alpha", "gamma"], 2)
    assert (len(by_text.changes), by_text.total, by_text.counts) == (9, 9, by_kind.counts)


TWIN = make_export("alpha", module="lib/alpha")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ((A, B), (A, B)),
        ((A, B), (dataclasses.replace(A, crc=9), C)),
        ((A, TWIN, B), (A, B)),
        ((A, TWIN, B), (TWIN, dataclasses.replace(A, crc=3), B)),
        ((A, dataclasses.replace(B, crc=None)), (A, dataclasses.replace(B, module="lib/other"))),
        ((A, dataclasses.replace(B, crc=None)), (A, B, C)),
        ((A, B), no_crc(A, dataclasses.replace(B, namespace="NS"))),
    ],
)
@pytest.mark.parametrize("covers", ["all", "vmlinux"])
def test_a_stored_build_and_an_unpublished_one_are_compared_alike(old, new, covers: str) -> None:
    if covers == "vmlinux":
        new = tuple(e for e in new if e.module == "vmlinux")
    one, two = build(1, *old), build(2, *new, covers=covers)
    stored = queries.diff(one, two, limit=None)
    unpublished = queries.diff_with_exports(one, queries.build_by_id(two), new, stored.new_vermagic)
    assert (unpublished.counts, unpublished.outcome) == (stored.counts, stored.outcome)
    assert (unpublished.changes, unpublished.total) == (stored.changes, stored.total)


def test_an_unpublished_build_is_compared_without_being_stored() -> None:
    old = build(1, A, B)
    ref = dataclasses.replace(queries.build_by_id(old), id=0, abi_name="6.1.0-2")
    found = queries.diff_with_exports(old, ref, [A, C], "")
    assert (found.counts, found.outcome) == (Counts(1, 1, 0, 0, 0, 0, 1), Outcome.BREAKS)
    assert queries.status().builds == 1


def test_an_unpublished_build_without_crcs_leaves_that_part_open() -> None:
    old = build(1, A, B)
    found = queries.diff_with_exports(old, queries.build_by_id(old), no_crc(A, B), "")
    assert (found.counts, found.outcome) == (Counts(0, 0, None, 0, 0, 0, 2), Outcome.UNKNOWN)


def test_a_symbol_s_biography_has_its_gaps_and_changes() -> None:
    build(1, A, B)
    build(2, B)
    build(3, dataclasses.replace(A, crc=5), B)
    (lane,) = queries.symbol("alpha")
    assert [(p.build.abi_name, [e.crc for e in p.exports], p.changed) for p in lane.points] == [
        ("6.1.0-1", [1], ()),
        ("6.1.0-2", [], ("removed",)),
        ("6.1.0-3", [5], ("added",)),
    ]


def test_a_partial_build_cannot_tell_that_a_module_s_symbol_went_or_came() -> None:
    build(1, A, B)
    build(2, A, covers="vmlinux")
    build(3, A, dataclasses.replace(B, crc=9))
    (lane,) = queries.symbol("beta")
    assert [point.changed for point in lane.points] == [(), (), ("crc_changed",)]


def test_a_biography_says_where_a_change_of_type_would_not_show() -> None:
    build(1, A)
    build(2, *no_crc(A))
    build(3, A)
    (lane,) = queries.symbol("alpha")
    assert [(p.changed, p.measured) for p in lane.points] == [((), True), ((), False), ((), False)]


def test_lanes_without_the_symbol_are_not_in_its_biography() -> None:
    build(1, A)
    store.save(make_kernel("6.12.1+deb13-amd64", "6.12.1-1", suite="trixie", exports=(B,)))
    assert [lane.lane.line for lane in queries.symbol("alpha")] == ["bookworm"]


def test_facts_of_a_build_name_its_twins() -> None:
    first, second = build(1), build(2)
    facts = queries.build(first)
    assert (facts.exports, facts.modules, facts.has_crcs, facts.config_options) == (2, 1, True, 2)
    assert [twin.id for twin in facts.same_exports] == [second]


def test_facts_of_a_build_name_the_symbols_that_two_modules_export() -> None:
    assert queries.build(build(1, A, TWIN, B)).shared == ("alpha",)


def test_a_symbol_that_only_a_local_build_exports_is_in_no_lane() -> None:
    build(1, suite=None)
    with pytest.raises(UnknownName, match="no build of a lane exports 'alpha'"):
        queries.symbol("alpha")


def test_neighbours_are_those_of_each_lane() -> None:
    ids = [build(n) for n in (1, 2, 3)]
    (beside,) = queries.neighbours(ids[1])
    assert (beside.lane, beside.previous.id, beside.next.id) == (LaneName("bookworm", "amd64", "amd64"), ids[0], ids[2])
    (first,) = queries.neighbours(ids[0])
    assert (first.previous, first.came) == (None, None)


def test_steps_to_and_from_a_build_are_those_of_its_lane() -> None:
    ids = [build(1, A, B), build(2, A), build(3, A, C)]
    (beside,) = queries.neighbours(ids[1])
    _, *steps = queries.lane("bookworm", "amd64", "amd64").steps
    assert [beside.came, beside.left] == steps


def test_neighbours_of_which_one_is_partial_are_compared_as_that() -> None:
    ids = [build(1, A, B), build(2, A, covers="vmlinux")]
    ((beside,), (before,)) = (queries.neighbours(each) for each in ids)
    assert [beside.left.scope, before.came.scope, before.left] == ["vmlinux", "vmlinux", None]


def test_neighbours_that_were_not_compared_yet_have_no_counts() -> None:
    ids = [build(n, A, make_export(f"n{n}")) for n in (1, 2)]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM set_diff")
    (beside,) = queries.neighbours(ids[1])
    assert (beside.came.old.id, beside.came.counts, beside.came.scope) == (ids[0], None, None)


def test_the_builds_of_an_upload_come_by_architecture_and_flavour() -> None:
    for release, arch in (("6.1.0-1-cloud-amd64", "amd64"), ("6.1.0-1-arm64", "arm64"), ("6.1.0-1-amd64", "amd64")):
        store.save(make_kernel(release, "6.1.1-1", arch=arch))
    build(2)
    found = [ref.kernel_release for ref in queries.builds_of_upload("linux", "6.1.1-1")]
    assert found == ["6.1.0-1-amd64", "6.1.0-1-cloud-amd64", "6.1.0-1-arm64"]


def test_modules_of_a_build_have_license_and_number_of_exports() -> None:
    facts = (ModuleFact("lib/beta", "GPL", ""), ModuleFact("drivers/net/tun", "Dual BSD/GPL", ""))
    store.save(make_kernel("6.1.0-1-amd64", "6.1.1-1", exports=(A, B), modules=facts))
    one = queries.one_build("6.1.0-1-amd64").id
    assert queries.build_modules(one) == (
        BuildModule("drivers/net/tun", "Dual BSD/GPL", 0),
        BuildModule("lib/beta", "GPL", 1),
    )
    assert queries.build_modules(build(2, A, covers="vmlinux", modules=())) == ()


def test_exports_can_be_filtered_and_come_in_pages_between_symbols() -> None:
    twice = make_export("alpha", module="lib/alpha", namespace="NS", kind="EXPORT_SYMBOL_GPL")
    one = build(1, A, B, C, twice)
    page = queries.exports(one, limit=1)
    assert (page.exports, page.total, page.after) == ((twice, A), 4, "alpha")
    assert queries.exports(one, after="alpha").exports == (B, C)
    assert queries.exports(one, text="BET").exports == (B,)
    assert queries.exports(one, module="lib/beta").exports == (B,)
    assert queries.exports(one, kind="EXPORT_SYMBOL_GPL").exports == (twice,)
    assert queries.exports(one, namespace="").total == 3
    assert queries.exports(one, namespace="NS").exports == (twice,)


def test_facets_count_what_can_be_filtered() -> None:
    assert queries.facets(build(1, A, B, C)) == queries.Facets(
        kinds=(Facet("EXPORT_SYMBOL", 3),),
        namespaces=(Facet("", 3),),
        modules=(Facet("vmlinux", 2), Facet("lib/beta", 1)),
    )


@pytest.mark.parametrize("text", ["", "  ", "\0"])
def test_an_empty_search_finds_nothing(text: str) -> None:
    build(1)
    assert queries.search(text) == answers.Found((), (), ())


def test_search_finds_symbols_modules_and_builds() -> None:
    one = build(1, A, B)
    assert queries.search("ALPHA").symbols == ("alpha",)
    assert queries.search("lib/").modules == ("lib/beta",)
    assert [b.id for b in queries.search("6.1.1-1").builds] == [one]


@pytest.mark.parametrize("text", ["a_c", "a%c", "a\\", "%", "\\%"])
def test_a_text_is_looked_for_as_it_is_also_where_it_holds_signs_of_patterns(text: str) -> None:
    build(1, make_export("abc"), make_export("a1c"))
    assert queries.search(text).symbols == ()
    build(2, make_export(text))
    assert queries.search(text).symbols == (text,)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def test_ended_releases_are_kept_and_not_shown_unasked() -> None:
    build(1)
    store.save(make_kernel("5.10.0-1-amd64", "5.10.1-1", suite="bullseye"))
    store.put_releases(
        [
            DebianRelease("bookworm", "12", None, day("2023-06-10"), day("2026-06-10"), day("2999-01-01")),
            DebianRelease("bullseye", "11", None, day("2021-08-14"), day("2024-08-14"), day("2026-08-31")),
        ],
        {"bookworm": "oldstable", "bullseye": "oldoldstable"},
    )
    assert [(lane.codename, lane.status) for lane in queries.lanes()] == [("bookworm", "lts")]
    assert [lane.status for lane in queries.lanes(ended=True)] == ["lts", "ended"]


def test_a_line_s_headline_is_its_generic_amd64_flavour() -> None:
    for flavour in ("arm64", "rt-amd64", "cloud-amd64"):
        store.save(make_kernel(f"6.1.0-1-{flavour}", arch=flavour.rpartition("-")[2]))
    assert [lane.name.flavour for lane in queries.lanes()] == ["cloud-amd64"]
    build(1)
    assert [lane.name.flavour for lane in queries.lanes()] == ["amd64"]


def test_a_step_says_whether_the_abi_name_is_new() -> None:
    build(1)
    build(2)
    store.save(make_kernel("6.1.0-2-amd64", "6.1.2-2"))
    assert [s.renamed for s in queries.lane("bookworm", "amd64", "amd64").steps] == [False, True, False]


def test_an_empty_record_has_no_run_and_no_lane() -> None:
    assert (queries.run_state(), queries.lanes(), queries.status().builds) == (None, (), 0)


def test_a_shared_symbol_is_compared_with_all_its_declarations() -> None:
    twin = make_export("alpha", module="lib/alpha")
    old, new = build(1, A, twin), build(2, dataclasses.replace(A, crc=7))
    found = queries.diff(old, new)
    assert [(c.symbol, c.kinds) for c in found.changes] == [("alpha", ("crc_changed",)), ("alpha", ("moved",))]
