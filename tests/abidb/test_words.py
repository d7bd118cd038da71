# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt

import pytest

from abidb.answers import QueueState
from abidb.compat import Counts
from abidb.words import (
    CONFIG_UNKNOWN,
    abi_sentence,
    age,
    ahead,
    bare_rename_sentence,
    changes_sentence,
    check_sentence,
    config_sentence,
    flags_sentence,
    name_sentence,
    no_modversions_sentence,
    number,
    option_sentence,
    pause_sentence,
    plural,
    queue_sentence,
    run_sentence,
    share,
    step_sentence,
    symvers_sentence,
)

NONE = dict(added=0, removed=0, crc_changed=0, moved=0, gpl_tightened=0, namespace_changed=0, common=24_664)


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(0, 0, "0 %"), (0, 9, "0 %"), (1, 999, "under 1 %"), (998, 999, "over 99 %"), (9, 9, "100 %"), (3, 4, "75 %")],
)
def test_a_share_is_never_rounded_to_a_false_nothing_or_all(part: int, whole: int, text: str) -> None:
    assert share(part, whole) == text


@pytest.mark.parametrize(
    ("counts", "scope", "sentence"),
    [
        ({}, "all", "no export changed"),
        ({"crc_changed": 18_272, "added": 19}, "all", "18,272 of 24,664 CRCs changed (74 %), 19 exports added"),
        ({"removed": 1, "moved": 2}, "all", "1 export removed, 2 exports moved to another module"),
        (
            {"crc_changed": None},
            "all",
            "no export added, removed or restricted; changes of type are not measurable by CRC",
        ),
        (
            {"crc_changed": None, "removed": 12},
            "all",
            "12 exports removed; changes of type are not measurable by CRC",
        ),
        (
            {"removed": 3, "untold": 2},
            "all",
            "1 export removed; 2 exports gone from vmlinux, perhaps only moved into a module that the archive has lost",
        ),
        (
            {"removed": 2, "untold": 2, "crc_changed": None},
            "all",
            "2 exports gone from vmlinux, perhaps only moved into a module that the archive has lost; "
            "changes of type are not measurable by CRC",
        ),
        ({"crc_unknown": 1}, "all", "no export changed; 1 export without a CRC to compare"),
        (
            {},
            "vmlinux",
            "in vmlinux: no export changed (only the exports of vmlinux are compared: "
            "the archive no longer has the modules of one of the builds)",
        ),
    ],
)
def test_one_sentence_says_what_changed_and_what_was_not_measured(counts: dict, scope: str, sentence: str) -> None:
    assert changes_sentence(Counts(**{**NONE, **counts}), scope=scope) == sentence


def test_numbers_have_separators_and_nouns_agree() -> None:
    assert (number(18272), plural(1, "export"), plural(2000, "export")) == ("18,272", "1 export", "2,000 exports")


def test_names_flags_and_missing_modversions_have_their_sentences() -> None:
    assert [name_sentence("a", "a"), name_sentence("a", "b")] == ["same ABI name", "new ABI name"]
    assert flags_sentence("SMP", "SMP preempt").endswith("no module of the old build loads")
    assert "unchecked" in no_modversions_sentence(True)
    assert "refuses" in no_modversions_sentence(False)


def test_a_step_says_its_name_before_its_changes() -> None:
    assert step_sentence("6.1.0-55", "6.1.0-56", Counts(**NONE), scope="all") == "new ABI name, no export changed"


def test_new_names_without_a_change_are_counted_never_judged() -> None:
    assert [bare_rename_sentence(*given) for given in ((0, 0, 0), (1, 1, 0), (2, 5, 1))] == [
        "no step brought a new ABI name",
        "1 of 1 new ABI name came with no change of the exports",
        "2 of 5 new ABI names came with no change of the exports; of 1 it cannot be told",
    ]


def test_a_self_check_without_imports_is_no_pass() -> None:
    assert [check_sentence(0, 0), check_sentence(9, 1), check_sentence(43_000, 0)] == [
        "no module of the build states the CRC of an import, so there was nothing to compare",
        "1 symbol exported with another CRC than the build's own modules import",
        "all 43,000 CRCs that the build's own modules import are those that it exports",
    ]


def test_a_run_says_how_far_it_is_and_what_failed() -> None:
    assert [run_sentence(7, 23, 1, "linux-image-x"), run_sentence(0, 4, 0, "")] == [
        "ingested 7 of 23, now linux-image-x, 1 failed",
        "ingested 0 of 4",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-9, "just now"), (59, "just now"), (60, "1 minute ago"), (7_200, "2 hours ago"), (90_000, "1 day ago")],
)
def test_an_age_is_told_in_its_largest_unit(seconds: int, text: str) -> None:
    now = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    assert age(now - dt.timedelta(seconds=seconds), now) == text


@pytest.mark.parametrize(
    ("lines", "differing", "extractor", "local", "said"),
    [
        (None, 0, 1, False, "not compared: it was read before abidb read headers"),
        (None, 0, 2, False, "not compared: the headers are not in the archive"),
        (None, 0, 2, True, "not compared: the headers are not among the files given"),
        (24_664, 0, 2, False, "all 24,664 lines of the headers' Module.symvers say what was read"),
        (24_664, 1, 2, False, "1 symbol not as the headers' Module.symvers has them"),
    ],
)
def test_why_headers_were_not_compared_is_said(lines, differing: int, extractor: int, local: bool, said: str) -> None:
    assert symvers_sentence(lines, differing, extractor=extractor, local=local) == said


@pytest.mark.parametrize(
    ("changes", "measured", "said"),
    [
        (0, False, CONFIG_UNKNOWN),
        (0, True, "no option differs"),
        (1, True, "1 option differs"),
        (1_200, True, "1,200 options differ"),
    ],
)
def test_configurations_that_are_not_known_are_not_called_equal(changes: int, measured: bool, said: str) -> None:
    assert config_sentence(changes, measured=measured) == said


@pytest.mark.parametrize(("old", "new", "said"), [(None, "m", "not set -> m"), ("m", "y", "m -> y")])
def test_an_option_is_told_from_both_sides(old, new, said: str) -> None:
    assert option_sentence(old, new) == said


@pytest.mark.parametrize(
    ("names", "from_changelog", "said"),
    [
        ((), False, "unknown"),
        ((), True, "unknown"),
        (("6.1.0-20",), False, "6.1.0-20"),
        (("3.2.0-4",), True, "3.2.0-4 (as the changelog says)"),
    ],
)
def test_an_abi_name_that_only_a_changelog_tells_is_marked(names, from_changelog: bool, said: str) -> None:
    assert abi_sentence(names, from_changelog=from_changelog) == said


@pytest.mark.parametrize(
    ("waiting", "doing", "failed", "workers", "said"),
    [
        (0, 0, 0, 0, "0 jobs at work, 0 waiting; no worker runs"),
        (310, 2, 0, 2, "2 jobs at work, 310 waiting; 2 workers"),
        (1_000, 1, 4, 1, "1 job at work, 1,000 waiting, 4 failed; 1 worker"),
    ],
)
def test_the_queue_is_told_in_a_line(waiting: int, doing: int, failed: int, workers: int, said: str) -> None:
    assert queue_sentence(QueueState(False, "", waiting, doing, failed, 9, workers)) == said


def test_a_pause_says_why_where_that_is_known() -> None:
    assert pause_sentence("the disk is full") == "no job is begun until manage.py resume: the disk is full"
    assert pause_sentence("") == "no job is begun until manage.py resume"


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (dt.timedelta(seconds=-5), "due"),
        (dt.timedelta(seconds=59), "due"),
        (dt.timedelta(hours=23, minutes=59), "in 23 hours"),
        (dt.timedelta(days=64), "in 64 days"),
    ],
)
def test_a_moment_ahead_is_told_in_its_largest_unit(time: dt.timedelta, said: str) -> None:
    now = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    assert ahead(now + time, now) == said
