# SPDX-License-Identifier: GPL-2.0-or-later
import dataclasses
import datetime as dt

import pytest

from abidb.answers import Lane, LaneName, Step
from abidb.compat import Outcome
from abidb.lanewords import news_outcome, verdict_sentence, verdict_word
from abidb.overviewanswers import LaneNews
from abidb.packageanswers import StepTried
from abidb.useanswers import StepHits
from tests.dashboard.answers import NAME, make_counts, make_ref, make_step

FLAGS = "SMP preempt mod_unload modversions "
COMMON = 24_683
BROKEN = make_counts(crc_changed=18_272, common=COMMON)
#: without CRCs
BARE = make_counts(crc_changed=None, removed=12, added=240, common=COMMON)


def make_news(counts=None, step: Step | None = None, **fields: object) -> LaneNews:
    step = step or make_step(2, counts)
    lane = Lane(LaneName("bookworm", "amd64", "amd64"), "bookworm", "stable", False, (step,), dt.datetime.now(dt.UTC))
    given = {
        "old_vermagic": f"6.1.0-1-amd64 {FLAGS}",
        "new_vermagic": f"6.1.0-2-amd64 {FLAGS}",
        "hits": None,
        "tried": None,
    }
    return LaneNews(lane, **{**given, **fields})


def same_name(counts) -> Step:
    return dataclasses.replace(make_step(2, counts), old=make_ref(1, abi_name="6.1.0-2"))


def hits(n: int, among: int = 33, *, whole: bool = True) -> StepHits:
    return StepHits(tuple(f"p{i}" for i in range(n)), whole, among=among)


@pytest.mark.parametrize(
    ("news", "outcome", "said"),
    [
        (make_news(step=make_step(0)), Outcome.UNKNOWN, "the first upload here: nothing to compare with"),
        (
            make_news(step=dataclasses.replace(make_step(1), counts=None, scope=None)),
            Outcome.UNKNOWN,
            "not compared yet",
        ),
        (
            make_news(make_counts(common=COMMON)),
            Outcome.SAME,
            "new name, exports identical: modules of the previous build still load",
        ),
        (
            make_news(step=same_name(make_counts(common=COMMON))),
            Outcome.SAME,
            "same name, exports identical: modules of the previous build still load",
        ),
        (
            make_news(make_counts(added=1_234, common=COMMON)),
            Outcome.COMPATIBLE,
            "new name, 1,234 exports added: modules of the previous build still load",
        ),
        (
            make_news(make_counts(moved=1, gpl_relaxed=1, common=COMMON)),
            Outcome.COMPATIBLE,
            "new name, 2 exports moved or relaxed: modules of the previous build still load",
        ),
        (
            make_news(BROKEN, hits=hits(31)),
            Outcome.BREAKS,
            "18,272 of 24,683 exports changed (74 %); 31 of 33 packages must be rebuilt",
        ),
        (
            make_news(step=same_name(make_counts(removed=1, gpl_tightened=2, namespace_changed=3, common=9))),
            Outcome.BREAKS,
            "same name, 1 export removed, 2 made GPL-only, 3 put into a namespace",
        ),
        (
            make_news(BARE, old_vermagic="7.2-amd64 SMP ", new_vermagic="7.3-amd64 SMP "),
            Outcome.BREAKS,
            "12 exports removed, 240 added; built without CRCs, so changes of type are not measured",
        ),
        (
            make_news(make_counts(crc_changed=None), new_vermagic="6.1.0-2-amd64 SMP "),
            Outcome.UNKNOWN,
            "new name, no export added, removed or restricted; "
            "one of both built without CRCs, so changes of type are not measured",
        ),
        (
            make_news(make_counts(common=9, crc_unknown=2)),
            Outcome.UNKNOWN,
            "new name, no export added, removed or restricted; 2 exports not measurable by CRC",
        ),
        (
            make_news(step=dataclasses.replace(make_step(1, make_counts(removed=3, untold=3)), scope="vmlinux")),
            Outcome.UNKNOWN,
            "in vmlinux: new name, no export added, removed or restricted; "
            "the archive has lost modules of one build, so the rest is not measured",
        ),
        (
            make_news(make_counts(common=9), new_vermagic="6.1.0-2-amd64 SMP modversions "),
            Outcome.BREAKS,
            "new name, exports identical; vermagic flags changed: no module of the previous build loads",
        ),
    ],
)
def test_the_newest_upload_is_told_in_one_sentence(news: LaneNews, outcome: Outcome, said: str) -> None:
    assert (news_outcome(news), verdict_sentence(news)) == (outcome, said)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (None, ""),
        (hits(0, 0), ""),
        (StepHits(None, False, among=9), ""),
        (hits(0, whole=False), ""),
        (hits(0), "; none of 33 packages must be rebuilt"),
        (hits(1, 1), "; 1 of 1 package must be rebuilt"),
        (hits(33), "; all 33 packages must be rebuilt"),
        (hits(5, whole=False), "; at least 5 of 33 packages must be rebuilt"),
    ],
)
def test_packages_are_told_where_some_were_built(found, said: str) -> None:
    assert verdict_sentence(make_news(BROKEN, hits=found)) == f"18,272 of 24,683 exports changed (74 %){said}"


@pytest.mark.parametrize(("worse", "said"), [(0, ""), (1, ", 1 no longer compiles"), (2, ", 2 no longer compile")])
def test_packages_that_cannot_be_rebuilt_are_told_too(worse: int, said: str) -> None:
    tried = StepTried(NAME, make_ref(2), tried=33, stopped=worse)
    news = make_news(BROKEN, hits=hits(31), tried=tried)
    assert verdict_sentence(news).endswith(f"31 of 33 packages must be rebuilt{said}")


@pytest.mark.parametrize(
    ("news", "word"), [(make_news(step=make_step(0)), ""), (make_news(BROKEN), "rebuild"), (make_news(), "identical")]
)
def test_a_verdict_has_one_word_but_for_the_first_upload(news: LaneNews, word: str) -> None:
    assert verdict_word(news) == word
