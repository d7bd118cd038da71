# SPDX-License-Identifier: GPL-2.0-or-later
"""Packages of out-of-tree modules, their builds, what those use, and what running kernels said of them."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from abidb.outoftree import ACCEPTED, DIFFERENT, NOT_COMPARED, OUTCOMES, REFUSED, SAME, UNTRIED


class DkmsPackage(models.Model):
    """One version of a package that brings source of kernel modules."""

    id = models.AutoField(primary_key=True)
    package = models.TextField()
    version = models.TextField()
    version_key = models.TextField(db_collation="C")
    arch = models.TextField(help_text="of the deb: all, amd64")
    source = models.TextField()
    source_version = models.TextField()
    component = models.TextField()
    depends = models.TextField()
    filename = models.TextField(help_text="under the archive's root")
    size = models.BigIntegerField()
    sha256 = models.TextField()
    gone = models.BooleanField(default=False, help_text="no archive has it any more")

    class Meta:
        db_table = "dkms_package"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["package", "version", "arch"], name="dkms_package_once")
        ]


class DkmsListing(models.Model):
    """An index that lists a package, by the dates of the Release files that vouched for it."""

    id = models.AutoField(primary_key=True)
    package = models.ForeignKey(DkmsPackage, models.CASCADE, db_index=False)
    root = models.TextField()
    suite = models.TextField()
    index = models.TextField()
    release_sha256 = models.TextField(help_text="of the newest of them")
    first = models.DateTimeField()
    last = models.DateTimeField()

    class Meta:
        db_table = "dkms_listing"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["package", "root", "suite", "index"], name="dkms_listing_once")
        ]


class Target(models.Model):
    """A kernel, named as builds are: the record may have its build or not."""

    id = models.AutoField(primary_key=True)
    source = models.TextField()
    version = models.TextField()
    version_key = models.TextField(db_collation="C")
    arch = models.TextField()
    flavour = models.TextField()
    kernel_release = models.TextField()

    class Meta:
        db_table = "target"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "version", "arch", "flavour"], name="target_once")
        ]


class ImportSet(models.Model):
    """What a module imports. Immutable and addressed by its content (abidb.importset)."""

    id = models.AutoField(primary_key=True)
    digest = models.BinaryField(unique=True)
    symbols = models.BinaryField(help_text="int4 LE differences of the ascending symbol ids")
    crc = models.BinaryField(null=True, help_text="uint32 LE in the same order; NULL: the kernel has no CRCs")
    named = models.BinaryField(help_text="a byte each in the same order: 1 where the package's own source names it")

    class Meta:
        db_table = "import_set"


class DkmsBuild(models.Model):
    """A package built against a kernel, and what became of it."""

    id = models.AutoField(primary_key=True)
    package = models.ForeignKey(DkmsPackage, models.PROTECT, db_index=False)
    target = models.ForeignKey(Target, models.PROTECT)
    headers = models.TextField(help_text="kernel release whose headers were used")
    root = models.TextField(help_text="release whose compiler and tools were used")
    outcome = models.TextField(choices=[(outcome, outcome) for outcome in OUTCOMES])
    reason = models.TextField(help_text="what stands in the way, one line")
    missing = ArrayField(models.TextField(), help_text="modules that dkms.conf promises and that did not come out")
    log = models.BinaryField(help_text="zlib; empty where another installation built it")
    log_size = models.IntegerField(help_text="bytes of the log, not packed")
    tools = models.TextField()
    seconds = models.FloatField()
    at = models.DateTimeField()
    builder = models.IntegerField()

    class Meta:
        db_table = "dkms_build"
        constraints: ClassVar = [models.UniqueConstraint(fields=["package", "target"], name="dkms_build_once")]


class DkmsModule(models.Model):
    """One .ko that came out of a build."""

    id = models.AutoField(primary_key=True)
    build = models.ForeignKey(DkmsBuild, models.CASCADE)
    name = models.TextField()
    sha256 = models.TextField(db_index=True, help_text="of the file as built, debug sections stripped")
    size = models.BigIntegerField()
    licenses = ArrayField(models.TextField())
    vermagic = models.TextField()
    depends = ArrayField(models.TextField())
    namespaces = ArrayField(models.TextField(), help_text="imported ones")
    siblings = ArrayField(models.TextField(), help_text="symbols that another module of the same build exports")
    exports = ArrayField(models.TextField())
    btf = models.BooleanField()
    import_set = models.ForeignKey(ImportSet, models.PROTECT)

    class Meta:
        db_table = "dkms_module"


class Rebuild(models.Model):
    """The code of one package built against two kernels, compared."""

    id = models.AutoField(primary_key=True)
    package = models.ForeignKey(DkmsPackage, models.PROTECT, db_index=False)
    old = models.ForeignKey(Target, models.PROTECT, related_name="+")
    new = models.ForeignKey(Target, models.PROTECT, related_name="+")
    outcome = models.TextField(choices=[(outcome, outcome) for outcome in (SAME, DIFFERENT, NOT_COMPARED)])
    reason = models.TextField(help_text="why it was not compared")
    modules = models.IntegerField()
    functions = models.IntegerField(help_text="functions and objects compared")
    differing = models.JSONField(help_text="a list of [module, name, function or data, [members]]")
    plugin = models.BooleanField(help_text="whether the compiler plug-in looked at members")
    at = models.DateTimeField()

    class Meta:
        db_table = "rebuild"
        constraints: ClassVar = [models.UniqueConstraint(fields=["package", "old", "new"], name="rebuild_once")]


class LoadResult(models.Model):
    """One insmod of one module on a running kernel."""

    id = models.AutoField(primary_key=True)
    sha256 = models.TextField(help_text="of the .ko")
    module = models.TextField()
    target = models.ForeignKey(Target, models.PROTECT)
    answer = models.TextField(choices=[(answer, answer) for answer in (ACCEPTED, REFUSED, UNTRIED)])
    reasons = models.JSONField(help_text="a list of [kind, symbol]")
    messages = ArrayField(models.TextField(), help_text="what the kernel logged")
    at = models.DateTimeField()

    class Meta:
        db_table = "load_result"
        constraints: ClassVar = [models.UniqueConstraint(fields=["sha256", "target"], name="load_result_once")]


class Scan(models.Model):
    """What the source of a package seems to use on a kernel, where nothing was built."""

    id = models.AutoField(primary_key=True)
    package = models.ForeignKey(DkmsPackage, models.PROTECT, db_index=False)
    target = models.ForeignKey(Target, models.PROTECT)
    import_set = models.ForeignKey(ImportSet, models.PROTECT)

    class Meta:
        db_table = "scan"
        constraints: ClassVar = [models.UniqueConstraint(fields=["package", "target"], name="scan_once")]


class Popcon(models.Model):
    """How many systems report that they have a package: the least that there are."""

    package = models.TextField(primary_key=True)
    reporting = models.IntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "popcon"
