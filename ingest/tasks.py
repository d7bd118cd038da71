# SPDX-License-Identifier: GPL-2.0-or-later
"""What workers do: one step for each job, which may be interrupted at any point and begun again.

A job needs the database, the archives and scratch space, nothing of the machine that queued it. What cannot be had
for a while is tried again after growing pauses, then noted with its reason and left to a later look.
"""

from __future__ import annotations

import dataclasses
import logging
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import db
from django.conf import settings
from procrastinate import BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job as QueuedJob

from abidb import queries, store
from abidb.errors import AbidbError, NotThere, Unavailable
from abidb.records import BuildKey, OfferRow
from ingest.queue import LIVES

if TYPE_CHECKING:
    from ingest.build import Sources

TRIES = 4  #: of what may be there a little later; the client has tried a few times in each
TROUBLE = (db.OperationalError, db.InterfaceError)  # as while PostgreSQL starts again, or its disk is full
GONE = re.compile(r"08...|57P0[1-5]")  #: SQLSTATEs that end a connection (PostgreSQL, appendix A)
FOLDERS = re.compile(r"(?<![\w:/.~-])/(?:[^\s/'\"]+/)*(?=[^\s/'\"])")  #: of an absolute path; an address has none
SHARE = "share"  #: in the context of jobs: how many workers there are on this machine
logger = logging.getLogger(__name__)


class Backoff(BaseRetryStrategy):
    """After 6, 36, 216 seconds; almost at once where only the connection to the database was lost."""

    def get_retry_decision(self, *, exception: BaseException, job: QueuedJob) -> RetryDecision | None:
        """None for what another try does not help."""
        if not is_tried_again(exception, job.attempts):
            return None
        return RetryDecision(retry_in={"seconds": 2 if is_lost(exception) else 6 ** (job.attempts + 1)})


def is_tried_again(error: BaseException, attempts: int) -> bool:
    """Whether a job that broke like this, after so many that broke before, may end better the next time."""
    if is_lost(error):
        return attempts < LIVES - 1
    return attempts < TRIES - 1 and isinstance(error, (Unavailable, *TROUBLE)) and not isinstance(error, NotThere)


def is_lost(error: BaseException) -> bool:
    """Whether the database is away, or this connection to it: what was asked of it is not to blame."""
    state = getattr(error.__cause__, "sqlstate", None)  # none where no server answered
    return isinstance(error, TROUBLE) and (state is None or GONE.fullmatch(state) is not None)


@app.task(name="ingest_build", pass_context=True, retry=Backoff())
def ingest_build(context: JobContext, *, source: str, version: str, arch: str, flavour: str, run: int) -> None:
    """Bring a build into the record, as it is offered now."""
    key = BuildKey(source, version, arch, flavour)
    offer = queries.offer(key)
    if offer is None:
        logger.info("%s %s %s %s: no archive has it any more", *dataclasses.astuple(key))
        return
    try:
        _ingest(offer, _sources(context), last_try=context.job.attempts >= TRIES - 1)
    except Exception as error:
        if is_tried_again(error, context.job.attempts):
            logger.info("%s: %s; it is tried again", name_of(offer), error)
            raise
        _see_to_the_connection()
        give_up(offer, run, reason_of(error))
        if not isinstance(error, (AbidbError, MemoryError)):
            raise  # a bug: it is told with its traceback, and the other builds go on


def _ingest(offer: OfferRow, sources: Sources, *, last_try: bool) -> None:
    from ingest import build, snapshots
    from ingest.archive.listed import listed_from_json

    begin = time.monotonic()
    listed, refused = snapshots.vouched(listed_from_json(offer.content), sources.client)
    for problem in refused:
        logger.warning("%s: %s %s: %s", name_of(offer), problem.root, problem.suite, problem.message)
    known = queries.known_build(offer.key)
    try:
        done = build.ingest(listed, known, sources)
    except Unavailable as error:
        if not (last_try and listed.headers):
            raise
        done = build.ingest(dataclasses.replace(listed, headers=()), known, sources)
        done = dataclasses.replace(done, lacking=(*done.lacking, str(error)))
    if done.lacking:
        store.note_attempt(offer.key, offer.kernel_release, "; ".join(done.lacking))
    else:
        store.forget_attempt(offer.key)
    megabytes, seconds = sources.meter.total / 1e6, time.monotonic() - begin
    logger.info("%s: %s; %.1f MB downloaded, %.1f s", name_of(offer), done.outcome, megabytes, seconds)


def _sources(context: JobContext) -> Sources:
    """Where this worker fetches from, which shares the machine's download limit with others."""
    from ingest import configured
    from ingest.build import Sources

    return Sources(
        configured.roots(), configured.cached_client(context.additional_context[SHARE]), settings.ABIDB_SNAPSHOT
    )


def _see_to_the_connection() -> None:
    """What broke may have taken it along; who asks next gets another one."""
    if not db.connection.is_usable():
        db.connection.close()


def reason_of(error: Exception) -> str:
    """Why a job broke, fit for the record: without the folders of this machine."""
    if isinstance(error, AbidbError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"reading it needs more memory than ABIDB_WORKER_MB allows ({settings.ABIDB_WORKER_MB})"
    return f"abidb failed: {FOLDERS.sub('', repr(error))}"


def give_up(offer: OfferRow, run: int, reason: str) -> None:
    """Note that a build could not be had or read, and why; a later look tries it again."""
    store.note_attempt(offer.key, offer.kernel_release, reason)
    store.add_problem(run, name_of(offer), reason)
    logger.warning("%s: %s", name_of(offer), reason)


def name_of(offer: OfferRow) -> str:
    """RELEASE=VERSION:ARCH."""
    return f"{offer.kernel_release}={offer.key.version}:{offer.key.arch}"


@app.task(name="read_policy", pass_context=True, retry=Backoff())
def read_policy(context: JobContext, *, listed: dict[str, Any], run: int) -> None:
    """Bring the patterns of ABI changes to ignore of one source package into the record."""
    from ingest import source
    from ingest.archive.debs import fetch_source
    from ingest.plan import policy_key, source_from_json

    found = source_from_json(listed)
    sources = _sources(context)
    try:
        path = fetch_source(found, sources.roots, sources.client, sources.meter.watch(found.filename), sources.snapshot)
        store.put_policy(found.source, found.version, source.read_policy(path))
    except Exception as error:
        if is_tried_again(error, context.job.attempts):
            raise
        _see_to_the_connection()
        reason = reason_of(error)
        store.note_attempt(policy_key(found), found.source, reason)
        store.add_problem(run, f"{found.source} {found.version}", reason)
        logger.info("%s: %s", found.filename, reason)
        if not isinstance(error, (AbidbError, MemoryError)):
            raise
    else:
        store.forget_attempt(policy_key(found))
        logger.info("%s: read; %.1f MB downloaded", found.filename, sources.meter.total / 1e6)


@app.task(name="build_outoftree", pass_context=True, retry=Backoff())
def build_outoftree(context: JobContext, /, **arguments: str) -> None:
    """Build a package of modules against a kernel, and keep what becomes of it; arguments as jobs.job_of() gives."""
    from ingest.outoftree import jobs

    _do(context, lambda: jobs.build(arguments), lambda reason: jobs.give_up(arguments, reason))


@app.task(name="compare_rebuild", pass_context=True, retry=Backoff())
def compare_rebuild(context: JobContext, /, **arguments: str) -> None:
    """Compare the code of a package built against two kernels; arguments as jobs.rebuild_of() gives."""
    from ingest.outoftree import jobs

    _do(context, lambda: jobs.compare(arguments), lambda reason: jobs.leave_uncompared(arguments, reason))


def _do(context: JobContext, step: Callable[[], object], fail: Callable[[str], object]) -> None:
    """Do a step that may be tried again; where that helps no more, the record is told why it failed."""
    try:
        step()
    except Exception as error:
        if is_tried_again(error, context.job.attempts):
            logger.info("%s: %s; it is tried again", context.job.lock, error)
            raise
        _see_to_the_connection()
        fail(reason_of(error))
        if not isinstance(error, (AbidbError, MemoryError)):
            raise


@app.task(name="publish_tables", pass_context=True, retry=Backoff())
def publish_tables(context: JobContext) -> None:
    """Write the record's tables to where this machine's site gives them out."""
    from ingest.publish import publish

    begin = time.monotonic()
    try:
        found = publish.publish(settings.ABIDB_PUBLISHED)
    except Unavailable as error:
        if is_tried_again(error, context.job.attempts):
            raise
        logger.warning("%s", error)
    else:
        logger.info("published %.1f MB of tables; %.1f s", found.size / 1e6, time.monotonic() - begin)


@app.task(name="look_again", pass_context=True, retry=Backoff())
def look_again(context: JobContext) -> None:
    """Look at all archives and queue what they have and the record has not."""
    from ingest.offers import Wish
    from ingest.plan import account, plan

    begin = time.monotonic()
    try:
        with account() as run:
            planned = plan(Wish(), run=run, warn=logger.warning)
    except Unavailable as error:
        if is_tried_again(error, context.job.attempts):
            raise
        logger.warning("the archives could not be looked at: %s", error)
    else:
        seconds = time.monotonic() - begin
        logger.info("looked at the archives: %d builds queued; %.1f s", len(planned.builds), seconds)
