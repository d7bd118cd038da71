# SPDX-License-Identifier: GPL-2.0-or-later
"""What calls tell: the dicts of the record, page by page."""

import json
from urllib.parse import quote

import pytest

from abidb import buildjson, checkanswers, jsonform, lanejson, packagejson, queries, store, usejson
from tests.builders.kernel import make_built
from tests.builders.packages import FIRST, THIRD, fill_packages
from tests.builders.records import make_export, make_kernel
from tests.dashboard.conftest import CHANGED

pytestmark = pytest.mark.django_db
ROOT = "/api/v1"
LANE = ("bookworm", "amd64", "amd64")
OLD, NEW = "6.1.0-1-amd64", "6.1.0-3-amd64"


def get(client, path, status=200):
    response = client.get(ROOT + path)
    assert response.status_code == status, response.content
    return response.json()


def pages(client, path, key):
    """All things of a list, followed page by page, and how many pages there were."""
    found, there, turns = [], ROOT + path, 0
    while there:
        response = client.get(there)
        told = response.json()
        assert response.headers.get("Link") == (f'<{told["next"]}>; rel="next"' if told["next"] else None)
        found, there, turns = found + told[key], told["next"], turns + 1
    return found, turns


@pytest.fixture
def packages(db):
    fill_packages()


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/builds/6.1.0-77-amd64", OLD),
        ("/lanes/bookworm/amd64/rt-amd64", "bookworm/amd64/amd64"),
        ("/lanes/bookworm/amd64/rt-amd64/volatile", "bookworm/amd64/amd64"),
        ("/lanes/bookworm/amd64/amd64/churn?after=6.1.0-77-amd64", "6.1.0-3-amd64=6.1.3-1:amd64"),
        ("/symbols/alph", "alpha"),
        ("/uploads/linux/6.1.77-1", "linux=6.1.9-1"),
        ("/breaks?line=woody", "bookworm"),
    ],
)
def test_what_is_not_there_is_404_with_the_nearest(client, record, path, near) -> None:
    assert near in get(client, path, 404)["candidates"]


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/packages/fooo", "foo"),
        ("/packages/foo?lane=woody/amd64/amd64", "bookworm/amd64/amd64"),
        ("/verdicts?package=foo", "foo-dkms"),
        ("/verdicts?package=foo-dkms&version=9", "1.0-1"),
        ("/verdicts?package=foo-dkms&after=6.1.0-77-amd64", "6.1.0-4-amd64=6.1.4-1:amd64"),
    ],
)
def test_a_package_that_is_not_there_is_404_with_the_nearest(client, packages, path, near) -> None:
    assert near in get(client, path, 404)["candidates"]


def test_a_break_that_is_gone_ends_its_pages(client, packages) -> None:
    assert get(client, "/breaks?after=12345678", 404)["detail"] == "no break here has the log 12345678"


def test_a_short_name_of_several_builds_is_409_with_all_of_them(client, record) -> None:
    told = get(client, "/builds/7.3%2Bdeb13-amd64", 409)
    assert told["type"] == "/api/#ambiguous"
    assert told["candidates"] == [
        "7.3+deb13-amd64=7.3~rc2-1~bpo13+1:amd64",
        "7.3+deb13-amd64=7.3~rc1-1~bpo13+1:amd64",
    ]


def test_lanes_come_by_name_and_one_with_its_newest_step(client, record) -> None:
    found, turns = pages(client, "/lanes?limit=1", "lanes")
    assert turns == 4
    assert found == lanejson.lanes_json(queries.lane_list())["lanes"]
    assert get(client, "/lanes/bookworm/amd64/amd64") == lanejson.lane_json(queries.lane(*LANE))


def test_churn_is_told_newest_first_and_can_be_paged(client, packages) -> None:
    found, turns = pages(client, "/lanes/bookworm/amd64/amd64/churn?limit=3", "steps")
    hits = queries.lane_hits(*LANE)
    assert turns == 2
    assert found == [lanejson.step_json(step, hits.get(step.new.id)) for step in queries.lane(*LANE).steps[::-1]]


def test_symbols_that_broke_often_are_told(client, record) -> None:
    told = get(client, "/lanes/bookworm/amd64/amd64/volatile")
    assert told == lanejson.volatile_json(queries.volatile(*LANE, limit=20))
    assert [each["symbol"] for each in told["symbols"]] == ["alpha", "delta", "epsilon", "gamma"]


def test_builds_come_newest_first_and_none_twice(client, record) -> None:
    found, turns = pages(client, "/builds?limit=4", "builds")
    assert turns == 3
    assert [each["version"] for each in found] == [
        "7.3~rc2-1~bpo13+1",
        "7.3~rc1-1~bpo13+1",
        "6.6.6-1",
        "6.1.9-1",
        "6.1.3-1",
        "6.1.3-1",
        "6.1.2-1",
        "6.1.1-1",
        "5.10.1-1",
    ]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("line=bookworm&flavour=cloud-amd64", ["6.1.0-3-cloud-amd64=6.1.3-1:amd64"]),
        ("version=6.1.3-1&arch=amd64", ["6.1.0-3-amd64=6.1.3-1:amd64", "6.1.0-3-cloud-amd64=6.1.3-1:amd64"]),
        ("kernel_release=6.1.0-1-amd64&source=linux", ["6.1.0-1-amd64=6.1.1-1:amd64"]),
        ("source=linux-6.12", []),
        ("line=woody", []),
    ],
)
def test_builds_can_be_chosen(client, record, query, names) -> None:
    assert [each["name"] for each in get(client, f"/builds?{query}")["builds"]] == names


def test_a_build_is_told_with_what_vouches_for_it(client, record) -> None:
    ref = queries.one_build(NEW)
    told = get(client, f"/builds/{NEW}")
    assert told == buildjson.facts_json(queries.build(ref.id), queries.neighbours(ref.id))
    assert told["lanes"][0]["came"]["previous"] == "6.1.0-2-amd64=6.1.2-1:amd64"
    assert told["debs"][0]["listings"][0]["release_sha256"]


def test_exports_are_told_by_symbol_and_can_be_chosen(client, record) -> None:
    found, turns = pages(client, f"/builds/{NEW}/exports?limit=4", "exports")
    assert turns == 2
    assert sorted(each["symbol"] for each in found) == sorted(export.symbol for export in CHANGED)
    some = get(client, f"/builds/{NEW}/exports?kind=EXPORT_SYMBOL&namespace=NS&text=SIL&module=vmlinux")
    assert [each["symbol"] for each in some["exports"]] == ["epsilon"]


def test_modules_are_told_by_path(client, record) -> None:
    every = queries.build_modules(queries.one_build(NEW).id)
    found, turns = pages(client, f"/builds/{NEW}/modules?limit=1", "modules")
    assert (turns, [each["path"] for each in found]) == (max(len(every), 1), [each.path for each in every])


def test_uploads_are_told_and_one_with_what_it_fixes(client, packages) -> None:
    found, turns = pages(client, "/uploads?line=bookworm&limit=3", "uploads")
    assert (turns, [each["version"] for each in found]) == (2, ["6.1.4-1", "6.1.3-1", "6.1.2-1", "6.1.1-1"])
    told = get(client, "/uploads/linux/6.1.4-1")
    assert (told["closes"], [each["name"] for each in told["of_builds"]]) == (
        {"cves": [], "bugs": []},
        ["6.1.0-4-amd64=6.1.4-1:amd64"],
    )


def test_a_diff_has_its_counts_whatever_is_chosen_of_its_changes(client, record) -> None:
    whole = jsonform.diff_json(queries.diff(*(queries.one_build(name).id for name in (OLD, NEW)), limit=None))
    found, turns = pages(client, f"/diff/{OLD}/{NEW}?limit=2", "changes")
    told = get(client, f"/diff/{OLD}/{NEW}?kind=removed&kind=moved")
    assert (turns, found) == (3, whole["changes"])
    assert ([each["symbol"] for each in told["changes"]], told["counts"]) == (["delta", "beta"], whole["counts"])
    assert told["whole"]["csv"] == "/diff/6.1.0-1-amd64=6.1.1-1:amd64/6.1.0-3-amd64=6.1.3-1:amd64.csv"


def test_a_diff_of_builds_without_a_crc_counts_none(client, record) -> None:
    new = quote("7.3+deb13-amd64=7.3~rc1-1~bpo13+1:amd64")
    assert get(client, f"/diff/{OLD}/{new}")["counts"]["crc_changed"] is None


def test_options_that_differ_are_told_by_name(client, db) -> None:
    configs = ("CONFIG_A=y\nCONFIG_B=y\nCONFIG_C=m\n", "CONFIG_B=m\nCONFIG_C=m\nCONFIG_D=y\n")
    for n, config in enumerate(configs, 1):
        store.save(make_kernel(f"6.1.0-{n}-amd64", f"6.1.{n}-1", exports=(make_export(),), config=config))
    found, turns = pages(client, "/diff/6.1.0-1-amd64/6.1.0-2-amd64/config?limit=1", "changes")
    assert (turns, found) == (
        3,
        [
            {"name": "CONFIG_A", "old": "y", "new": None},
            {"name": "CONFIG_B", "old": "y", "new": "m"},
            {"name": "CONFIG_D", "old": None, "new": "y"},
        ],
    )


def test_packages_that_a_step_hits_are_told_with_their_reasons(client, packages) -> None:
    path = f"/diff/{FIRST.kernel_release}/{THIRD.kernel_release}/packages"
    whole = usejson.hits_json(queries.hits(*(queries.one_build(each.kernel_release).id for each in (FIRST, THIRD))))
    found, turns = pages(client, f"{path}?limit=1", "packages")
    assert (turns, [each["package"] for each in found]) == (2, [each["package"] for each in whole["packages"]])
    assert [each["reasons_total"] for each in found] == [len(each["reasons"]) for each in whole["packages"]]


def test_a_symbol_s_history_and_its_users_are_told(client, packages) -> None:
    assert get(client, "/symbols/alpha") == jsonform.symbol_json("alpha", queries.symbol("alpha"))
    assert [each["package"] for each in get(client, "/symbols/alpha/users")["built"]] == ["foo-dkms"]


def test_symbols_in_use_are_told_most_used_first(client, packages) -> None:
    found, turns = pages(client, "/in-use?release=bookworm&lane=bookworm/amd64/amd64&limit=2", "symbols")
    whole = usejson.in_use_json(queries.in_use("bookworm", None, limit=None))
    assert (turns > 1, [each["symbol"] for each in found]) == (True, [each["symbol"] for each in whole["symbols"]])


def test_new_names_are_told_newest_first(client, record) -> None:
    found, turns = pages(client, "/names?line=bookworm&limit=1", "names")
    assert (turns, [(each["upload"]["version"], each["verdict"]) for each in found]) == (
        3,
        [("6.1.9-1", "unknown"), ("6.1.3-1", "changed"), ("6.1.2-1", "unchanged")],
    )


def test_what_a_text_may_mean_is_told(client, record) -> None:
    told = get(client, "/search?q=6.1.0-1-amd64")
    assert (told["symbols"], [each["name"] for each in told["builds"]]) == ([], ["6.1.0-1-amd64=6.1.1-1:amd64"])
    told = get(client, "/search?q=6.1.0-1")
    assert told["abi_names"] == [{"name": "6.1.0-1", "source": "linux", "version": "6.1.1-1"}]
    assert get(client, "/search?q=bookworm")["lanes"][0]["name"] == "bookworm/amd64/amd64"
    assert get(client, "/search?q=ephsilon")["near"] == [{"kind": "symbol", "name": "epsilon"}]


def test_the_size_of_the_record_is_told(client, record) -> None:
    assert get(client, "/record") == buildjson.record_json(queries.status())


def test_packages_come_by_name_and_one_with_its_kernels(client, packages) -> None:
    found, turns = pages(client, "/packages?limit=3", "packages")
    assert (turns, [each["source"] for each in found]) == (2, ["bar", "baz", "foo", "qux"])
    first, second = (get(client, f"/packages/foo-dkms?limit=3&after={after}") for after in (0, 3))
    whole = json.loads(json.dumps(packagejson.package_json(queries.package("foo", None, limit=None))))
    rows = [row for told in (first, second) for row in told["packages"][0]["matrix"]]
    assert (rows, second["next"]) == (whole["packages"][0]["matrix"], None)


def test_a_version_of_a_package_is_told_over_the_kernels_of_a_lane(client, packages) -> None:
    found, turns = pages(
        client, "/verdicts?package=foo-dkms&version=1.0-1&lane=bookworm/amd64/amd64&limit=3", "verdicts"
    )
    assert (turns, [(each["kernel"]["kernel_release"], each["source"]["answer"]) for each in found]) == (
        2,
        [
            ("6.1.0-4-amd64", "does not compile"),
            ("6.1.0-3-amd64", "compiles"),
            ("6.1.0-2-amd64", "compiles"),
            ("6.1.0-1-amd64", "compiles"),
        ],
    )
    assert [each["module"] and each["module"]["answer"] for each in found][1] == "refused"
    assert get(client, "/verdicts?package=foo-dkms")["version"] == "1.0-1+deb12u1"


def test_breaks_are_told_newest_first(client, packages) -> None:
    whole = packagejson.breaks_json(queries.breaks())
    found, turns = pages(client, "/breaks?line=bookworm&limit=1", "breaks")
    assert (turns, found) == (1, whole["breaks"])
    assert get(client, f"/breaks?after={found[0]['log']}")["breaks"] == []


def test_a_module_that_is_sent_is_answered_as_the_terminal_answers(client, record, monkeypatch) -> None:
    seen = []
    told = checkanswers.checked_json
    monkeypatch.setattr(checkanswers, "checked_json", lambda *a, **k: seen.append(told(*a, **k)) or seen[0])
    module = make_built({"alpha": 0x11}, vermagic="6.1.0-1-amd64 SMP mod_unload modversions ")
    response = client.post(f"{ROOT}/check", module, content_type="application/octet-stream")
    assert (response.status_code, [response.json()]) == (200, seen)
