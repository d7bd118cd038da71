# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds of the kernel: uploads, packages, where they were seen, lanes."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from abidb.models.sets import ExportSet, FactSet


class Upload(models.Model):
    """One version of a kernel's source package."""

    id = models.AutoField(primary_key=True)
    source = models.TextField()
    version = models.TextField()
    version_key = models.TextField(db_collation="C")
    date = models.DateTimeField(null=True, help_text="of its changelog entry, else of the debs' timestamps")
    distribution = models.TextField(default="", help_text="where its changelog aims it")
    urgency = models.TextField(default="")
    abi_name = models.TextField(default="", help_text="as the changelog names it; '' where it does not")
    told_by = models.TextField(default="", help_text="version of the upload whose changelog told; '' where none did")
    told_with = models.IntegerField(default=0, help_text="the extractor that read that changelog")
    policy_read = models.BooleanField(default=False, help_text="its source's ignore patterns are known")

    class Meta:
        db_table = "upload"
        constraints: ClassVar = [models.UniqueConstraint(fields=["source", "version"], name="upload_once")]


class UploadFact(models.Model):
    """An ABI bump, an ignore remark or pattern, a CVE or a bug of one upload."""

    id = models.AutoField(primary_key=True)
    upload = models.ForeignKey(Upload, models.CASCADE, db_index=False)
    kind = models.TextField(help_text="abi, ignore-remark, ignore, cve, bug")
    arch = models.TextField(help_text="'' for all")
    text = models.TextField()

    class Meta:
        db_table = "upload_fact"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["upload", "kind", "arch", "text"], name="upload_fact_once")
        ]


class Build(models.Model):
    id = models.AutoField(primary_key=True)
    upload = models.ForeignKey(Upload, models.PROTECT, db_index=False)
    arch = models.TextField()
    flavour = models.TextField()
    kernel_release = models.TextField(db_index=True)
    abi_name = models.TextField()
    export_set = models.ForeignKey(ExportSet, models.PROTECT)
    config_set = models.ForeignKey(FactSet, models.PROTECT, null=True, related_name="+", db_index=False)
    module_set = models.ForeignKey(FactSet, models.PROTECT, null=True, related_name="+", db_index=False)
    vermagic = models.TextField(help_text="of its modules; '' where it has none")
    signed = models.BooleanField()
    status = models.TextField(choices=[("good", "good"), ("apart", "apart")], help_text="apart: failed a check")
    imports_checked = models.IntegerField()
    mismatches = ArrayField(models.TextField(), help_text="symbols whose CRC differs from what a module imports")
    symvers_lines = models.IntegerField(null=True, help_text="of the headers' Module.symvers; NULL: no headers read")
    symvers_differing = ArrayField(models.TextField(), default=list, help_text="symbols that it has otherwise")
    extractor = models.IntegerField()
    ingested = models.DateTimeField()
    replaced = ArrayField(models.BinaryField(), help_text="digests of export sets that a better ingest replaced")

    class Meta:
        db_table = "build"
        constraints: ClassVar = [models.UniqueConstraint(fields=["upload", "arch", "flavour"], name="build_once")]


class Deb(models.Model):
    id = models.AutoField(primary_key=True)
    build = models.ForeignKey(Build, models.CASCADE)
    name = models.TextField()
    version = models.TextField()
    arch = models.TextField()
    source = models.TextField()
    sha256 = models.TextField(db_index=True)
    size = models.BigIntegerField()
    snapshot_sha1 = models.TextField(default="", help_text="set where the snapshot service alone vouches for it")
    snapshot_seen = models.DateTimeField(null=True)

    class Meta:
        db_table = "deb"
        constraints: ClassVar = [models.UniqueConstraint(fields=["build", "sha256"], name="deb_once")]


class Listing(models.Model):
    """An index of a signed Release in which a deb stood, whether the record has read that deb or not."""

    id = models.AutoField(primary_key=True)
    sha256 = models.TextField()
    root = models.TextField()
    suite = models.TextField()
    index = models.TextField()
    release_sha256 = models.TextField()
    release_date = models.DateTimeField()

    class Meta:
        db_table = "listing"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sha256", "root", "suite", "index"], name="listing_once")
        ]


class SuiteSeen(models.Model):
    """When a suite held a build, from the dates of its Release files."""

    id = models.AutoField(primary_key=True)
    build = models.ForeignKey(Build, models.CASCADE, db_index=False)
    suite = models.TextField()
    first = models.DateTimeField()
    last = models.DateTimeField()

    class Meta:
        db_table = "suite_seen"
        constraints: ClassVar = [models.UniqueConstraint(fields=["build", "suite"], name="suite_seen_once")]


class Lane(models.Model):
    """A release line on one architecture and flavour."""

    id = models.AutoField(primary_key=True)
    line = models.TextField()
    codename = models.TextField()
    arch = models.TextField()
    flavour = models.TextField()

    class Meta:
        db_table = "lane"
        constraints: ClassVar = [models.UniqueConstraint(fields=["line", "arch", "flavour"], name="lane_once")]


class LaneBuild(models.Model):
    id = models.AutoField(primary_key=True)
    lane = models.ForeignKey(Lane, models.CASCADE, db_index=False)
    build = models.ForeignKey(Build, models.CASCADE)

    class Meta:
        db_table = "lane_build"
        constraints: ClassVar = [models.UniqueConstraint(fields=["lane", "build"], name="lane_build_once")]


class SetDiff(models.Model):
    """Counts of changes between two sets, remembered for neighbours of lanes."""

    id = models.AutoField(primary_key=True)
    old = models.ForeignKey(ExportSet, models.CASCADE, related_name="+", db_index=False)
    new = models.ForeignKey(ExportSet, models.CASCADE, related_name="+")
    added = models.IntegerField()
    removed = models.IntegerField()
    crc_changed = models.IntegerField(null=True)
    moved = models.IntegerField()
    gpl_tightened = models.IntegerField()
    namespace_changed = models.IntegerField()
    common = models.IntegerField()
    gpl_relaxed = models.IntegerField()
    namespace_dropped = models.IntegerField()
    type_changed = models.IntegerField()
    crc_unknown = models.IntegerField()
    untold = models.IntegerField()
    broken = models.BinaryField(help_text="old exports that a module can no longer use: ids packed like a set's")

    class Meta:
        db_table = "set_diff"
        constraints: ClassVar = [models.UniqueConstraint(fields=["old", "new"], name="set_diff_once")]


class Release(models.Model):
    """A Debian release, from distro-info-data, and the suite name that its own Release file states."""

    codename = models.TextField(primary_key=True)
    version = models.TextField()
    suite = models.TextField(help_text="stable, oldstable, ... as its Release file says; '' where none was read")
    created = models.DateField(null=True)
    released = models.DateField(null=True)
    eol = models.DateField(null=True)
    eol_lts = models.DateField(null=True)

    class Meta:
        db_table = "release"
