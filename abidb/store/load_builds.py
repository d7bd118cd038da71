# SPDX-License-Identifier: GPL-2.0-or-later
"""Many uploads and builds at once, by the rules that hold for one: the better telling, the better ingest stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from typing import Any

from abidb import versions
from abidb.errors import BadFormat, Conflict
from abidb.queries import content
from abidb.rank import Merits, Rank
from abidb.records import BuildKey, Deb
from abidb.store.builds import signed_debs
from abidb.store.load_sets import Loading
from abidb.store.rows import columns, rows, run, send, value
from abidb.store.uploads import telling
from abidb.transfer.content import CONFIG, EXPORTS, MODULES, BuildRow, UploadRow
from abidb.versions import BuildName

_FACT = ("uploads", "kinds", "arches", "texts")
_KEY = ("sources", "versions", "arches", "flavours")
POLICY = "ignore"  #: the kind of fact that comes from a source package, not from a changelog


@dataclass(frozen=True, slots=True)
class _Stored:
    build: int
    digest: bytes
    rank: Rank


@dataclass(frozen=True, slots=True)
class Decided:
    """What becomes of builds: those that the record lacks, those that are better than its own, and its own that stay
    although they are told of, the same or better ones.
    """

    new: tuple[BuildRow, ...]
    better: tuple[tuple[BuildRow, int, bytes], ...]  #: with the id and the set's digest of what they replace
    same: tuple[int, ...]
    lesser: int


def put_uploads(uploads: Sequence[UploadRow]) -> None:
    """Keep what these say better than the record has it: by the changelog's rank, and policies that it has not read."""
    names = columns([(u.source, u.version) for u in uploads], ("sources", "versions"))
    known = {(source, version): rest for source, version, *rest in rows("stored_uploads", **names)}
    told = [u for u in uploads if _tells_better(u, known.get((u.source, u.version)))]
    send("incoming_uploads", "incoming_upload", map(_upload, told))
    run("load_uploads")
    policies = [u for u in uploads if u.policy_read and not known.get((u.source, u.version), (0, "", 0, False))[3]]
    ids = _upload_ids(uploads)
    spoken = [u for u in told if u.told_by]
    run("forget_facts", uploads=[ids[u.source, u.version] for u in spoken], policy=False)
    run("load_policies", uploads=[ids[u.source, u.version] for u in policies])
    facts = [
        (ids[u.source, u.version], *astuple(fact))
        for chosen, policy in ((spoken, False), (policies, True))
        for u in chosen
        for fact in u.facts
        if (fact.kind == POLICY) == policy
    ]
    run("add_facts", **columns(dict.fromkeys(facts), _FACT))


def _tells_better(upload: UploadRow, known: Sequence[Any] | None) -> bool:
    if known is None or not known[1]:
        return True
    mine = telling(upload.told_by == upload.version, upload.told_with, upload.told_by)
    return bool(upload.told_by) and mine < telling(known[1] == upload.version, known[2], known[1])


def _upload(u: UploadRow) -> tuple[Any, ...]:
    key = versions.version_key(u.version)
    return (u.source, u.version, key, u.date, u.distribution, u.urgency, u.abi_name, u.told_by, u.told_with)


def _upload_ids(named: Sequence[UploadRow | BuildKey]) -> dict[tuple[str, str], int]:
    names = columns(dict.fromkeys((one.source, one.version) for one in named), ("sources", "versions"))
    return {(source, version): upload for source, version, upload in rows("upload_ids", **names)}


def decide(loading: Loading, builds: Sequence[BuildRow]) -> Decided:
    """Which of these builds are better than the record's.

    Raises Conflict, which names both, for the first one that is no better and no worse and has another content.
    """
    listed = set(value("listed", sha256=[deb.sha256 for build in builds for deb in build.debs]))
    builds = [_without_needless_snapshots(build, listed) for build in builds]
    found = rows("stored_builds", **columns([astuple(build.key) for build in builds], _KEY))
    stored = {n - 1: _Stored(row_id, bytes(digest), Merits(*merits).rank) for n, row_id, digest, *merits in found}
    new = tuple(build for n, build in enumerate(builds) if n not in stored)
    ranked = [(build, stored[n], _rank(loading, build, listed)) for n, build in enumerate(builds) if n in stored]
    equal = [(build, has) for build, has, mine in ranked if mine == has.rank]
    _refuse_conflicts(equal)
    return Decided(
        new=new,
        better=tuple((build, has.build, has.digest) for build, has, mine in ranked if mine > has.rank),
        same=tuple(has.build for _, has in equal),
        lesser=sum(mine < has.rank for _, has, mine in ranked),
    )


def _without_needless_snapshots(build: BuildRow, listed: set[str]) -> BuildRow:
    """What the snapshot service says counts where it alone vouches for a deb: this record may know of a listing."""
    debs = tuple(replace(deb, snapshot=None) if deb.sha256 in listed else deb for deb in build.debs)
    return replace(build, debs=debs)


def _rank(loading: Loading, build: BuildRow, listed: set[str]) -> Rank:
    vouched = (2 if deb.sha256 in listed else 1 if deb.snapshot else 0 for deb in build.debs)
    merits = Merits(
        min(vouched, default=0),
        loading.sets[EXPORTS][build.export_set][1],
        build.signed,
        build.symvers_lines is not None,
        build.config_set is not None,
        len(build.debs),
        signed_debs(build.debs),
        build.extractor,
    )
    return merits.rank


def _refuse_conflicts(equal: Sequence[tuple[BuildRow, _Stored]]) -> None:
    own = {build.key: build for build in content.builds([has.build for _, has in equal])} if equal else {}
    for build, _ in equal:
        if own[build.key] != build:
            raise Conflict(_told(own[build.key], build))


def _told(own: BuildRow, other: BuildRow) -> str:
    name = BuildName(own.kernel_release, own.key.version, own.key.arch)
    differing = [field.name for field in fields(BuildRow) if getattr(own, field.name) != getattr(other, field.name)]
    return (
        f"two contents of {name}, and none is the better: they differ in {', '.join(differing)}; "
        f"this record has the exports {own.export_set.hex()}, the other {other.export_set.hex()}"
    )


def put_builds(loading: Loading, decided: Decided) -> list[int]:
    """Write what was decided; the ids of all builds that are now as they were told. Raises BadFormat for a build
    without an upload.
    """
    ids = _upload_ids([build.key for build in (*decided.new, *(better[0] for better in decided.better))])
    send("incoming_builds", "incoming_build", ((n, *_columns(loading, b, ids)) for n, b in enumerate(decided.new)))
    added = {(upload, arch, flavour): build for upload, arch, flavour, build in rows("load_builds")}
    debs = [
        (added[ids[b.key.source, b.key.version], b.key.arch, b.key.flavour], *_deb(deb))
        for b in decided.new
        for deb in b.debs
    ]
    for build, row_id, digest in decided.better:
        named = zip(_COLUMNS, _columns(loading, build, ids), strict=True)
        run("replace_build", build=row_id, old_digest=digest, **dict(named))
        run("forget_debs", build=row_id, keep=[])
        debs += [(row_id, *_deb(deb)) for deb in build.debs]
    send("incoming_debs", "incoming_deb", debs)
    run("load_debs")
    written = [*added.values(), *(row_id for _, row_id, _ in decided.better)]
    run("forget_attempts", builds=written)
    run("forget_absent_debs", builds=written)
    return [*written, *decided.same]


#: As replace_build of the store names them, in the order of the table incoming_build.
_COLUMNS = (
    *("upload", "arch", "flavour", "kernel_release", "abi_name", "export_set", "config_set", "module_set", "vermagic"),
    *("signed", "status", "imports_checked", "mismatches", "symvers_lines", "symvers_differing", "extractor"),
)


def _columns(loading: Loading, build: BuildRow, uploads: Mapping[tuple[str, str], int]) -> tuple[Any, ...]:
    key = build.key
    if (key.source, key.version) not in uploads:
        raise BadFormat(f"nothing is told of the upload {key.source} {key.version} of a build")
    return (
        uploads[key.source, key.version],
        key.arch,
        key.flavour,
        build.kernel_release,
        versions.split_release(build.kernel_release)[0],
        *(
            loading.sets[of][digest][0] if digest else None
            for of, digest in ((EXPORTS, build.export_set), (CONFIG, build.config_set), (MODULES, build.module_set))
        ),
        build.vermagic,
        build.signed,
        "apart" if build.mismatches or build.symvers_differing else "good",
        build.imports_checked,
        list(build.mismatches),
        build.symvers_lines,
        list(build.symvers_differing),
        build.extractor,
    )


def _deb(deb: Deb) -> tuple[Any, ...]:
    sha1, seen = (deb.snapshot.sha1, deb.snapshot.first_seen) if deb.snapshot else ("", None)
    return deb.name, deb.version, deb.arch, deb.source, deb.sha256, deb.size, sha1, seen
