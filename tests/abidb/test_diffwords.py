# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from abidb.answers import Diff
from abidb.changelog import Between, Way
from abidb.changes import Group
from abidb.compat import Counts, outcome
from abidb.diffwords import changelog_sentence, fixes_sentence, group_sentence, notes, sides_words, summary, verdict
from abidb.packageanswers import Hits
from abidb.verdict import LOADS, REFUSED
from abidb.words import CRC_OVERSTATES, FLAGS_NOT_COMPARED, NOT_MEASURABLE
from tests.abidb.test_usewords import hit
from tests.dashboard.answers import make_counts, make_ref

FLAGS = "SMP preempt mod_unload modversions "


def make_diff(counts: Counts, **fields) -> Diff:
    given = {"old": make_ref(1), "new": make_ref(2), "old_vermagic": f"x {FLAGS}", "new_vermagic": f"y {FLAGS}"}
    scope = fields.pop("scope", "all")
    found = {"flags_differ": False, "changes": (), "total": 0, "outcome": outcome(counts, scope=scope)}
    return Diff(counts=counts, scope=scope, **{**given, **found, **fields})


def make_hits(*answers: str, update: bool = True) -> Hits:
    return Hits("bookworm", tuple(hit(answer=answer) for answer in answers), 0, 0, 0, 0, 0, 0, update=update)


@pytest.mark.parametrize(
    ("counts", "hits", "said"),
    [
        (
            {"crc_changed": 12, "common": 24683},
            make_hits(*[REFUSED] * 31, LOADS, LOADS),
            "12 of 24,683 exports changed their CRC, 31 of 33 packages must be rebuilt. CRCs overstate",
        ),
        ({"crc_changed": 1, "common": 1}, None, "1 of 1 export changed its CRC. CRCs overstate"),
        ({"common": 9}, make_hits(LOADS), "no export changed, none of 1 package must be rebuilt"),
        ({"removed": 1, "added": 2, "common": 9}, make_hits(REFUSED, update=False), "1 export removed, 2 added"),
        ({"gpl_tightened": 1, "namespace_changed": 2, "common": 9}, None, "3 exports restricted"),
        ({"removed": 5, "untold": 5, "common": 9}, None, "no export changed"),
        (
            {"crc_changed": None, "common": 9},
            None,
            f"no export added, removed or restricted; changes of type are {NOT_MEASURABLE}",
        ),
    ],
)
def test_a_verdict_is_one_line_with_what_matters_most(counts: dict, hits, said: str) -> None:
    assert verdict(make_diff(make_counts(**counts)), hits) == f"6.1.0-1 → 6.1.0-2: {said}"


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ({}, ("6.1.0-1", "6.1.0-2")),
        ({"flavour": "cloud-amd64", "kernel_release": "6.1.0-2-cloud-amd64"}, ("6.1.0-1-amd64", "6.1.0-2-cloud-amd64")),
        (
            {"kernel_release": "6.1.0-1-amd64", "abi_name": "6.1.0-1"},
            ("6.1.0-1-amd64 6.1.1-1", "6.1.0-1-amd64 6.1.2-1"),
        ),
        (
            {"kernel_release": "6.1.0-1-amd64", "abi_name": "6.1.0-1", "version": "6.1.1-1", "arch": "i386"},
            ("6.1.0-1-amd64 amd64", "6.1.0-1-amd64 i386"),
        ),
    ],
)
def test_builds_are_told_apart_as_shortly_as_can_be(new: dict, said: tuple) -> None:
    assert sides_words(make_ref(1), make_ref(2, **new)) == said


def test_a_file_without_a_name_has_no_abi_name() -> None:
    nameless = make_ref(0, abi_name="", kernel_release="Module.symvers")
    assert summary(make_diff(make_counts(common=2), new=nameless)) == "no export changed"
    assert summary(make_diff(make_counts(common=2))) == "new ABI name, no export changed"


def test_notes_say_what_the_counts_do_not() -> None:
    other = make_ref(2, arch="arm64", flavour="arm64")
    found = make_diff(make_counts(crc_changed=1, common=2), new=other, new_vermagic="")
    said = notes(found)
    assert said[0] == "modules that use a changed export must be rebuilt"
    assert said[1] == FLAGS_NOT_COMPARED
    assert said[2].startswith("builds of different architectures or flavours")
    assert f"{said[3]}." == CRC_OVERSTATES
    without = notes(make_diff(make_counts(crc_changed=None, common=2), flags_differ=True))
    assert without[0].startswith("vermagic flags changed")
    assert without[1].startswith("built without CRCs")


def test_a_module_s_changes_are_counted_by_kind() -> None:
    group = Group("m", 1203, (2, 1200, 0, 0, 0, 0, 0, 0, 1))
    assert group_sentence(group) == "2 removed, 1,200 CRC changed, 1 added"


@pytest.mark.parametrize(
    ("between", "said"),
    [
        (Between(Way.SAME), "both builds are of one upload"),
        (
            Between(Way.SOURCES),
            "the builds are of different source packages: no one changelog leads from one to the other",
        ),
        (Between(Way.BRANCHES), "no release line has both builds: no one changelog leads from one to the other"),
        (Between(Way.FORWARD, uploads=1, cves=1262, bugs=1), "1 upload: 1,262 CVEs, 1 bug"),
        (Between(Way.FORWARD, uploads=2), "2 uploads: no CVE or bug named"),
        (Between(Way.BACK, uploads=2, bugs=3), "going back undoes 2 uploads: 3 bugs"),
    ],
)
def test_a_changelog_says_where_it_leads_and_what_it_fixes(between: Between, said: str) -> None:
    assert changelog_sentence(between) == said


def test_fixes_are_counted_as_far_as_there_are_any() -> None:
    assert [fixes_sentence(0, 0), fixes_sentence(0, 2)] == ["no CVE or bug named", "2 bugs"]
