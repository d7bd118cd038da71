# SPDX-License-Identifier: GPL-2.0-or-later
"""One build: by name, with its facts, exports and neighbours."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abidb.answers import (
    BuildFacts,
    BuildModule,
    BuildRef,
    ExportPage,
    Facet,
    LaneName,
    SuiteSeen,
)
from abidb.changes import Ranks, holding, order_of
from abidb.comparison import exports_of_set, stored_set
from abidb.dictionary import Declarations, declarations
from abidb.errors import UnknownName
from abidb.exportset import ExportSet, IdArray, crc_of, unpack
from abidb.queries.remembered import remembered
from abidb.queries.rows import rows
from abidb.queries.wholerecord import of_whole_record
from abidb.records import VMLINUX, Deb, Export, Listing, Snapshot
from abidb.setdiff import Mask
from abidb.versions import parse_build

#: The words for what vouches for a build, the least first.
PROVENANCE = ("local", "snapshot hash", "signed index")
CANDIDATES = 20
Places = npt.NDArray[np.intp]  # rows of a set
LONGEST = 64  # of a name, as far as names like it are looked for


@dataclass(frozen=True, slots=True)
class Facets:
    """How many of a build's exports have each type, namespace and module."""

    kinds: tuple[Facet, ...]
    namespaces: tuple[Facet, ...]
    modules: tuple[Facet, ...]


def find_builds(
    *,
    release: str | None = None,
    version: str | None = None,
    arch: str | None = None,
    text: str | None = None,
    export_set: int | None = None,
    build_id: int | None = None,
    limit: int = CANDIDATES,
) -> tuple[BuildRef, ...]:
    """Builds that fit all that is given, newest version first."""
    found = rows(
        "builds",
        release=release,
        version=version,
        arch=arch,
        text=text,
        export_set=export_set,
        id=build_id,
        limit=limit,
    )
    return tuple(BuildRef(*row) for row in found)


def one_build(text: str) -> BuildRef:
    """The build that RELEASE[=VERSION][:ARCH] names; raises UnknownName with candidates where it is not exactly one.

    Of a source version they are the builds of that upload, else releases that start alike.
    """
    name = parse_build(text)
    found = find_builds(release=name.kernel_release, version=name.version, arch=name.arch)
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownName(f"{len(found)} builds are named {text}", [ref.name for ref in found])
    of_upload = [ref.name for ref in find_builds(version=name.kernel_release, arch=name.arch)]
    raise UnknownName(f"no build {text} in the record", of_upload or _suggestions(name.kernel_release))


def _suggestions(release: str) -> list[str]:
    """Releases that share the longest beginning with the asked-for one."""
    beginnings = [release[:end] for end in range(3, min(len(release), LONGEST) + 1)]
    return [row[0] for row in rows("build_releases", texts=beginnings, limit=CANDIDATES)]


def build_by_id(build_id: int) -> BuildRef:
    """The build of that id; raises UnknownName."""
    found = find_builds(build_id=build_id)
    if not found:
        raise UnknownName(f"no build {build_id}")
    return found[0]


def apart() -> tuple[BuildRef, ...]:
    """The builds that failed a check, newest version first; `build` tells the differing symbols of each."""
    return of_whole_record("apart", lambda: tuple(BuildRef(*row) for row in rows("apart")))


def apart_facts(most: int) -> tuple[BuildFacts, ...]:
    """All that is known of the first of them."""
    return remembered(("apart", most), lambda: tuple(build(ref.id) for ref in apart()[:most]))


def build(build_id: int) -> BuildFacts:
    """All that is known of a build but its exports; raises UnknownName."""
    ref = build_by_id(build_id)
    ((set_id, n, has_crcs, digest, signed, vermagic, options, shipped, *check),) = rows("build_facts", build=build_id)
    imports_checked, mismatches, symvers_lines, differing, extractor, ingested = check
    debs, ids = _debs(build_id), stored_set(set_id).ids
    met = declarations(ids)
    symbols, times = np.unique(met.symbol[ids], return_counts=True)
    return BuildFacts(
        ref=ref,
        exports=n,
        modules=len({met.paths[module] for module in np.unique(met.module[ids]).tolist()} - {VMLINUX}),
        has_crcs=has_crcs,
        digest=digest,
        signed=signed,
        local=(vouched := provenance(debs)) == PROVENANCE[0],
        provenance=vouched,
        vermagic=vermagic,
        config_options=options,
        modules_shipped=shipped,
        imports_checked=imports_checked,
        mismatches=tuple(mismatches),
        symvers_lines=symvers_lines,
        symvers_differing=tuple(differing),
        extractor=extractor,
        ingested=ingested,
        debs=debs,
        suites=tuple(SuiteSeen(*row) for row in rows("suites", build=build_id)),
        lanes=tuple(LaneName(*row) for row in rows("lanes_of_build", build=build_id)),
        same_exports=tuple(b for b in find_builds(export_set=set_id) if b.id != build_id),
        shared=tuple(sorted(met.names[symbol] for symbol in symbols[times > 1].tolist())),
    )


def _debs(build_id: int) -> tuple[Deb, ...]:
    debs = rows("debs", build=build_id)
    listings: dict[str, list[Listing]] = defaultdict(list)
    for sha256, *listing in rows("listings", debs=[row[4] for row in debs]):
        listings[sha256].append(Listing(*listing))
    return tuple(
        Deb(
            *(name, version, arch, source, sha256, size),
            listings=tuple(listings[sha256]),
            snapshot=Snapshot(sha1, seen) if sha1 else None,
        )
        for name, version, arch, source, sha256, size, sha1, seen in debs
    )


def provenance(debs: Iterable[Deb]) -> str:
    """What vouches for a build: for the deb that has least, one of PROVENANCE."""
    return PROVENANCE[min((2 if deb.listings else 1 if deb.snapshot else 0 for deb in debs), default=0)]


def all_exports(build_id: int) -> tuple[Export, ...]:
    """Every export of a build in order of symbol and module; raises UnknownName."""
    return exports_of_set(_set_of(build_id))


def exports(
    build_id: int,
    *,
    text: str = "",
    module: str = "",
    kind: str = "",
    namespace: str | None = None,
    after: str = "",
    limit: int = 200,
) -> ExportPage:
    """A page of the exports that fit, behind the symbol `after`; raises UnknownName."""
    stored, met = _declared(build_id)
    symbols = met.symbol[stored.ids]
    order, places = order_of(met, "symbol", symbols)
    fits = _fitting(stored.ids, met, module or None, kind or None, namespace)
    if text:
        fits = fits[holding(symbols[fits], met.names, text.lower())]
    ranks = places[symbols[fits]]
    rest = ranks > bisect_right(order, after, key=met.names.__getitem__)
    page = _page(fits[rest], ranks[rest], limit)
    named = zip(met.of(stored.ids[page]), page.tolist(), strict=True)
    found = (Export(s, m, crc_of(stored.crcs, n), k, space) for (s, m, k, space), n in named)
    exports = tuple(sorted(found, key=lambda e: (e.symbol, e.module)))
    return ExportPage(exports, fits.size, exports[-1].symbol if exports and page.size < rest.sum() else None)


def _declared(build_id: int) -> tuple[ExportSet, Declarations]:
    """A build's set, and what its rows declare; raises UnknownName."""
    stored = stored_set(_set_of(build_id))
    return stored, declarations(stored.ids)


def _set_of(build_id: int) -> int:
    for (set_id,) in rows("set_of_build", build=build_id):
        return int(set_id)
    raise UnknownName(f"no build {build_id}")


def _fitting(ids: IdArray, met: Declarations, module: str | None, kind: str | None, namespace: str | None) -> Places:
    """The rows of a set whose columns are these, None for any."""
    fits = np.ones(ids.size, dtype=bool)
    if module is not None:
        fits &= np.isin(met.module[ids], [number for number, path in met.paths.items() if path == module])
    for column, want in ((met.kind, kind), (met.namespace, namespace)):
        if want is not None:
            fits &= np.isin(column[ids], [place for place, word in enumerate(met.words) if word == want])
    return np.flatnonzero(fits)


def _page(rows: Places, ranks: Ranks, limit: int) -> Places:
    """The first `limit` by symbol, and what else the last of their symbols has: a page ends between symbols."""
    if limit >= rows.size:
        return rows
    last = int(np.partition(ranks, limit - 1)[limit - 1])
    within: Mask = ranks <= last
    return rows[within]


def facets(build_id: int) -> Facets:
    """What a build's exports can be filtered by, the most frequent first; raises UnknownName."""
    stored, met = _declared(build_id)
    kinds, namespaces = (_counted(column[stored.ids], met.words) for column in (met.kind, met.namespace))
    return Facets(kinds, namespaces, _counted(met.module[stored.ids], met.paths))


def _counted(codes: IdArray, texts: Mapping[int, str] | Sequence[str]) -> tuple[Facet, ...]:
    times = np.bincount(codes)
    found = [Facet(texts[code], int(times[code])) for code in np.flatnonzero(times).tolist()]
    return tuple(sorted(found, key=lambda facet: (-facet.n, facet.value)))


def build_modules(build_id: int) -> tuple[BuildModule, ...]:
    """The modules that a build ships, by path; none where the archive has lost them. Raises UnknownName."""
    stored, met = _declared(build_id)
    exports = {met.paths[code]: int(n) for code, n in enumerate(np.bincount(met.module[stored.ids])) if n}
    for (members,) in rows("module_set", build=build_id):
        ids = unpack("all", bytes(members), None).ids.tolist()
        found = rows("module_facts", ids=ids)
        return tuple(BuildModule(path, license, exports.get(path, 0)) for path, license in sorted(found))
    return ()
