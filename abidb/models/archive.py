# SPDX-License-Identifier: GPL-2.0-or-later
"""What is kept of archives, and how far the work is."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Absent(models.Model):
    """A deb that an index lists and that is not to be had."""

    id = models.AutoField(primary_key=True)
    name = models.TextField()
    version = models.TextField()
    arch = models.TextField()
    reason = models.TextField()
    seen = models.DateTimeField()

    class Meta:
        db_table = "absent"
        constraints: ClassVar = [models.UniqueConstraint(fields=["name", "version", "arch"], name="absent_once")]


class Offer(models.Model):
    """A build that an archive has, with all that is needed to fetch it."""

    id = models.AutoField(primary_key=True)
    source = models.TextField()
    version = models.TextField()
    arch = models.TextField()
    flavour = models.TextField()
    kernel_release = models.TextField()
    suites = ArrayField(models.TextField())
    content = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        db_table = "offer"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "version", "arch", "flavour"], name="offer_once")
        ]


class Attempt(models.Model):
    """A build that could not be had, or not as well as it is listed: why, and when it is tried again."""

    id = models.AutoField(primary_key=True)
    source = models.TextField()
    version = models.TextField()
    arch = models.TextField()
    flavour = models.TextField()
    kernel_release = models.TextField()
    reason = models.TextField()
    tries = models.IntegerField()
    at = models.DateTimeField()
    next_try = models.DateTimeField()

    class Meta:
        db_table = "attempt"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "version", "arch", "flavour"], name="attempt_once")
        ]


class ReleaseFile(models.Model):
    """The newest Release file of a suite that verified, word for word, and when it was asked for."""

    id = models.AutoField(primary_key=True)
    root = models.TextField()
    folder = models.TextField()
    sha256 = models.TextField()
    date = models.DateTimeField()
    asked = models.DateTimeField()
    content = models.TextField(help_text="the signed text")

    class Meta:
        db_table = "release_file"
        constraints: ClassVar = [models.UniqueConstraint(fields=["root", "folder"], name="release_file_once")]


class IndexContent(models.Model):
    """What of an index, by its content, is of interest; it is never fetched or parsed again."""

    sha256 = models.TextField(primary_key=True)
    packages = models.JSONField()
    used = models.DateTimeField()

    class Meta:
        db_table = "index_content"


class Switch(models.Model):
    """Whether workers take jobs."""

    id = models.AutoField(primary_key=True)
    paused = models.BooleanField()
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "switch"


class Run(models.Model):
    """One sync and how far it is; a run whose process is gone stays unfinished until the next one starts."""

    id = models.AutoField(primary_key=True)
    started = models.DateTimeField()
    updated = models.DateTimeField()
    finished = models.DateTimeField(null=True)
    total = models.IntegerField()
    done = models.IntegerField()
    failed = models.IntegerField()
    current = models.TextField()

    class Meta:
        db_table = "run"


class Problem(models.Model):
    """What a run could not do, in one line."""

    id = models.AutoField(primary_key=True)
    run = models.ForeignKey(Run, models.CASCADE)
    subject = models.TextField()
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "problem"


class Generation(models.Model):
    """Raised by every transaction of the store; caches and ETags hang on it."""

    id = models.AutoField(primary_key=True)
    n = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "generation"
