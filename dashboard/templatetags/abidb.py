# SPDX-License-Identifier: GPL-2.0-or-later
"""Components and filters of the pages: `{% load abidb %}`. A component is templates/components/NAME.html."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import format_html

from abidb import compat, newswords, words
from abidb.answers import BuildRef, LaneName, RunState, Step
from abidb.compat import Counts
from dashboard import sketches
from dashboard.addresses import address
from dashboard.biography import Life, Row
from dashboard.charts import removed

register = template.Library()
DRAWN = 4_096  #: of each small component that stands hundreds of times on a page, those that a process keeps as drawn


@register.filter
def number(n: int) -> str:
    return words.number(n)


@register.filter
def crc(value: int | None) -> str:
    """A CRC as Module.symvers writes it; one that is not known is never shown as 0."""
    return "unknown" if value is None else f"0x{value:08x}"


@register.filter
def kind_words(kind: str) -> str:
    return words.KIND_WORDS[kind]


@register.filter
def capital(text: str) -> str:
    """With a capital first letter and the rest as it is: for sentences of abidb.words."""
    return text[:1].upper() + text[1:]


@register.filter
def since(then: dt.datetime, now: dt.datetime) -> str:
    return words.age(then, now)


@register.filter
def lane_title(name: LaneName) -> str:
    """`bookworm cloud-amd64`, with the architecture where the flavour does not show it."""
    return newswords.lane_title(name)


@register.filter
def tracker(source: str) -> str:
    """The address of a source package in Debian's package tracker."""
    return f"{settings.PACKAGE_TRACKER}{source}"


@register.filter
def step_words(step: Step) -> str:
    """What a step changed, in words."""
    if step.old is None:
        return "the first upload here: nothing to compare with"
    if step.counts is None:
        return "not compared yet"
    return words.step_sentence(step.old.abi_name, step.new.abi_name, step.counts, scope=step.scope or "all")


@register.filter
def step_weight(step: Step) -> str:
    """A CSS class for the gravity of a step: same, compatible, breaks, unknown."""
    if step.counts is None:
        return "unknown"
    return compat.outcome(step.counts, scope=step.scope or "all").name.lower()


@register.simple_tag
def run_words(run: RunState, running: bool) -> str:
    """How far a run is, or was when it ended."""
    return words.run_sentence(run.done, run.total, run.failed, run.current if running else "")


@register.filter
def in_all(life: Life) -> str:
    """How many CRCs a symbol had in a lane."""
    return words.plural(life.crcs, "CRC") if life.crcs else words.NOT_MEASURABLE


@register.simple_tag
def href(page: str, *names: str, fragment: str = "", **fields: str) -> str:
    """The attribute of a link to a page; nothing where the names make no address, so that the link is plain text."""
    there = address(page, *names, query={name: value for name, value in fields.items() if value}, fragment=fragment)
    return format_html('href="{}"', there) if there else ""


@register.simple_tag
def plural(n: int, noun: str) -> str:
    return words.plural(n, noun)


@register.simple_tag
def check_words(imports: int, mismatches: Sequence[str]) -> str:
    return words.check_sentence(imports, len(mismatches))


@register.simple_tag
def rename_words(bare: Sequence[Step], renamed: Sequence[Step], unknown: Sequence[Step]) -> str:
    return words.bare_rename_sentence(len(bare), len(renamed), len(unknown))


@register.simple_tag
def query(base: str = "", **fields: object) -> str:
    """The query of an address: `base` and the fields that are not empty."""
    more = urlencode({name: value for name, value in fields.items() if value not in ("", None)})
    joined = "&".join(part for part in (base, more) if part)
    return f"?{joined}" if joined else "?"


@register.simple_tag
def not_measurable() -> str:
    return words.NOT_MEASURABLE


@register.simple_tag
def partial_words() -> str:
    return words.PARTIAL


@register.simple_tag
@lru_cache(DRAWN)
def build_link(ref: BuildRef) -> str:
    return render_to_string("components/build_link.html", {"ref": ref})


@register.simple_tag
@lru_cache(DRAWN)
def lane_link(name: LaneName) -> str:
    return render_to_string("components/lane_link.html", {"name": name})


@register.inclusion_tag("components/symbol_rows.html")
def symbol_rows(row: Row) -> dict[str, Any]:
    """A symbol in one upload: a row for each of its exports, or one that says that there is none."""
    return {"row": row}


@register.simple_tag
@lru_cache(DRAWN)
def when(moment: dt.datetime | None) -> str:
    return render_to_string("components/when.html", {"moment": moment})


@register.simple_tag
@lru_cache(DRAWN)
def marks(ref: BuildRef) -> str:
    return render_to_string("components/marks.html", {"ref": ref})


@register.inclusion_tag("components/strip.html")
def strip(life: Life) -> dict[str, Any]:
    return {"life": life, "side": sketches.CELL, "width": len(life.cells) * sketches.CELL}


@register.inclusion_tag("components/run_progress.html")
def run_progress(run: RunState, running: bool, heading: str, now: dt.datetime) -> dict[str, Any]:
    return {"run": run, "running": running, "heading": heading, "now": now}


@register.simple_tag
@lru_cache(1)
def overstates() -> str:
    """Stands wherever changes of CRC are counted."""
    return render_to_string("components/overstates.html", {"said": words.CRC_OVERSTATES})


@register.inclusion_tag("components/counts_cells.html")
def counts_cells(counts: Counts | None) -> dict[str, Any]:
    return {"counts": counts, "removed": removed(counts) if counts else 0}
