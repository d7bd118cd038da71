# SPDX-License-Identifier: GPL-2.0-or-later
"""Components of two builds beside each other: `{% load diffs %}`."""

from __future__ import annotations

from typing import Any, Protocol
from urllib.parse import urlencode

from django import template

from abidb import diffwords
from abidb.answers import Diff
from abidb.changelog import Between
from abidb.compat import KINDS, REMOVED
from dashboard.changerows import Modules, Section
from dashboard.charts import removed

register = template.Library()
FEW = 20  #: modules whose every number is a link


class Asked(Protocol):
    """Which changes are wanted, as the fields of the form say."""

    kind: str
    text: str
    module: str
    sort: str


@register.inclusion_tag("components/diff_note.html")
def diff_note(diff: Diff) -> dict[str, Any]:
    """What two builds' difference means, and what must be known to judge it."""
    return {"weight": diff.outcome.name.lower(), "notes": diffwords.notes(diff), "summary": diffwords.summary(diff)}


@register.inclusion_tag("components/change_rows.html")
def change_rows(section: Section, heads: tuple[str, ...], asked: Asked) -> dict[str, Any]:
    """Changes under one heading."""
    return {"section": section, "heads": heads, "asked": asked, "column": "Change" in heads}


@register.inclusion_tag("components/diff_modules.html")
def diff_modules(modules: Modules, asked: Asked) -> dict[str, Any]:
    """The modules that have changes, with how many of each kind; each opens its own."""
    base = urlencode({name: value for name in ("text", "sort") if (value := getattr(asked, name))})
    few = len(modules.rows) <= FEW
    said = {"grouped": diffwords.GROUPED, "overstates": diffwords.OVERSTATES_BRIEFLY}
    return {"modules": modules, "asked": asked, "base": base, "few": few, **said}


@register.inclusion_tag("components/changelog_between.html")
def changelog_between(between: Between, diff: Diff) -> dict[str, Any]:
    """The uploads from one build to the other."""
    more = between.uploads - len(between.entries)
    refs = [diff.old, diff.new] if between.uploads or diff.old.version != diff.new.version else [diff.new]
    return {"between": between, "said": diffwords.changelog_sentence(between), "more": more, "refs": refs}


@register.inclusion_tag("components/counts_table.html")
def counts_table(diff: Diff) -> dict[str, Any]:
    """Every kind of change with its count, the breaking ones first, and what it does to a module."""
    counts = {kind: getattr(diff.counts, kind) for kind in KINDS} | {REMOVED: removed(diff.counts)}
    kinds = [(kind, n, diffwords.use_words(kind)) for kind, n in counts.items()]
    return {"kinds": kinds, "counts": diff.counts, "diff": diff}
