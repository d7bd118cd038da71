# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt
from dataclasses import replace

import pytest

from abidb.errors import BadFormat, Unavailable
from abidb.outoftree import (
    BUILT,
    DIFFERENT,
    HARNESS,
    NO_COMPILE,
    NO_DEPENDENCY,
    NOT_COMPARED,
    PARTLY,
    SAME,
    Difference,
    Rebuild,
)
from abidb.verdict import of_built
from ingest.formats.objcode import DATA, FUNCTION
from ingest.outoftree import evidence as evidence_module
from ingest.outoftree import rebuild as rebuild_module
from ingest.outoftree.attempt import Built
from ingest.outoftree.evidence import COMPILED, LOG, Evidence, dump, evidence, flags, load, read_log
from ingest.outoftree.rebuild import compare, compared
from tests.builders.elf import make_elf
from tests.builders.outoftree import make_attempt, make_key, make_module, make_package, make_target

NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
OLD, NEW = make_target("6.1.0-1-amd64", "6.1.1-1"), make_target("6.1.0-2-amd64", "6.1.2-1")
FUNCTIONS = {(FUNCTION, "use"): "aa", (FUNCTION, "tell"): "bb", (DATA, "table"): "cc"}
LOG_LINES = "unit\ta.c\nfunction\tuse\t0\t1\nmember\tstruct key\tpayload\t{}\t64\t0\n"


def made(target=OLD, offset=1408, **fields):
    given = {
        "headers": target.kernel_release,
        "tools": "dkms 3.0.10, gcc-12 12.2.0-14",
        "outcome": BUILT,
        "reason": "",
        "modules": {"foo": FUNCTIONS},
        "candidates": (of_built(make_module()),),
        "log": LOG_LINES.format(offset).encode(),
    }
    return Evidence(**{**given, **fields})


def said(before, now):
    return compared(make_key(), (OLD, before), (NEW, now), NOW)


@pytest.mark.parametrize(
    ("before", "now", "reason"),
    [
        ({"headers": "6.1.0-9-amd64"}, {}, "the headers of 6.1.0-1-amd64 are not to be had"),
        ({}, {"outcome": NO_COMPILE, "reason": "a.c: error"}, "does not compile on 6.1.0-2-amd64: a.c: error"),
        ({"outcome": PARTLY}, {}, "partly built on 6.1.0-1-amd64"),
        ({}, {"tools": "gcc-14"}, "compiled with dkms 3.0.10, gcc-12 12.2.0-14 and with gcc-14"),
        ({"modules": {}}, {}, "nothing came out on 6.1.0-1-amd64"),
        ({}, {"modules": {"foo": {}, "bar": {}}}, "bar did not come out on 6.1.0-1-amd64"),
        ({"modules": {"foo": {}, "bar": {}}}, {}, "bar did not come out on 6.1.0-2-amd64"),
    ],
)
def test_builds_that_cannot_be_compared_are_not_and_the_reason_is_said(before, now, reason):
    assert said(made(**before), made(NEW, **now)) == Rebuild(
        make_key(), OLD, NEW, NOT_COMPARED, reason, 0, 0, (), False, NOW
    )


def test_equal_digests_are_the_same_code():
    assert said(made(), made(NEW)) == Rebuild(make_key(), OLD, NEW, SAME, "", 1, 3, (), True, NOW)


def test_functions_that_differ_appear_or_vanish_are_named_with_the_member_that_moved():
    changed = {(FUNCTION, "use"): "ab", (FUNCTION, "tell"): "bb", (FUNCTION, "more"): "dd"}
    assert said(made(), made(NEW, 1536, modules={"foo": changed})) == Rebuild(
        make_key(),
        OLD,
        NEW,
        DIFFERENT,
        "",
        1,
        3,
        (
            Difference("foo", "table", "data"),
            Difference("foo", "more", "function"),
            Difference("foo", "use", "function", ("struct key.payload: offset 176 -> 192",)),
        ),
        True,
        NOW,
    )


@pytest.mark.parametrize("log", [b"", b"unit\ta.c\n", b"not a log"])
def test_where_the_plugin_saw_nothing_no_member_is_named_and_that_is_said(log):
    found = said(made(log=log), made(NEW, 1536, modules={"foo": {**FUNCTIONS, (FUNCTION, "use"): "ab"}}))
    assert (found.differing, found.plugin) == ((Difference("foo", "use", "function"),), False)


def test_compare_builds_both_sides(monkeypatch):
    asked = []
    monkeypatch.setattr(
        rebuild_module, "evidence", lambda package, target, root: asked.append((target, root)) or made(target)
    )
    found = compare(make_package(), OLD, NEW, "bookworm")
    assert (asked, found.outcome) == ([(OLD, "bookworm"), (NEW, "bookworm")], SAME)


def test_what_an_older_compiler_left_is_made_anew(monkeypatch):
    """Else an update of the compiler would leave a kernel without comparison for good."""
    kept, asked = {OLD: "gcc-12 12.2.0-14", NEW: "gcc-12 12.2.0-14+deb12u1"}, []

    def evidence(_package, target, _root, *, anew=False):
        asked.append((target, anew))
        kept[target] = kept[NEW] if anew else kept[target]
        return made(target, tools=kept[target])

    monkeypatch.setattr(rebuild_module, "evidence", evidence)
    assert compare(make_package(), OLD, NEW, "bookworm").outcome == SAME
    assert asked == [(OLD, False), (NEW, False), (OLD, True)]
    asked.clear()
    kept |= {OLD: kept[NEW], NEW: "gcc-12 12.2.0-13"}
    monkeypatch.setattr(rebuild_module, "evidence", lambda *a, anew=False: evidence(*a) if not anew else newest(*a))

    def newest(_package, target, _root):
        asked.append((target, True))
        return made(target, tools="gcc-12 12.2.0-14+deb12u1")

    assert compare(make_package(), OLD, NEW, "bookworm").outcome == SAME
    assert asked == [(OLD, False), (NEW, False), (OLD, True), (NEW, True)]


def test_what_did_not_come_out_is_not_made_anew(monkeypatch):
    asked = []
    ends = {OLD: made(), NEW: made(NEW, outcome=NO_DEPENDENCY, reason="no headers", tools="")}
    monkeypatch.setattr(rebuild_module, "evidence", lambda p, target, r, anew=False: asked.append(anew) or ends[target])
    assert (compare(make_package(), OLD, NEW, "bookworm").outcome, asked) == (NOT_COMPARED, [False, False])


MAKE = flags(None, make=True)


class TestEvidence:
    @pytest.fixture
    def builds(self, monkeypatch, settings, tmp_path):
        """Builds that are asked for, by the flags; `outcomes` says how each ends, in turn."""
        settings.ABIDB_DATA = tmp_path
        module = make_module()

        def attempt(package, target, *, root, flags):
            builds.asked.append(flags)
            outcome = builds.outcomes.pop(0) if builds.outcomes else BUILT
            if outcome is Unavailable:
                raise Unavailable("no archive")
            one = make_attempt(package.key, target, outcome=outcome, log=builds.log)
            left = {LOG: builds.accesses.pop(0) if builds.accesses else b"unit\ta.c\n", COMPILED: b"ELF"}
            outputs = {name: left[name] for name in flags.outputs} if outcome == BUILT else {}
            return Built(one, {}, {module.sha256: builds.content}, outputs)

        builds = type(
            "Builds", (), {"asked": [], "outcomes": [], "log": "", "accesses": [], "content": make_elf([], [])}
        )()
        monkeypatch.setattr(evidence_module, "attempt", attempt)
        return builds

    def test_what_is_not_kept_evidence_is_refused(self):
        for data in (b"", b"x", dump(made())[:-9]):
            with pytest.raises(BadFormat) as raised:
                load(data)
            assert str(raised.value) == "kept evidence is not understood"

    def test_what_is_kept_is_read_back_whole(self):
        whole = made(candidates=(of_built(make_module(siblings=("a", "b"), namespaces=("USB",))),))
        assert load(dump(whole)) == whole

    def test_a_build_is_made_once_and_kept(self, builds):
        found = [evidence(make_package(), OLD, "bookworm") for _ in range(2)]
        assert builds.asked == [MAKE]
        assert found == [made(modules={"foo": {}}, log=b"unit\ta.c\n")] * 2

    def test_another_kernel_or_release_is_another_build(self, builds):
        for target, root in ((OLD, "bookworm"), (NEW, "bookworm"), (OLD, "trixie")):
            evidence(make_package(), target, root)
        assert builds.asked == [MAKE, flags(b"ELF"), MAKE]

    def test_a_plugin_that_another_compiler_was_given_is_made_anew(self, builds):
        builds.accesses = [b"unit\ta.c\n", b"", b"unit\tb.c\n"]
        logs = [evidence(make_package(), target, "bookworm").log for target in (OLD, NEW)]
        assert (logs, builds.asked) == ([b"unit\ta.c\n", b"unit\tb.c\n"], [MAKE, flags(b"ELF"), MAKE])

    def test_the_oldest_of_many_are_forgotten(self, builds, monkeypatch, settings):
        monkeypatch.setattr(evidence_module, "KEPT", 2)
        for number in range(4):
            evidence(make_package(version=f"1.{number}-1"), OLD, "bookworm")
        kept = sorted(path.name[:10] for path in (settings.ABIDB_DATA / "evidence").iterdir())
        assert (len(kept), kept.count(COMPILED[:10])) == (3, 1)  # plug-ins are not counted among builds

    def test_what_another_worker_just_forgot_is_no_failure(self, builds, settings):
        folder = settings.ABIDB_DATA / "evidence"
        folder.mkdir()
        (folder / "gone").symlink_to(folder / "nowhere")
        assert evidence(make_package(), OLD, "bookworm").outcome == BUILT

    def test_what_is_kept_is_replaced_by_what_is_made_anew(self, builds):
        builds.accesses = [b"unit\ta.c\n", b"unit\tb.c\n"]
        logs = [evidence(make_package(), OLD, "bookworm", anew=anew).log for anew in (False, True, False)]
        assert logs == [b"unit\ta.c\n", b"unit\tb.c\n", b"unit\tb.c\n"]

    def test_a_fault_of_a_plugin_that_was_kept_is_not_the_sources(self, builds):
        evidence(make_package(), OLD, "bookworm")
        builds.outcomes, builds.log = [NO_COMPILE, NO_COMPILE], "a.c:3:1: internal compiler error: in look"
        assert evidence(make_package(), NEW, "bookworm").outcome == BUILT
        assert builds.asked == [MAKE, flags(b"ELF"), MAKE, flags(None)]

    @pytest.mark.parametrize(
        ("outcome", "log"),
        [
            (NO_DEPENDENCY, ""),
            (HARNESS, ""),
            (NO_COMPILE, "a.c:3:1: internal compiler error: in look_at_function"),
            (PARTLY, "cc1: error: cannot load plugin /scratch/accesses.so"),
        ],
    )
    def test_where_the_plugin_may_be_why_it_does_not_build_it_is_built_without(self, builds, outcome, log):
        builds.outcomes, builds.log = [outcome], log
        assert evidence(make_package(), OLD, "bookworm").log == b""
        assert builds.asked == [MAKE, flags(None)]

    def test_a_failure_that_is_not_the_packages_is_not_kept(self, builds):
        builds.outcomes = [HARNESS, HARNESS]
        assert evidence(make_package(), OLD, "bookworm").outcome == HARNESS
        assert evidence(make_package(), OLD, "bookworm").outcome == BUILT

    def test_a_source_that_does_not_compile_is_kept_as_such(self, builds):
        builds.outcomes = [NO_COMPILE]
        found = [evidence(make_package(), OLD, "bookworm") for _ in range(2)]
        reason = "foo.c:3:1: error: no"
        assert found == [made(outcome=NO_COMPILE, reason=reason, modules={}, candidates=(), log=b"")] * 2

    def test_a_module_that_cannot_be_read_is_a_failure_of_ours(self, builds):
        builds.content = b"no module"
        found = evidence(make_package(), OLD, "bookworm")
        assert (found.outcome, found.reason) == (HARNESS, "foo: not an ELF file (offset 0)")

    def test_an_archive_that_does_not_answer_says_nothing_of_the_package(self, builds):
        builds.outcomes = [Unavailable]
        with pytest.raises(Unavailable):
            evidence(make_package(), OLD, "bookworm")

    def test_a_log_that_is_not_understood_is_none(self):
        assert read_log(replace(made(), log=b"nonsense")) is None
