# SPDX-License-Identifier: GPL-2.0-or-later
"""Addresses of every kind of page and call, drawn by chance from the record at hand."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from urllib.parse import quote

from abidb import queries
from abidb.answers import BuildRef, LaneName, Step

MANY = 40  #: addresses of a kind
WORDS = ("nf_conn", "kmalloc", "dma", "register", "usb", "lock", "6.1.0-5", "snd_hda", "regsiter_netdev", "zfs")
STREAMS = ("txt", "csv", "json")  #: forms of a whole diff

Kinds = dict[str, tuple[str, ...]]


def visits(seed: int) -> Kinds:
    """By kind; what the record has nothing of is left out."""
    chance = random.Random(seed)
    names = queries.lane_names()
    lanes = chance.sample(names, min(MANY, len(names)))
    steps = [step for name in lanes[:12] for step in queries.lane(name.line, name.arch, name.flavour).steps]
    builds = [chance.choice(steps).new for _ in range(MANY)]
    exports = [export for build in builds[:8] for export in chance.sample(queries.all_exports(build.id), 5)]
    symbols = sorted({export.symbol for export in exports})
    modules = sorted({export.module.rpartition("/")[2] for export in exports})
    found = {
        **_pages(),
        **_of_lanes(lanes),
        **_of_builds(builds),
        **_of_pairs(chance, steps, builds),
        **_of_symbols(symbols, modules),
        **_of_packages(),
        "search": tuple(f"/search/?q={quote(word)}" for word in (*WORDS, *symbols)),
        "suggest": tuple(f"/search/suggest?q={quote(word[:n])}" for word in (*WORDS, *symbols[:10]) for n in (2, 5)),
    }
    return {kind: each for kind, each in found.items() if each}


def _pages() -> Kinds:
    alone = {
        **{"home": "/", "home, ended": "/?ended=1", "home, arm64": "/?arch=arm64", "compare": "/diff/"},
        **{"new names": "/names/", "packages": "/packages/", "breaks": "/breaks/", "breaks feed": "/breaks/feed.atom"},
        **{"in use": "/in-use/", "coverage": "/in-use/coverage/?symbols=kfree,_printk", "status": "/status/"},
        **{"method": "/method/", "method, modules": "/method/out-of-tree/", "api": "/api/", "download": "/download/"},
        **{"feed": "/feed.atom", "check": "/check/", "sitemap": "/sitemap.xml", "robots": "/robots.txt"},
        **{"not there": "/symbol/there_is_no_such_symbol/", "API: openapi": "/api/v1/openapi.json"},
        **{"API: lanes": "/api/v1/lanes", "API: builds": "/api/v1/builds", "API: packages": "/api/v1/packages"},
        **{"API: breaks": "/api/v1/breaks", "API: names": "/api/v1/names", "API: search": "/api/v1/search?q=nf_conn"},
    }
    return {kind: (address,) * (MANY // 2) for kind, address in alone.items()}


def _of_lanes(lanes: list[LaneName]) -> Kinds:
    paths = [f"{name.line}/{name.arch}/{name.flavour}" for name in lanes]
    lines = sorted({name.line for name in lanes})
    return {
        "line": tuple(f"/{line}/" for line in lines),
        "line, architecture": tuple(sorted({f"/{name.line}/{name.arch}/" for name in lanes})),
        "lane": tuple(f"/{path}/" for path in paths),
        "lane feed": tuple(f"/{path}/feed.atom" for path in paths),
        "churn table": tuple(f"/{path}/churn.csv" for path in paths),
        "uploads": tuple(f"/{line}/uploads/" for line in lines),
        "API: lane": tuple(f"/api/v1/lanes/{path}" for path in paths),
        "API: churn": tuple(f"/api/v1/lanes/{path}/churn" for path in paths),
    }


def _of_builds(builds: list[BuildRef]) -> Kinds:
    each = _written(builds)
    return {
        "build": each(lambda build: f"/build/{build}/"),
        "build, filtered": each(lambda build: f"/build/{build}/?text=lock"),
        "configuration": each(lambda build: f"/build/{build}/config/"),
        "upload": tuple(f"/upload/{build.source}/{quote(build.version)}/" for build in builds),
        "API: build": each(lambda build: f"/api/v1/builds/{build}"),
        "API: exports": each(lambda build: f"/api/v1/builds/{build}/exports"),
    }


def _written(builds: list[BuildRef]) -> Callable[[Callable[[str], str]], tuple[str, ...]]:
    return lambda made: tuple(made(quote(build.name, safe="=:+~")) for build in builds)


def _of_pairs(chance: random.Random, steps: list[Step], builds: list[BuildRef]) -> Kinds:
    near = [(step.old, step.new) for step in steps if step.old]
    pairs = {
        "diff of neighbours": chance.sample(near, min(MANY, len(near))),
        "diff within a line": [(chance.choice(steps).new, build) for build in builds],
        "diff across": list(zip(builds, chance.sample(builds, len(builds)), strict=True)),
    }
    written = {kind: tuple(_pair(old, new) for old, new in each if old != new) for kind, each in pairs.items()}
    found = {kind: tuple(f"/diff/{pair}/" for pair in each) for kind, each in written.items()}
    found["API: diff"] = tuple(f"/api/v1/diff/{pair}" for pair in written["diff across"])
    return found


def _pair(old: BuildRef, new: BuildRef) -> str:
    return "/".join(quote(build.name, safe="=:+~") for build in (old, new))


def streams(found: Kinds) -> Kinds:
    """Whole diffs, which are told as they are worked out."""
    pairs = [address.rstrip("/") for address in found.get("diff across", ())]
    return {f"diff as {form}": tuple(f"{pair}.{form}" for pair in pairs) for form in STREAMS}


def _of_symbols(symbols: list[str], modules: list[str]) -> Kinds:
    return {
        "symbol": tuple(f"/symbol/{symbol}/" for symbol in symbols),
        "symbol, everywhere": ("/symbol/module_layout/",) * 20,
        "module": tuple(f"/module/{module}/" for module in modules),
        "API: symbol": tuple(f"/api/v1/symbols/{symbol}" for symbol in symbols),
    }


def _of_packages() -> Kinds:
    sources = sorted({row.source for row in queries.packages()})[:MANY]
    return {
        "package": tuple(f"/package/{source}/" for source in sources),
        "API: package": tuple(f"/api/v1/packages/{source}" for source in sources),
    }


def mix(found: Kinds, seed: int) -> Iterator[str]:
    """What readers open, without end: mostly lanes, diffs and symbols, now and then anything."""
    chance = random.Random(seed)
    usual = ["home", "lane", "lane", "diff of neighbours", "diff of neighbours", "build", "symbol", "symbol", "search"]
    usual = [kind for kind in usual if kind in found]
    while True:
        kind = chance.choice(usual if chance.random() < 0.75 else list(found))
        yield chance.choice(found[kind])
