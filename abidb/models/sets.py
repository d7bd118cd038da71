# SPDX-License-Identifier: GPL-2.0-or-later
"""Dictionaries, and sets that are made of them: content, written once and never changed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Symbol(models.Model):
    id = models.AutoField(primary_key=True)
    name = models.TextField(unique=True)

    class Meta:
        db_table = "symbol"


class Module(models.Model):
    id = models.AutoField(primary_key=True)
    path = models.TextField(unique=True)

    class Meta:
        db_table = "module"


class Export(models.Model):
    """One distinct declaration; which builds have it is in the sets."""

    id = models.AutoField(primary_key=True)
    symbol = models.ForeignKey(Symbol, models.PROTECT, db_index=False)
    module = models.ForeignKey(Module, models.PROTECT, db_index=False)
    kind = models.TextField()
    namespace = models.TextField(help_text="'' for none")

    class Meta:
        db_table = "export"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["symbol", "module", "kind", "namespace"], name="export_once")
        ]


class ExportSet(models.Model):
    """Immutable and addressed by its content (abidb.exportset)."""

    id = models.AutoField(primary_key=True)
    digest = models.BinaryField(unique=True)
    covers = models.TextField(choices=[("all", "all"), ("vmlinux", "vmlinux")])
    exports = models.BinaryField(help_text="int4 LE differences of the ascending export ids")
    crc = models.BinaryField(null=True, help_text="uint32 LE in the same order; NULL: the kernel has no CRCs")
    n = models.GeneratedField(
        expression=models.Func("exports", function="octet_length") / 4,
        output_field=models.IntegerField(),
        db_persist=True,
    )

    class Meta:
        db_table = "export_set"


class ConfigOption(models.Model):
    id = models.AutoField(primary_key=True)
    name = models.TextField()
    value = models.TextField()

    class Meta:
        db_table = "config_option"
        constraints: ClassVar = [models.UniqueConstraint(fields=["name", "value"], name="config_option_once")]


class ModuleFact(models.Model):
    id = models.AutoField(primary_key=True)
    module = models.ForeignKey(Module, models.PROTECT, db_index=False)
    license = models.TextField()

    class Meta:
        db_table = "module_fact"
        constraints: ClassVar = [models.UniqueConstraint(fields=["module", "license"], name="module_fact_once")]


class FactSet(models.Model):
    """A set of config options or module facts: ids packed like those of an export set."""

    id = models.AutoField(primary_key=True)
    of = models.TextField(choices=[("config_option", "config_option"), ("module_fact", "module_fact")])
    digest = models.BinaryField()
    members = models.BinaryField()

    class Meta:
        db_table = "fact_set"
        constraints: ClassVar = [models.UniqueConstraint(fields=["of", "digest"], name="fact_set_once")]
