# SPDX-License-Identifier: GPL-2.0-or-later
"""A made-up history of kernels, the same for the same seed, as the rows that an export has.

The mix: 40 % of the builds are generic (24,700 exports), 60 % cloud (15,000). Of the uploads 25 % change nothing,
15 % change 1 to 35 symbols, 40 % change 15 to 40 % of the CRCs, 20 % change 74 %; some dozens of exports come and go
with each that changes anything. What changes stands together, as the symbols of a subsystem do. A line is 250 uploads
of 20 lanes; one lane has 1,000 builds. About 100,000 symbols are declared, four of five shared by neighbouring lines.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from abidb.lifecycle import DebianRelease
from abidb.records import BuildKey, Deb, Listing, Snapshot, UploadFact
from abidb.transfer.content import (
    CONFIG,
    EXPORTS,
    MODULES,
    BuildRow,
    ListingRow,
    ReleaseRow,
    Row,
    SetRow,
    UploadRow,
)
from abidb.transfer.sets import computed_digest
from bench.names import (
    CLOUD,
    DECLARED,
    GENERIC,
    OPTIONS,
    SEED,
    TURNOVER,
    declarations,
    first_rank,
    module_facts,
    option,
    runs,
)

LANE, LONG_LANE = 250, 1_000
LISTED = 5  #: newest builds of a lane that the archive still has; the snapshot service vouches for the rest
TODAY = dt.date(2026, 11, 1)
ARCHES = ("amd64", "arm64", "ppc64el", "riscv64")
#: Flavours before the architecture's name, and whether one is generic: two of five are.
FLAVOURS = (("cloud", False), ("", True), ("lite", False), ("rt", True), ("kvm", False))
#: Codename of a release, source package, distribution of its uploads, start of its versions, first day.
LINES = (
    ("bookworm", "linux", "bookworm-security", "6.1", dt.date(2023, 6, 10)),
    ("trixie", "linux", "trixie-security", "6.12", dt.date(2025, 8, 9)),
    ("sid", "linux", "unstable", "7", dt.date(2012, 1, 1)),
    ("bullseye", "linux", "bullseye-security", "5.10", dt.date(2021, 8, 14)),
    ("buster", "linux", "buster-security", "4.19", dt.date(2019, 7, 6)),
    ("stretch", "linux", "stretch-security", "4.9", dt.date(2017, 6, 17)),
    ("bookworm", "linux-6.12", "bookworm-security", "6.12", dt.date(2025, 8, 9)),
    ("bullseye", "linux-6.1", "bullseye-security", "6.1", dt.date(2023, 6, 10)),
    ("buster", "linux-5.10", "buster-security", "5.10", dt.date(2021, 8, 14)),
    ("jessie", "linux", "jessie-security", "3.16", dt.date(2015, 4, 25)),
    ("wheezy", "linux", "wheezy-security", "3.2", dt.date(2013, 5, 4)),
    ("trixie", "linux-6.16", "trixie-backports", "6.16", dt.date(2025, 9, 1)),
)
RELEASED = {name: day for name, source, _, _, day in LINES if source == "linux" and name != "sid"}

Array = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Lane:
    """One lane: the place of its line in LINES, its architecture and flavour, how many builds it has."""

    line: int
    arch: str
    flavour: str
    generic: bool
    builds: int


@dataclass(frozen=True, slots=True)
class Piece:
    """The builds of a lane from `start` to `stop`, counted from the oldest."""

    lane: Lane
    start: int
    stop: int


def lanes() -> Iterator[Lane]:
    """All lanes, in the order in which a growing record has them."""
    for line, (name, *_) in enumerate(LINES):
        for arch in ARCHES:
            for word, generic in FLAVOURS:
                long = name == "sid" and arch == "amd64" and word == "cloud"
                yield Lane(line, arch, f"{word}-{arch}".strip("-"), generic, LONG_LANE if long else LANE)


def pieces(first: int, last: int) -> list[Piece]:
    """The builds from number `first` to `last` of the whole history."""
    every = list(lanes())
    ends = list(accumulate(lane.builds for lane in every))
    return [
        Piece(lane, max(0, first - (end - lane.builds)), min(lane.builds, last - (end - lane.builds)))
        for lane, end in zip(every, ends, strict=True)
        if first < end and last > end - lane.builds
    ]


def releases() -> list[ReleaseRow]:
    """The releases that lines belong to, sid among them."""
    dated = sorted(RELEASED.items(), key=lambda item: item[1])
    years = dt.timedelta(days=365)
    found = [
        ReleaseRow(
            DebianRelease(name, str(7 + n), day - 2 * years, day, day + 3 * years, day + 5 * years),
            "stable" if name == "trixie" else "oldstable" if name == "bookworm" else "",
        )
        for n, (name, day) in enumerate(dated)
    ]
    return sorted(
        [*found, ReleaseRow(DebianRelease("sid", "", dt.date(1993, 8, 16), None, None, None), "unstable")],
        key=lambda row: row.release.codename,
    )


def uploads(line: int) -> Iterator[UploadRow]:
    """What changelogs tell of a line's uploads."""
    _, source, distribution, _, _ = LINES[line]
    random = np.random.default_rng([SEED, line, 1])
    for n in range(_uploads(line)):
        at = _moment(line, n)
        cves = random.integers(1, 60_000, size=random.poisson(15) if n % 3 else 0)
        facts = {UploadFact("cve", "", f"CVE-{at.year}-{cve}") for cve in cves.tolist()}
        facts |= {UploadFact("bug", "", str(1_000_000 + int(random.integers(100_000)))), UploadFact("abi", "", str(n))}
        if n % 10 == 0:
            facts.add(UploadFact("ignore", "", f"subsystem{n}_*"))
        yield UploadRow(
            source=source,
            version=_version(line, n),
            date=at,
            distribution=distribution,
            urgency="medium",
            abi_name=f"{_base(line)}-{n + 1}",
            told_by=_version(line, n),
            told_with=2,
            policy_read=n % 2 == 0,
            facts=tuple(sorted(facts, key=lambda fact: (fact.kind, fact.arch, fact.text))),
        )


def _uploads(line: int) -> int:
    return LONG_LANE if LINES[line][0] == "sid" else LANE


def _moment(line: int, n: int) -> dt.datetime:
    day = LINES[line][4]
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC) + (TODAY - day) * ((n + 0.5) / _uploads(line))


def _base(line: int) -> str:
    return f"{LINES[line][3]}.0"


def _version(line: int, n: int) -> str:
    mark = "" if LINES[line][1] == "linux" else "~deb1"
    return f"{LINES[line][3]}.{n + 1}-1{mark}"


def rows(piece: Piece) -> Iterator[Row]:
    """The listings, sets and builds of a piece, in the order of an export."""
    for n in range(max(piece.start, piece.lane.builds - LISTED), piece.stop):
        yield from (ListingRow(deb.sha256, _listing(piece.lane)) for deb in _debs(piece.lane, n))
    for build, sets in _builds(piece):
        yield from sets
        yield build


def _listing(lane: Lane) -> Listing:
    index = f"main/binary-{lane.arch}/Packages"
    suite = LINES[lane.line][2]
    at = dt.datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=dt.UTC)
    return Listing("http://127.0.0.1/debian", "sid" if suite == "unstable" else suite, index, "0" * 64, at)


def _builds(piece: Piece) -> Iterator[tuple[BuildRow, list[SetRow]]]:
    state = _State(piece.lane)
    last: dict[str, SetRow] = {}
    for n in range(piece.stop):
        changed = state.step(n)
        if n < piece.start:
            continue
        sets = [state.set_of(of) for of in (EXPORTS, CONFIG, MODULES) if of in changed or of not in last]
        last |= {one.of: one for one in sets}
        yield _build(piece.lane, n, last), sets


class _State:
    """A lane's exports, CRCs, options and modules as uploads change them. Uploads change the same in all lanes."""

    def __init__(self, lane: Lane) -> None:
        name = int.from_bytes(hashlib.sha256(f"{lane.line} {lane.arch} {lane.flavour}".encode()).digest()[:4], "big")
        self._line = lane.line
        self._random = np.random.default_rng([SEED, name])
        self._lines, rank = declarations()
        self._size = GENERIC if lane.generic else CLOUD
        first = first_rank(lane.line)
        window = np.flatnonzero((rank >= first) & (rank < first + GENERIC))
        chosen = (rank[window] * 7) % GENERIC  # a cloud image lacks whole subsystems
        self._next = iter(np.argsort(rank)[first + GENERIC : first + GENERIC + TURNOVER].tolist())
        self._here = np.zeros(DECLARED, dtype=bool)
        self._here[window[np.argsort(chosen // 500, kind="stable")][: self._size]] = True
        self._crc: Array = self._random.integers(1, 2**32, size=DECLARED, dtype=np.uint32)
        self._options = np.arange(OPTIONS) < (9_500 if lane.generic else 7_000)
        self._module_count = 4_000 if lane.generic else 1_300

    def step(self, n: int) -> set[str]:
        """Go on to upload `n`; which sets are others than before."""
        upload = np.random.default_rng([SEED, self._line, 4, n])
        kind, config = upload.random(), upload.random()
        changed = set()
        if kind >= 0.25:
            self._change(upload, kind)
            changed.add(EXPORTS)
        if config < 0.4:
            self._options[upload.integers(0, OPTIONS, size=10)] ^= True
            changed.add(CONFIG)
        if config > 0.8:
            self._module_count += 1
            changed.add(MODULES)
        return changed

    def _change(self, upload: np.random.Generator, kind: float) -> None:
        if kind < 0.40:
            where = upload.integers(0, DECLARED - 40) + np.arange(36)
            touched = where[self._here[where]][: int(upload.integers(1, 36))]
        else:
            part = upload.uniform(0.15, 0.40) if kind < 0.80 else 0.74
            touched = np.flatnonzero(runs(upload, part) & self._here)
        self._crc[touched] = self._random.integers(1, 2**32, size=touched.size, dtype=np.uint32)
        count = int(upload.integers(12, 36))
        new = [next(self._next, -1) for _ in range(count)]
        self._here[[one for one in new if one >= 0]] = True
        gone = upload.permutation(np.flatnonzero(self._here))[: max(0, int(self._here.sum()) - self._size)]
        self._here[gone] = False

    def set_of(self, of: str) -> SetRow:
        """The lane's set as it is now."""
        if of == EXPORTS:
            here = np.flatnonzero(self._here)
            crcs = [b"%d" % crc for crc in self._crc[here].tolist()]
            found = dict(zip(self._lines[here].tolist(), crcs, strict=True))
        elif of == CONFIG:
            options = np.flatnonzero(self._options).tolist()
            found = dict.fromkeys((option(n, b"y" if n % 3 else b"m") for n in options), b"")
        else:
            found = dict.fromkeys(module_facts(self._module_count), b"")
        row = SetRow(of, b"", "all" if of == EXPORTS else "", found)
        return SetRow(of, computed_digest(row), row.covers, found)


def _build(lane: Lane, n: int, sets: dict[str, SetRow]) -> BuildRow:
    source = LINES[lane.line][1]
    release = _release(lane, n)
    apart = n % 400 == 399
    return BuildRow(
        key=BuildKey(source, _version(lane.line, n), lane.arch, lane.flavour),
        kernel_release=release,
        export_set=sets[EXPORTS].digest,
        config_set=sets[CONFIG].digest,
        module_set=sets[MODULES].digest,
        vermagic=f"{release} SMP preempt mod_unload modversions ",
        signed=lane.arch == "amd64",
        extractor=2,
        imports_checked=200_000,
        mismatches=("subsystem_apart",) if apart else (),
        symvers_lines=None,
        symvers_differing=(),
        debs=_debs(lane, n),
    )


def _release(lane: Lane, n: int) -> str:
    return f"{_base(lane.line)}-{n + 1}-{lane.flavour}"


def _debs(lane: Lane, n: int) -> tuple[Deb, ...]:
    return tuple(_deb(lane, n, f"linux-{kind}-{_release(lane, n)}") for kind in ("headers", "image"))


def _deb(lane: Lane, n: int, name: str) -> Deb:
    named = f"{LINES[lane.line][0]} {name} {_version(lane.line, n)} {lane.arch}".encode()
    seen = None if n >= lane.builds - LISTED else Snapshot(hashlib.sha1(named).hexdigest(), _moment(lane.line, n))
    sha256 = hashlib.sha256(named).hexdigest()
    return Deb(name, _version(lane.line, n), lane.arch, LINES[lane.line][1], sha256, 60_000_000, snapshot=seen)
