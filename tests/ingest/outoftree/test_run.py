# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole way from a signed archive to a table of outcomes, with builds that are made up."""

from __future__ import annotations

import datetime as dt
import re
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection

from abidb import queries, store
from abidb.errors import BadFormat, Unavailable, UnknownName
from abidb.lifecycle import DebianRelease
from abidb.outoftree import BUILT, DIFFERENT, HARNESS, NO_COMPILE, NOT_COMPARED, SAME
from abidb.queries.kernels import lane_sides
from abidb.records import OfferRow
from ingest import queue
from ingest.outoftree import able, attempt, jobs, known, rebuild, run
from ingest.outoftree.plan import Change, Kernel
from tests.builders.archive import Fault, MadeDeb, write_suite
from tests.builders.outoftree import make_attempt, make_module, make_package, make_rebuild, make_target, make_use
from tests.builders.queue import own_hands
from tests.builders.records import make_export, make_kernel

pytestmark = pytest.mark.django_db

DAY = dt.date(2023, 6, 10)
BOOKWORM = DebianRelease("bookworm", "12", DAY, DAY, None, None)
FOO = MadeDeb("foo-dkms", "1.0-1", "amd64", source="foo")
TARGETS = [make_target(f"6.1.0-{n}-amd64", f"6.1.{n}-1") for n in (1, 2, 3)]


@pytest.fixture(autouse=True)
def archive(settings, server, folder, key, monkeypatch):
    """An archive with one package, and a record with three kernels whose headers it has."""
    settings.ABIDB_MIRROR, settings.ABIDB_KEYRING = (server.address,), key.public
    settings.ABIDB_SOURCES = None
    monkeypatch.setattr(run, "known_releases", lambda *given: (BOOKWORM,))
    monkeypatch.setattr(run, "hands", own_hands)
    monkeypatch.setattr(able, "missing", lambda: ())
    monkeypatch.setattr(able, "here", lambda: "amd64")
    write_suite(folder, key, [FOO], folder="bookworm")
    for n, target in enumerate(TARGETS):
        store.save(make_kernel(target.kernel_release, target.version, exports=(make_export(crc=n // 2),)))
    store.put_releases([BOOKWORM], {})
    offers(*TARGETS)
    return server


def offers(*targets, content=None):
    kernels = [make_kernel(target.kernel_release, target.version) for target in targets]
    content = {"headers": [1]} if content is None else content
    store.put_offers(OfferRow(k.key, k.kernel_release, ("bookworm", "elts:bookworm"), content) for k in kernels)


@pytest.fixture
def builds(monkeypatch):
    """What building on a kernel release comes to; BUILT where nothing is said."""
    said = {}

    def build(package, target, *, root):
        uses = (make_use(crc=TARGETS.index(target) // 2),)
        outcome = said.get(target.kernel_release, BUILT)
        made = make_attempt(package.key, target, outcome=outcome, modules=(make_module(uses=uses),), seconds=60.0)
        return SimpleNamespace(attempt=made)

    monkeypatch.setattr(attempt, "attempt", build)
    return said


def command(capsys, *options):
    call_command("outoftree", *options)
    return capsys.readouterr().out


def built():
    return {row.target.kernel_release: row.outcome for row in queries.dkms_attempts()}


def test_without_its_tools_it_says_what_is_missing_and_where_they_come_from(capsys, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(able.shutil, "which", lambda name: None if name == "bwrap" else f"/usr/bin/{name}")
    with pytest.raises(SystemExit):
        call_command("outoftree")
    assert re.match(r"abidb: bwrap missing: `make system-tools` installs", capsys.readouterr().err)


def test_builds_for_another_architecture_are_refused_unless_somebody_can_do_them(capsys, monkeypatch):
    with pytest.raises(SystemExit):
        call_command("outoftree", "--arch", "arm64")
    assert "abidb: modules for arm64 are not built on amd64: --queue leaves them" in capsys.readouterr().err
    monkeypatch.setattr(queue, "builders", lambda arch: int(arch == "arm64"))
    assert command(capsys, "--arch", "arm64") == "kernel\n"


def test_unknown_package_is_refused_with_those_there_are(builds):
    with pytest.raises(UnknownName) as raised:
        call_command("outoftree", "--package", "bar-dkms")
    assert raised.value.candidates == ("foo-dkms",)


def test_comparison_of_kernels_that_nothing_was_built_on_is_refused():
    with pytest.raises(UnknownName, match=r"nothing was built on both 6\.1\.0-1-amd64 and 6\.1\.0-2-amd64"):
        call_command("outoftree", "--rebuilds", "6.1.0-1-amd64", "6.1.0-2-amd64")


def test_failure_of_ours_is_listed_and_the_exit_status_says_so(builds, capsys):
    builds["6.1.0-3-amd64"] = HARNESS
    with pytest.raises(SystemExit) as raised:
        call_command("outoftree", "--newest")
    lines = capsys.readouterr().out.splitlines()
    assert (raised.value.code, lines[-1]) == (
        1,
        "foo-dkms 1.0-1 on 6.1.0-3-amd64  harness failure: foo.c:3:1: error: no",
    )


def test_job_that_left_no_trace_is_a_failure_of_ours(builds, capsys, monkeypatch):
    monkeypatch.setattr(run.jobs, "outcomes", lambda done: {})
    with pytest.raises(SystemExit):
        call_command("outoftree", "--newest")
    assert "harness failure: it broke off; the worker's log says why" in capsys.readouterr().out


def test_package_that_was_gone_before_its_turn_came_is_told_as_that(builds, capsys, monkeypatch):
    def build(arguments):
        store.put_packages([], whole=True)
        return original(arguments)

    original = jobs.build
    monkeypatch.setattr(jobs, "build", build)
    assert "dependency not to be had: no archive has it any more" in command(capsys, "--newest")


def test_package_that_is_gone_before_it_is_tried_again_is_told_as_that_and_not_as_it_failed_before(
    builds, capsys, monkeypatch
):
    def build(arguments):
        store.put_packages([], whole=True)
        return original(arguments)

    builds["6.1.0-3-amd64"] = HARNESS
    with pytest.raises(SystemExit):
        command(capsys, "--newest")
    original = jobs.build
    monkeypatch.setattr(jobs, "build", build)
    capsys.readouterr()
    assert "dependency not to be had: no archive has it any more" in command(capsys, "--newest", "--retry")


def test_what_an_archive_refused_is_said(archive, folder, key, capsys):
    write_suite(folder, key, [MadeDeb("foo-dkms", "1.0-2", depends=uuid4().hex)], folder="bookworm")  # in no cache yet
    archive.fault("dists/bookworm/main/binary-amd64/Packages.xz", Fault(content=b"forged"), lasting=True)
    call_command("outoftree", "--plan")
    assert "bookworm main/binary-amd64/Packages: " in capsys.readouterr().err


def test_packages_of_an_architecture_that_is_not_looked_at_are_not_gone(capsys):
    store.put_packages([make_package("arm-dkms", arch="arm64"), make_package("old-dkms", arch="amd64")], whole=True)
    command(capsys, "--plan")
    gone = {row.package.key.package: row.gone for row in queries.dkms_packages()}
    assert gone == {"arm-dkms": False, "foo-dkms": False, "old-dkms": True}


@pytest.mark.parametrize("away", ["releases", "archive"])
def test_without_an_archive_the_record_is_planned_with(away, capsys, settings, monkeypatch):
    def unavailable(*_given):
        raise Unavailable("no archive")

    store.put_packages([make_package()], whole=True)
    if away == "releases":
        monkeypatch.setattr(run, "known_releases", unavailable)
    else:
        settings.ABIDB_MIRROR = ("file:///nonexistent",)
    assert "in all" in command(capsys, "--plan")


def test_plan_says_what_it_would_do_and_why_and_does_nothing(capsys):
    assert command(capsys, "--plan", "--pairs", "--processes", "2").splitlines() == [
        "builds  minutes  why",
        "1       0        the newest kernel of its release",
        "1       0        the oldest kernel of its release",
        "2       0        in all, on 2 cores",
        "foo-dkms 1.0-1 on 6.1.0-3-amd64  in bookworm, 30 s: the newest kernel of its release",
        "foo-dkms 1.0-1 on 6.1.0-1-amd64  in bookworm, 30 s: the oldest kernel of its release",
    ]
    assert built() == {}


def test_queue_leaves_the_work_to_workers(builds, capsys):
    assert command(capsys, "--queue").splitlines()[-1] == "2 queued"
    assert built() == {}


def test_limit_holds_over_all_rounds(builds, capsys):
    command(capsys, "--limit", "1")
    assert built() == {"6.1.0-3-amd64": BUILT}


def test_each_round_looks_where_the_last_one_points(builds, capsys):
    builds["6.1.0-3-amd64"] = builds["6.1.0-2-amd64"] = NO_COMPILE
    lines = command(capsys).splitlines()
    assert [line for line in lines if line.endswith("builds")] == ["2 builds", "1 builds"]
    assert built() == {"6.1.0-1-amd64": BUILT, "6.1.0-2-amd64": NO_COMPILE, "6.1.0-3-amd64": NO_COMPILE}
    assert sorted(lines[-3:]) == [
        "6.1.0-1-amd64  1      0",
        "6.1.0-2-amd64  0      1",
        "6.1.0-3-amd64  0      1",
    ]


def test_second_run_finds_nothing_to_do(builds, capsys):
    command(capsys)
    assert command(capsys) == "kernel\n"


def test_rebuilds_are_compared_where_both_kernels_have_one(builds, capsys, monkeypatch):
    command(capsys)
    monkeypatch.setattr(
        rebuild, "compare", lambda p, old, new, root: make_rebuild(old, new, package=p.key, outcome=SAME, differing=())
    )
    assert command(capsys, "--rebuilds", "6.1.0-1-amd64", "6.1.0-3-amd64").splitlines() == [
        "[1/1] foo-dkms 1.0-1, 6.1.0-1-amd64 -> 6.1.0-3-amd64  same",
        "rebuilds  outcome",
        "1         same",
    ]


@pytest.fixture
def comparisons(builds, capsys, monkeypatch):
    """A package that was built on all kernels; what the next comparison comes to, and how often one was made."""
    for target in TARGETS:
        command(capsys, "--kernel", target.kernel_release)
    given = {"next": {"outcome": SAME}, "made": 0}

    def compare(package, old, new, root):
        given["made"] += 1
        if isinstance(given["next"], Exception):
            raise given["next"]
        now = dt.datetime(2026, 1, given["made"], tzinfo=dt.UTC)
        return make_rebuild(old, new, **{"package": package.key, "differing": (), "at": now, **given["next"]})

    monkeypatch.setattr(rebuild, "compare", compare)
    return given


REBUILDS = ("--rebuilds", "6.1.0-1-amd64", "6.1.0-3-amd64")


def test_queue_leaves_comparisons_to_workers(comparisons, capsys):
    assert command(capsys, *REBUILDS, "--queue") == "1 queued\n"
    assert (comparisons["made"], queries.rebuilds()) == (0, [])
    assert "[1/1]" in command(capsys, *REBUILDS)
    assert command(capsys, *REBUILDS, "--queue") == "0 queued\n"
    assert command(capsys, *REBUILDS, "--queue", "--retry") == "1 queued\n"
    assert comparisons["made"] == 1


@pytest.mark.parametrize(
    "failure",
    [
        UnknownName("no compiler"),
        {"outcome": NOT_COMPARED, "reason": "harness failure on 6.1.0-1-amd64: no compiler"},
    ],
)
def test_comparison_that_fails_by_us_is_listed_and_the_exit_status_says_so(comparisons, capsys, failure):
    comparisons["next"] = failure
    with pytest.raises(SystemExit) as raised:
        call_command("outoftree", *REBUILDS)
    last = capsys.readouterr().out.splitlines()[-1]
    assert raised.value.code == 1
    assert re.fullmatch(r"foo-dkms 1\.0-1, .*  harness failure: (on 6\.1\.0-1-amd64: )?no compiler", last)


def test_what_cannot_be_compared_is_no_failure_of_ours_and_asked_again(comparisons, capsys):
    comparisons["next"] = {"outcome": NOT_COMPARED, "reason": "its headers are not to be had"}
    assert [command(capsys, *REBUILDS).splitlines()[-1] for _ in range(2)] == ["1         not compared"] * 2
    assert comparisons["made"] == 2


def test_what_was_compared_is_compared_again_on_request_only(comparisons, capsys):
    assert "[1/1]" in command(capsys, *REBUILDS)
    assert command(capsys, *REBUILDS).splitlines() == ["1 compared before", "rebuilds  outcome", "1         same"]
    comparisons["next"] = {"outcome": DIFFERENT}
    assert command(capsys, *REBUILDS, "--retry").splitlines()[-1] == "1         different"
    assert comparisons["made"] == 2


def test_comparison_that_came_to_nothing_is_told_though_an_earlier_one_stays(comparisons, capsys):
    command(capsys, *REBUILDS)
    comparisons["next"] = UnknownName("no compiler")
    with pytest.raises(SystemExit):
        call_command("outoftree", *REBUILDS, "--retry")
    assert [one.outcome for one in queries.rebuilds()] == [SAME]


def test_release_of_several_kernels_is_refused_with_them_and_each_can_be_named(comparisons, capsys):
    again = make_target("6.1.0-3-amd64", "6.1.4-1")
    (key,) = {row.key for row in queries.dkms_attempts()}
    store.save_attempt(make_attempt(key, again))
    with pytest.raises(UnknownName) as raised:
        call_command("outoftree", *REBUILDS)
    assert raised.value.candidates == ("6.1.0-3-amd64=6.1.3-1:amd64", "6.1.0-3-amd64=6.1.4-1:amd64")
    command(capsys, *REBUILDS[:2], "6.1.0-3-amd64=6.1.4-1")
    assert [one.new for one in queries.rebuilds()] == [again]


def test_record_knows_kernels_attempts_uses_and_where_symbols_changed(builds, capsys):
    command(capsys)
    offers(*TARGETS)
    found = known.record("amd64", ("amd64",))
    (symbols,) = set(found.uses.values())
    assert (found.kernels, found.releases) == (
        tuple(Kernel(target, ("bookworm",), True) for target in TARGETS),
        ("bookworm", "sid", "experimental"),
    )
    assert found.changes == (Change(TARGETS[2], symbols),)
    assert {(one.target, one.outcome, one.seconds) for one in found.tried} == {
        (TARGETS[0], BUILT, 60.0),
        (TARGETS[2], BUILT, 60.0),
    }


@pytest.mark.parametrize(
    ("old", "new", "hit"),
    [
        ({}, {}, set()),
        ({}, {"crc": 2}, {"kfree"}),
        ({}, {"kind": "EXPORT_SYMBOL_GPL"}, {"kfree"}),
        ({}, {"namespace": "MM"}, {"kfree"}),
        ({"crc": None}, {"crc": None}, {"kfree", "other"}),
        ({}, {"crc": None}, {"kfree", "other"}),
    ],
)
def test_what_a_module_could_notice_is_a_change_and_without_crcs_nothing_tells(old, new, hit):
    for n, fields in ((81, old), (82, new)):
        target = make_target(f"6.1.0-{n}-amd64", f"6.1.{n}-1")
        other = make_export("other", crc=None if "crc" in fields and fields["crc"] is None else 7)
        store.save(make_kernel(target.kernel_release, target.version, exports=(make_export(**fields), other)))
    before, now = lane_sides("bookworm", "amd64", "amd64")[-2:]
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM symbol WHERE id = ANY (%s)", [list(known.changed(before, now))])
        assert {name for (name,) in cursor.fetchall()} == hit


def test_file_that_is_no_popularity_contest_is_refused(tmp_path):
    (tmp_path / "by_inst").write_text("<html>\n")
    with pytest.raises(BadFormat, match="no line of a popularity contest"):
        call_command("outoftree", "--popcon", str(tmp_path / "by_inst"))


def test_numbers_of_installations_of_the_records_packages_are_taken_over(tmp_path, capsys):
    store.put_packages([make_package()], whole=True)
    (tmp_path / "by_inst").write_text(
        "#Format\n#rank name                            inst  vote   old recent no-files (maintainer)\n"
        "1     dpkg                           268463 247103  5402 15931    27 (Dpkg Developers)\n"
        "9000  foo-dkms                            1234    12     3     1  1218 (Somebody)                  \n"
        "9001  not-in-sid                        7     1     1     0     5 (Not in sid)\n"
        "-----------------------------------------------------------------\n"
        "9002  Total                          9999999 9 9 9 9\n"
    )
    assert command(capsys, "--popcon", str(tmp_path / "by_inst")) == "1 packages with numbers of installations\n"
    assert [(row.package, row.reporting) for row in queries.popcon()] == [("foo-dkms", 1234)]
