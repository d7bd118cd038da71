# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds of out-of-tree modules as jobs: from the record to a plan, from a pair to a job, from a job to an attempt.

A job names a package and a kernel; what else it needs it takes from the record, so any worker can do it that has
bubblewrap and mmdebstrap, and the kernel's architecture: those take it from a queue of its own.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from abidb import queries, store
from abidb.outoftree import HARNESS, NOT_COMPARED, Attempt, DkmsPackage, PackageKey, Rebuild, Target
from ingest import queue
from ingest.outoftree.plan import Pair

PRIORITY = -100_000  #: behind all kernels: what is built against them can wait
GONE = "no archive has it any more"
logger = logging.getLogger(__name__)


def job_of(pair: Pair, place: int) -> queue.Job:
    """The job of a pair, `place` pairs behind the first."""
    arguments = {**asdict(pair.package), "root": pair.root, **target_to_json(pair.target)}
    lock, taken_from = lock_of(pair.package, pair.target), queue.of_builds(pair.target.arch)
    return queue.Job("build_outoftree", lock, PRIORITY - place, arguments, taken_from)


def rebuild_of(package: PackageKey, old: Target, new: Target, root: str, place: int) -> queue.Job:
    """The job that compares the code of a package built against two kernels."""
    arguments = {**asdict(package), "root": root, **target_to_json(old, "old_"), **target_to_json(new, "new_")}
    lock, taken_from = f"{lock_of(package, new)} since {old.version}", queue.of_builds(new.arch)
    return queue.Job("compare_rebuild", lock, PRIORITY - place, arguments, taken_from)


def lock_of(package: PackageKey, target: Target) -> str:
    """By what a build is known in the queue."""
    kernel = f"{target.source} {target.version} {target.arch} {target.flavour}"
    return f"dkms {package.package} {package.version} {package.arch} on {kernel}"


def target_to_json(target: Target, prefix: str = "kernel_") -> dict[str, str]:
    """The arguments of target_from_json()."""
    return {f"{prefix}{name}": value for name, value in asdict(target).items()}


def target_from_json(arguments: Mapping[str, str], prefix: str = "kernel_") -> Target:
    """The kernel that target_to_json() was given."""
    names = ("source", "version", "arch", "flavour", "kernel_release")
    return Target(*(arguments[f"{prefix}{name}"] for name in names))


def key_of(arguments: Mapping[str, str]) -> PackageKey:
    """The package of a job."""
    return PackageKey(arguments["package"], arguments["version"], arguments["arch"])


def build(arguments: Mapping[str, str]) -> str:
    """Build what a job names and keep the attempt: "new", "better", "known", or "" where no archive has it any more.

    Raises Unavailable where it may go better later; whatever else is raised is ours to mend.
    """
    from ingest.outoftree.attempt import attempt

    package, target = _package(key_of(arguments)), target_from_json(arguments)
    if package is None:
        logger.info("%s %s: %s", arguments["package"], arguments["version"], GONE)
        return ""
    made = attempt(package, target, root=arguments["root"]).attempt
    outcome = store.save_attempt(made)
    logger.info("%s on %s: %s; %.0f s", arguments["package"], target.kernel_release, made.outcome, made.seconds)
    return outcome


def give_up(arguments: Mapping[str, str], reason: str) -> None:
    """Note that a build failed by us, and why; --retry tries it again."""
    target = target_from_json(arguments)
    store.save_attempt(
        Attempt(
            package=key_of(arguments),
            target=target,
            headers=target.kernel_release,
            root=arguments["root"],
            outcome=HARNESS,
            reason=reason,
            modules=(),
            missing=(),
            log="",
            tools="",
            seconds=0.0,
            at=dt.datetime.now(dt.UTC),
        )
    )
    logger.warning("%s on %s: %s", arguments["package"], target.kernel_release, reason)


def compare(arguments: Mapping[str, str]) -> None:
    """Compare the code of a package built against two kernels, as a job names them, and keep what came out."""
    from ingest.outoftree.rebuild import compare as compared

    package = _package(key_of(arguments))
    if package is not None:
        old, new = (target_from_json(arguments, side) for side in ("old_", "new_"))
        store.save_rebuild(compared(package, old, new, arguments["root"]))


def leave_uncompared(arguments: Mapping[str, str], reason: str) -> None:
    """Note that a comparison failed by us, and why: it is made again whenever one asks for it."""
    old, new = (target_from_json(arguments, side) for side in ("old_", "new_"))
    now, told = dt.datetime.now(dt.UTC), f"{HARNESS}: {reason}"
    store.save_rebuild(Rebuild(key_of(arguments), old, new, NOT_COMPARED, told, 0, 0, (), False, now))


def packages() -> list[DkmsPackage]:
    """The packages of the record that archives have."""
    return [row.package for row in queries.dkms_packages() if not row.gone]


def _package(key: PackageKey) -> DkmsPackage | None:
    return next((package for package in packages() if package.key == key), None)


def defer(pairs: Sequence[Pair]) -> dict[int, Pair]:
    """Queue pairs in this order; the jobs by their ids. What another run has queued counts."""
    ids = queue.defer(job_of(pair, place) for place, pair in enumerate(pairs))
    by_lock = {lock_of(pair.package, pair.target): pair for pair in pairs}
    return {number: by_lock[lock] for lock, number in ids.items()}


def outcomes(pairs: Iterable[Pair]) -> dict[tuple[PackageKey, Target], tuple[str, str]]:
    """Outcome and reason of those of the pairs that have been tried."""
    wanted = {(pair.package, pair.target) for pair in pairs}
    return {
        (row.key, row.target): (row.outcome, row.reason)
        for package in {key.package for key, _ in wanted}
        for row in queries.dkms_attempts(package)
        if (row.key, row.target) in wanted
    }
