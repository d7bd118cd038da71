# SPDX-License-Identifier: GPL-2.0-or-later
"""Working off the queue in the test's own process and transaction, as a worker would."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import contextmanager
from types import SimpleNamespace

from asgiref.sync import async_to_sync
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

from ingest.tasks import SHARE

LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def taken() -> Job | None:
    """The next job, which a worker without a sign of life after this one has taken."""
    manager = JobManager(DjangoConnector())
    worker = async_to_sync(manager.register_worker)()
    job = async_to_sync(manager.fetch_job)(queues=None, worker_id=worker)
    return job and job.evolve(task_kwargs=json.loads(job.task_kwargs))  # Django leaves JSON as it comes


def do(job: Job) -> BaseException | None:
    """Run a job and note its end; what it raised. It is tried again without a pause."""
    manager, task = JobManager(DjangoConnector()), app.tasks[job.task_name]
    error = None
    try:
        task.func(
            *([SimpleNamespace(job=job, additional_context={SHARE: 1})] if task.pass_context else []), **job.task_kwargs
        )
    except Exception as raised:
        error = raised
    if error and task.get_retry_exception(error, job):
        manager.retry_job_by_id(job.id, LONG_AGO)
    else:
        status = Status.FAILED if error else Status.SUCCEEDED
        async_to_sync(manager.finish_job)(job, status=status, delete_job=False)
    return error


def drain() -> list[Job]:
    """Do all that is queued; the jobs in the order in which they were begun."""
    done = []
    while job := taken():
        do(job)
        done.append(job)
    return done


@contextmanager
def own_hands(*_given: object):
    """Stands in for the hands of ingest.sync and ingest.outoftree.run."""
    yield SimpleNamespace(tend=drain)
