# SPDX-License-Identifier: GPL-2.0-or-later
"""One module of the kernel: found by name or path, what it exports and exported, who uses that."""

import dataclasses

import numpy as np
import pytest

from abidb import modulewords, queries, store
from abidb.errors import UnknownName
from abidb.queries import modulepoints, modules
from abidb.queries.kept import Kept
from abidb.records import ModuleFact
from tests.builders import uses
from tests.builders.records import make_entry, make_export, make_kernel

pytestmark = pytest.mark.django_db
A, B = make_export("alpha"), make_export("beta")
PATH = "net/my-mod/my-mod"


def build(n: int, *exports, flavour: str = "amd64", line: str = "bookworm", shipped: str = PATH, **fields) -> int:
    version = f"6.1.{n}-1"
    given = {
        "exports": exports or (A, of(B)),
        "changelog": (make_entry(version, distribution=line),),
        "modules": (ModuleFact(shipped, "GPL", "6.1 SMP "),),
        "suite": line,
        **fields,
    }
    return store.save(make_kernel(f"6.1.0-{n}-{flavour}", version, **given)).build


def of(export, path: str = PATH):
    return dataclasses.replace(export, module=path)


def spans(**asked) -> list[tuple[str, str, str]]:
    found = queries.module("my_mod", **asked).exports
    return [(each.symbol, each.first.version, each.last.version) for each in found]


@pytest.mark.parametrize(
    "name", ["", "/", "kernel/", "%", "_", "\\", "my%mod", "net/my_mod", "x" * 500, "my.mod", ".ko"]
)
def test_a_name_that_no_module_has_is_refused(name: str) -> None:
    build(1)
    with pytest.raises(UnknownName, match="no build of the record has a module"):
        queries.module(name)


@pytest.mark.parametrize("name", ["my-mdo", "my", "net/other/my-mod", "my-mid", "my_mood"])
def test_a_name_that_looks_like_one_is_refused_with_it(name: str) -> None:
    build(1)
    with pytest.raises(UnknownName) as caught:
        queries.module(name)
    assert caught.value.candidates == (PATH,)


def test_lanes_that_are_not_there_are_refused() -> None:
    build(1)
    with pytest.raises(UnknownName, match="there is no lane woody/amd64"):
        queries.module("my-mod", line="woody", arch="amd64")


def test_a_record_without_a_lane_has_no_module_to_tell() -> None:
    build(1, suite=None, changelog=())
    with pytest.raises(UnknownName, match="there is no lane yet"):
        queries.module("my-mod")


def test_a_module_that_no_build_looked_at_has_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(modules, "POINTS", 1)
    build(1)
    build(2, A, shipped="lib/other")
    with pytest.raises(UnknownName, match="none of the newest builds has a module 'my_mod'"):
        queries.module("my-mod")


@pytest.mark.parametrize(
    "name",
    ["my-mod", "my_mod", " my-mod ", PATH, f"kernel/{PATH}.ko", f"{PATH}.ko.xz", "my_mod.ko", "net/my-mod/my_mod"],
)
def test_a_module_is_found_by_its_name_and_by_its_path(name: str) -> None:
    build(1)
    found = queries.module(name)
    assert (found.name, found.paths, [each.symbol for each in found.exports]) == ("my_mod", (PATH,), ["beta"])


def test_exports_that_came_and_went_are_told_step_by_step() -> None:
    build(1, A, of(B), of(make_export("old")), of(make_export("leaver")))
    build(2, A, of(B), of(make_export("new")), make_export("leaver"))
    build(3, of(A), of(B), of(make_export("new")), make_export("leaver"))
    found = queries.module("my-mod")
    told = [(s.build.version, s.exports, s.added, s.removed, s.came, s.left) for s in found.steps]
    assert told == [
        ("6.1.3-1", 3, (), (), ("alpha",), ()),
        ("6.1.2-1", 2, ("new",), ("old",), (), ("leaver",)),
        ("6.1.1-1", 3, (), (), (), ()),
    ]
    assert spans() == [("alpha", "6.1.3-1", "6.1.3-1"), ("beta", "6.1.1-1", "6.1.3-1"), ("new", "6.1.2-1", "6.1.3-1")]
    assert spans(gone=True) == [("leaver", "6.1.1-1", "6.1.1-1"), ("old", "6.1.1-1", "6.1.1-1")]
    assert (found.here, found.gone, found.after) == (3, 2, None)


def test_a_partial_build_says_nothing_of_a_module_but_of_vmlinux() -> None:
    build(1)
    build(2, A, covers="vmlinux", modules=())
    build(3)
    assert [(step.here, step.before and step.before.version) for step in queries.module("my-mod").steps] == [
        (True, "6.1.1-1"),
        (None, None),
        (True, None),
    ]
    assert [step.here for step in queries.module("vmlinux").steps] == [True, True, True]


def test_a_module_that_exports_nothing_is_known_by_the_builds_that_ship_it() -> None:
    build(1, A)
    build(2, A, shipped="net/new/my-mod")
    build(3, A, shipped="lib/other")
    found = queries.module("my-mod")
    assert (found.here, found.exports, found.lane.gone) == (0, (), True)
    assert found.lane.paths == ("net/new/my-mod", PATH)
    assert (found.lane.first.version, found.lane.last.version) == ("6.1.1-1", "6.1.2-1")
    assert [step.here for step in found.steps] == [False, True, True]


def test_exports_come_a_page_at_a_time() -> None:
    build(1, *(of(make_export(name)) for name in "edcba"))
    pages, after = [], ""
    while not pages or after:
        found = queries.module("my-mod", after=after, limit=2)
        pages.append([each.symbol for each in found.exports])
        after = found.after
    assert pages == [["a", "b"], ["c", "d"], ["e"]]
    assert spans(after="zz") == []
    assert len(spans(limit=-1)) == 1


def test_the_line_that_people_look_for_first_is_told_unless_another_is_asked_for() -> None:
    build(1, line="sid")
    build(2, A, of(B), of(make_export("more")), line="bookworm")
    build(2, A, of(B), flavour="cloud-amd64", line="bookworm")
    found = queries.module("my-mod")
    assert [(each.lane.line, each.exports) for each in found.lanes] == [("bookworm", 2), ("sid", 1)]
    assert queries.module("my-mod", flavour="cloud-amd64").lane.exports == 1
    assert queries.module("my-mod", line="sid").lane.lane.line == "sid"


def test_of_many_builds_the_newest_of_each_line_are_looked_at_and_one_lane_is_told_further(monkeypatch) -> None:
    monkeypatch.setattr(modules, "POINTS", 4)
    monkeypatch.setattr(modules, "STEPS", 3)
    for n in range(1, 6):
        build(n)
    build(9, line="sid")
    found = queries.module("my-mod", line="bookworm")
    assert (found.lane.builds, found.lane.older, len(found.steps)) == (4, 1, 3)
    found = queries.module("my-mod")
    assert [(each.lane.line, each.builds, each.older) for each in found.lanes] == [("bookworm", 3, 2), ("sid", 1, 0)]


def test_what_a_build_ships_is_kept() -> None:
    build(1)
    queries.module("my-mod")
    (kept,) = modulepoints._members.values()
    assert kept.dtype == np.int32
    modulepoints.forget()
    assert not modulepoints._members


def test_more_builds_are_looked_at_than_are_kept(monkeypatch) -> None:
    monkeypatch.setattr(modulepoints, "_members", Kept(2))
    build(1)
    queries.module("my-mod")
    for n in range(2, 5):
        build(n, shipped=f"lib/other{n}")
    assert len(queries.module("my-mod").steps) == 4
    assert len(modulepoints._members) == 2


def test_packages_that_use_its_exports_are_told_those_of_most_first() -> None:
    uses.fill_kernels()
    uses.fill_packages()
    found = queries.module("vmlinux")
    assert found.packages
    assert [user.symbols for user in found.users] == sorted((user.symbols for user in found.users), reverse=True)
    assert sum(each.packages for each in found.exports) == sum(user.symbols for user in found.users)
    assert modulewords.users_sentence(found).startswith(f"{len(found.users)} of {found.packages} packages outside")


def test_a_module_that_only_another_lane_has_is_told_there() -> None:
    build(1, A, shipped="lib/other")
    build(1, flavour="cloud-amd64")
    found = queries.module("my-mod")
    assert [(each.lane.flavour, each.exports) for each in found.lanes] == [("cloud-amd64", 1)]


def test_a_module_that_went_long_ago_is_told_though_no_step_shown_has_it(monkeypatch) -> None:
    monkeypatch.setattr(modules, "STEPS", 2)
    build(1)
    for n in range(2, 6):
        build(n, A, shipped="lib/other")
    found = queries.module("my-mod")
    assert ([step.here for step in found.steps], found.lane.gone, found.here) == ([False, False], True, 1)
    assert [(each.symbol, each.last.version) for each in found.exports] == [("beta", "6.1.1-1")]
