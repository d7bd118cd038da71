# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from abidb import queries, store
from abidb.errors import BadFormat, Conflict
from abidb.lifecycle import DebianRelease
from abidb.queries import content
from abidb.records import BuildKey, ChangelogEntry, Kernel, SelfCheck, Snapshot, SymversCheck, UploadFact
from abidb.store import load
from abidb.transfer import envelope
from abidb.transfer.content import EXPORTS, BuildRow, ReleaseRow, Row, SeenRow, SetRow, UploadRow
from abidb.transfer.writer import Writer
from tests.builders.records import DAY, make_deb, make_export, make_kernel, make_listing

pytestmark = pytest.mark.django_db(transaction=True)

DERIVED = ("symbol", "module", "export", "export_set", "config_option", "module_fact", "fact_set", "upload")
DERIVED += ("upload_fact", "build", "deb", "listing", "suite_seen", "lane", "lane_build", "set_diff", "release")
RELEASES = [
    DebianRelease("bookworm", "12", dt.date(2021, 8, 14), dt.date(2023, 6, 10), None, None),
    DebianRelease("sid", "", dt.date(1993, 8, 16), None, None, None),
]


def kernels() -> list[Kernel]:
    """Three builds of one lane, one of them set apart and one with other exports, and a local one."""
    facts = (UploadFact("abi", "", "2"), UploadFact("cve", "", "CVE-2026-1"))
    entries = tuple(
        ChangelogEntry("linux", version, "bookworm-security", "medium", DAY, "6.1.0-1", facts)
        for version in ("6.1.2-1", "6.1.1-1", "6.0.1-1")
    )
    changed = (make_export(crc=7), make_export("tun_get", module="drivers/net/tun", crc=None), make_export("a", crc=3))
    snapshot = make_deb("linux-image-3", version="6.1.3-1", listings=(), snapshot=Snapshot("c" * 40, DAY))
    return [
        make_kernel(changelog=entries[1:]),
        make_kernel("6.1.0-2-amd64", "6.1.2-1", exports=changed, changelog=entries, config='CONFIG_A="x\\y"\n'),
        make_kernel("6.1.0-3-amd64", "6.1.3-1", debs=(snapshot,), symvers=SymversCheck(2, ("kfree",)), exports=changed),
        make_kernel("6.1.0-4-amd64", "6.1.4-1", suite=None, covers="vmlinux", config="", modules=()),
        make_kernel("6.1.0-5-amd64", "6.1.5-1", check=SelfCheck(3, ("kfree",))),
    ]


def fill(builds: Iterable[Kernel]) -> None:
    store.put_releases(RELEASES, {"bookworm": "stable"})
    for kernel in builds:
        store.save(kernel)
    store.put_policy("linux", "6.1.2-1", [("amd64", "module:drivers/*")])


def digest() -> bytes:
    with content.one_moment():
        writer = Writer(lambda part: None)
        for row in content.rows():
            writer.put(row)
        return writer.close()


def rows() -> list[Row]:
    with content.one_moment():
        return list(content.rows())


def table(name: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {name} ORDER BY 1")
        return cursor.fetchall()


def empty() -> None:
    """An installation of its own, with ids that are others than those of the first."""
    tables = ", ".join(DERIVED)
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables}")
    from abidb import comparison

    comparison.forget()


def lanes() -> dict[Any, Any]:
    found = {name: queries.lane(name.line, name.arch, name.flavour) for name in queries.lane_names()}
    return {name: [(s.new.name, s.counts, s.scope) for s in lane.steps] for name, lane in found.items()}


def one(kernel: Kernel) -> list[Row]:
    """The export of a record that holds one build; the record is empty again."""
    fill([kernel])
    found = rows()
    empty()
    return found


def test_what_was_exported_makes_the_same_record_elsewhere(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    fill(kernels())
    was, known, digested = lanes(), queries.known_builds(), digest()
    assert len(was) == 1
    call_command("export", str(tmp_path / "record"))
    assert capsys.readouterr().out.splitlines()[-1] == digested.hex()
    empty()
    call_command("import", str(tmp_path / "record"))
    assert capsys.readouterr().out == (
        "5 new builds, 0 better than what the record had, 0 the same, 0 of which the record has better ones\n"
    )
    assert (lanes(), queries.known_builds(), digest()) == (was, known, digested)
    assert [ref.name for ref in queries.apart()] == ["6.1.0-5-amd64=6.1.5-1:amd64", "6.1.0-3-amd64=6.1.3-1:amd64"]


def test_importing_the_same_again_changes_nothing() -> None:
    fill(kernels())
    told = rows()
    before = {name: table(name) for name in DERIVED}
    loaded = load.merge(told)
    assert (loaded.new, loaded.better, loaded.same, loaded.lesser) == (0, 0, 5, 0)
    assert {name: table(name) for name in DERIVED} == before


def test_the_digest_does_not_hang_on_the_order_of_builds_nor_on_when_suites_were_asked() -> None:
    fill(kernels())
    first = digest()
    empty()
    fill(reversed(kernels()))
    store.save(make_kernel(debs=(make_deb("linux-image-6.1.0-1-amd64", listings=(make_listing("sid"),)),)))
    store.note_attempt(BuildKey("linux", "9", "amd64", "amd64"), "9-amd64", "404")
    assert digest() == first


def test_a_record_grows_together_from_two_exports_in_either_order() -> None:
    one_, other = one(kernels()[0]), one(kernels()[1])
    fill(kernels()[:2])
    together = digest()
    for order in ([one_, other], [other, one_]):
        empty()
        for told in order:
            load.merge(told)
        assert digest() == together


def better_and_worse() -> dict[str, tuple[Kernel, Kernel]]:
    kernel = make_kernel()
    less = (make_export(),)
    return {
        "whole": (kernel, replace(kernel, covers="vmlinux", exports=less)),
        "signed": (kernel, replace(kernel, signed=False, exports=less)),
        "compared": (replace(kernel, symvers=SymversCheck(2)), replace(kernel, exports=less)),
        "newer extractor": (replace(kernel, extractor=2), replace(kernel, exports=less)),
        "listed": (kernel, make_kernel(suite=None, exports=less, debs=(make_deb("local", listings=()),))),
    }


@pytest.mark.parametrize("why", better_and_worse())
def test_the_better_of_two_contents_stays(why: str) -> None:
    good, poor = better_and_worse()[why]
    good_rows, poor_rows = one(good), one(poor)
    load.merge(poor_rows)
    replaced = bytes(table("build")[0][5] and table("export_set")[0][1])
    loaded = load.merge(good_rows)
    assert (loaded.new, loaded.better, loaded.same, loaded.lesser) == (0, 1, 0, 0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT replaced FROM build")
        assert [bytes(one) for one in cursor.fetchone()[0]] == [replaced]
    after = digest()
    loaded = load.merge(poor_rows)
    assert (loaded.lesser, digest()) == (1, after)
    empty()
    load.merge(good_rows)
    assert digest() == after


def test_two_contents_of_one_build_of_which_none_is_better_are_refused_and_named(tmp_path: Path) -> None:
    fill([make_kernel(exports=(make_export(crc=9),))])
    call_command("export", str(tmp_path / "other"), verbosity=0)
    theirs = bytes(table("export_set")[0][1]).hex()
    empty()
    fill(kernels())
    ours = {bytes(row[1]).hex() for row in table("export_set")}
    before = {name: table(name) for name in DERIVED}
    with pytest.raises(Conflict) as refused:
        call_command("import", str(tmp_path / "other"))
    said = str(refused.value)
    assert said.startswith(
        "two contents of 6.1.0-1-amd64=6.1.1-1:amd64, and none is the better: they differ in export_set"
    )
    assert theirs in said and any(digest in said for digest in ours)
    assert {name: table(name) for name in DERIVED} == before


def test_a_damaged_file_leaves_the_record_as_it_was(tmp_path: Path) -> None:
    fill(kernels())
    call_command("export", str(tmp_path / "whole"), verbosity=0)
    empty()
    fill(kernels()[:1])
    before = {name: table(name) for name in DERIVED}
    lines = list(envelope.lines(tmp_path / "whole"))
    with envelope.written(tmp_path / "forged") as sink:
        sink(b"\n".join(lines[:-1]) + b"\nend\t" + b"0" * 64 + b"\n")
    with pytest.raises(BadFormat, match="forged: line "):
        call_command("import", str(tmp_path / "forged"))
    (tmp_path / "cut").write_bytes((tmp_path / "whole").read_bytes()[:-1])
    with pytest.raises(BadFormat, match="cut: not an export as it was written"):
        call_command("import", str(tmp_path / "cut"))
    with pytest.raises(FileNotFoundError):
        call_command("import", str(tmp_path / "none"))
    assert {name: table(name) for name in DERIVED} == before


def test_a_build_without_its_upload_is_refused() -> None:
    told = [row for row in one(make_kernel()) if not isinstance(row, UploadRow)]
    with pytest.raises(BadFormat, match="nothing is told of the upload linux 6.1.1-1"):
        load.merge(told)


def test_of_what_changelogs_tell_of_an_upload_the_better_stays() -> None:
    told = one(kernels()[1])
    fill([])

    def upload(**given: Any) -> Row:
        found = next(row for row in told if isinstance(row, UploadRow) and row.version == "6.1.1-1")
        return replace(found, **given)

    for given in [
        {"told_by": "6.1.9-1", "urgency": "low", "facts": (UploadFact("bug", "", "1"),)},
        {"told_by": "6.1.5-1", "urgency": "high"},
        {"told_by": "6.1.7-1", "urgency": "emergency"},
        {"told_by": "", "told_with": 0, "urgency": "", "facts": ()},
    ]:
        load.merge([upload(**given)])
    found = queries.upload("linux", "6.1.1-1")
    assert (found.urgency, found.cves, found.bugs) == ("high", 1, 0)
    load.merge([upload(told_by="6.1.1-1", urgency="own")])
    assert queries.upload("linux", "6.1.1-1").urgency == "own"


def test_ignore_patterns_are_taken_where_none_were_read() -> None:
    told = one(kernels()[1])
    store.put_policy("linux", "6.1.1-1", [("", "own_*")])
    theirs = [
        replace(row, policy_read=True, facts=(UploadFact("ignore", "", "their_*"),))
        for row in told
        if isinstance(row, UploadRow)
    ]
    load.merge(theirs)
    assert queries.upload("linux", "6.1.1-1").ignored == ("own_*",)
    assert queries.upload("linux", "6.0.1-1").ignored == ("their_*",)


def test_of_an_upload_that_no_changelog_tells_of_the_earliest_date_counts() -> None:
    (bare,) = [row for row in one(make_kernel()) if isinstance(row, UploadRow) and row.version == "6.1.1-1"]
    for date in (DAY, DAY - dt.timedelta(days=1), DAY):
        load.merge([replace(bare, date=date)])
    assert queries.upload("linux", "6.1.1-1").date == DAY - dt.timedelta(days=1)


def test_what_the_record_knows_of_releases_stays() -> None:
    fill([])
    load.merge(
        [
            ReleaseRow(replace(RELEASES[0], version="99"), "old"),
            ReleaseRow(DebianRelease("x", "", None, None, None, None), ""),
        ]
    )
    found = {row[0]: row[1] for row in table("release")}
    assert found == {"bookworm": "12", "sid": "", "x": ""}


def test_a_build_that_nothing_vouches_for_was_seen_nowhere() -> None:
    told = one(make_kernel(suite=None))
    load.merge([SeenRow(BuildKey("linux", "6.1.1-1", "amd64", "amd64"), "bookworm", DAY, DAY), *told[2:]])
    assert (table("suite_seen"), table("lane_build")) == ([], [])


def test_when_suites_had_a_build_grows_together() -> None:
    told = one(make_kernel())
    earlier = DAY - dt.timedelta(days=9)
    load.merge(told)
    load.merge([replace(row, first=earlier) if isinstance(row, SeenRow) else row for row in told])
    ((build,),) = [(ref.id,) for ref in queries.find_builds(text="6.1.0-1")]
    assert [(s.suite, s.first, s.last) for s in queries.build(build).suites] == [("bookworm", earlier, DAY)]


def test_what_could_not_be_had_and_comes_from_elsewhere_is_waited_for_no_more() -> None:
    told = one(make_kernel())
    deb = make_kernel().debs[0]
    for version in ("6.1.1-1", "6.1.2-1"):
        store.note_attempt(BuildKey("linux", version, "amd64", "amd64"), "6.1.0-1-amd64", "404")
        store.note_absent(deb.name, version, deb.arch, "404")
    load.merge(told)
    assert [waiting.name for waiting in queries.attempts()] == ["6.1.0-1-amd64=6.1.2-1:amd64"]
    assert [row[2] for row in table("absent")] == ["6.1.2-1"]


def test_many_builds_go_in_by_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    fill(kernels())
    told, was = rows(), digest()
    empty()
    monkeypatch.setattr(load, "BUILDS_AT_ONCE", 2)
    monkeypatch.setattr(load, "AT_ONCE", 1)
    assert (load.merge(told).new, digest()) == (5, was)


def test_a_damaged_set_is_not_exported() -> None:
    fill(kernels()[:1])
    ((_, _, _, packed, *_),) = table("export_set")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE export_set DISABLE TRIGGER immutable")
        cursor.execute(r"UPDATE export_set SET exports = '\x01000000ffffff00'")
    with pytest.raises(BadFormat, match="a member that is in no dictionary"):
        digest()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE export_set SET exports = %s, crc = set_byte(crc, 0, 9)", [packed])
        cursor.execute("ALTER TABLE export_set ENABLE TRIGGER immutable")
    with pytest.raises(BadFormat, match="are not those of this digest"):
        digest()


def test_export_without_anything_to_do_is_refused() -> None:
    with pytest.raises(CommandError, match="name a FILE"):
        call_command("export")


def test_the_digest_alone_can_be_asked_for(capsys: pytest.CaptureFixture) -> None:
    fill(kernels())
    call_command("export", "--digest")
    assert capsys.readouterr().out == f"{digest().hex()}\n"


def test_what_is_written_while_an_export_is_read_is_not_in_it() -> None:
    fill(kernels()[:1])
    from threading import Thread

    def save() -> None:
        store.save(kernels()[1])
        connection.close()

    with content.one_moment():
        stream = content.rows()
        first = next(stream)
        writer = Thread(target=save)
        writer.start()
        writer.join()
        builds = [row for row in (first, *stream) if isinstance(row, BuildRow)]
    assert [build.kernel_release for build in builds] == ["6.1.0-1-amd64"]


def test_tables_for_analysis_hold_the_record(tmp_path: Path) -> None:
    from pyarrow import parquet

    fill(kernels())
    call_command("export", "--parquet", str(tmp_path), verbosity=0)
    tables = {path.stem: parquet.read_table(path).to_pylist() for path in sorted(tmp_path.iterdir())}
    sets = [row for row in rows() if isinstance(row, SetRow)]
    assert {row["status"] for row in tables["builds"] if row["kernel_release"] == "6.1.0-3-amd64"} == {"apart"}
    assert [row["kernel_release"] for row in tables["builds"]] == [k.kernel_release for k in kernels()]
    assert len(tables["exports"]) == sum(len(row.members) for row in sets if row.of == EXPORTS)
    assert {(row["symbol"], row["crc"]) for row in tables["exports"]} >= {("kfree", 7), ("tun_get", None)}
    assert [(row["name"], row["value"]) for row in tables["configs"]][-1] == ("CONFIG_A", '"x\\y"')
    assert {row["text"] for row in tables["facts"]} == {"2", "CVE-2026-1", "module:drivers/*"}
    assert {name: len(found) for name, found in tables.items() if name in ("lanes", "changes", "seen")} == {
        "lanes": len(table("lane_build")),
        "changes": len(table("set_diff")),
        "seen": len(table("suite_seen")),
    }


def by_snapshot(**given: Any) -> Kernel:
    """The build of make_kernel() as the snapshot service has its deb."""
    deb = make_kernel().debs[0]
    return make_kernel(debs=(replace(deb, listings=(), snapshot=Snapshot("c" * 40, DAY)),), **given)


def test_what_the_snapshot_service_says_of_a_deb_that_is_listed_too_is_no_content() -> None:
    fill([make_kernel()])
    listed, listings = digest(), table("listing")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE deb SET snapshot_sha1 = %s, snapshot_seen = now()", ["c" * 40])
    assert digest() == listed
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM listing")
    assert digest() != listed and listings != []


def test_a_deb_by_snapshot_and_by_index_is_the_same_content_in_either_order() -> None:
    listed, loose = one(make_kernel()), one(by_snapshot())
    load.merge(listed)
    was = digest()
    loaded = load.merge(loose)
    assert (loaded.same, digest()) == (1, was)
    empty()
    load.merge(loose)
    assert digest() != was
    assert (load.merge(listed).same, digest()) == (1, was)
    with connection.cursor() as cursor:
        cursor.execute("SELECT snapshot_sha1, snapshot_seen FROM deb")
        assert cursor.fetchall() == [("", None)]


def test_a_new_build_of_which_the_record_knows_a_listing_keeps_nothing_of_the_snapshot_service() -> None:
    loose = one(by_snapshot())
    store.put_listings([(make_kernel().debs[0].sha256, make_listing())])
    load.merge(loose)
    with connection.cursor() as cursor:
        cursor.execute("SELECT snapshot_sha1, snapshot_seen FROM deb")
        assert cursor.fetchall() == [("", None)]


def test_what_verify_would_find_an_import_refuses(tmp_path: Path) -> None:
    fill([make_kernel()])
    told = [replace(row, extractor=99) if isinstance(row, BuildRow) else row for row in rows()]
    with envelope.written(tmp_path / "forged") as sink:
        writer = Writer(sink)
        for row in told:
            writer.put(row)
        writer.close()
    empty()
    with pytest.raises(BadFormat, match=r"forged: line \d+: read by extractor 99"):
        call_command("import", str(tmp_path / "forged"))
    load.merge(told)
    assert any("read by extractor 99" in line for line in queries.invariants())
