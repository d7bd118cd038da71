# SPDX-License-Identifier: GPL-2.0-or-later
"""What draws the churn of lanes: `{% load churn %}`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe

from abidb import churnwords
from abidb.answers import LaneName, Step
from abidb.churnanswers import ArchOnly, FlavourStep, Spread
from dashboard import sketches
from dashboard.addresses import address
from dashboard.charts import SERIES
from dashboard.churnsketch import Column, Drawing
from dashboard.flavours import matrix

register = template.Library()


@register.inclusion_tag("components/sparkline.html")
def sparkline(steps: Sequence[Step]) -> dict[str, Any]:
    """The last steps of a lane, oldest first, as high as a line of text, on one logarithmic scale everywhere."""
    return {"bars": sketches.sparkline(steps)}


@register.inclusion_tag("components/spark_key.html")
def spark_key() -> dict[str, Any]:
    """What the columns of sparklines mean."""
    return {}


@register.inclusion_tag("components/chart_key.html")
def chart_key(keys: Sequence[tuple[str, str, bool]]) -> dict[str, Any]:
    """The colours of a churn chart and its marks: path, meaning, whether hollow."""
    return {"series": [(css, name) for css, name, _, _ in SERIES], "keys": keys}


@register.simple_tag
def drawn_columns(drawing: Drawing, base: str = "") -> str:
    """The columns of a churn chart, a line each; hundreds of shapes, which a template's loops take long over."""
    return mark_safe("".join(f"{_column(drawing, each, base)}\n" for each in drawing.columns))  # noqa: S308 - escaped


def _column(drawing: Drawing, column: Column, base: str) -> str:
    said, href = escape(column.said), escape(f"{base}{column.href}")
    within = ("a", f' href="{href}" aria-label="{said}"') if column.href else ("g", "")
    ground = f"M{column.x} 14V{drawing.height}h{drawing.bar}V14Z"
    shapes = [f'<path class="{part.css}" fill="{part.fill}" d="{part.path}"/>' for part in column.parts]
    shapes += [
        f'<path class="{"hollow" if mark.hollow else "mark"}" transform="translate({mark.x} {mark.y})" d="{mark.path}" '
        + ('fill="none" stroke="#57606a" stroke-width="1.5"/>' if mark.hollow else 'fill="#57606a"/>')
        for mark in column.marks
    ]
    return (
        f'<{within[0]}{within[1]}><title>{said}</title><path class="column" d="{ground}" fill="#ffffff" '
        f'fill-opacity="0"/>{"".join(shapes)}<text transform="translate({column.middle + 3} {drawing.foot}) '
        f'rotate(-90)" text-anchor="end" fill="#1b1f24">{escape(column.version)}</text></{within[0]}>'
    )


@register.simple_tag
def build_options(steps: Sequence[Step]) -> tuple[str, str]:
    """The builds of steps to choose from, newest first: that of the newest, and those of the rest."""
    found = [
        format_html('<option value="{}">{} ({})</option>', step.new.name, step.new.version, step.new.abi_name)
        for step in steps
    ]
    return mark_safe("".join(found[:1])), mark_safe("".join(found[1:]))  # noqa: S308 - each is escaped


@register.simple_tag
def lane_file(page: str, name: LaneName, linear: bool) -> str:
    """The address of a file of a lane, in the scale that is shown."""
    return address(page, name.line, name.arch, name.flavour, query={"scale": "linear"} if linear else None)


@register.filter
def spread_words(found: Spread) -> str:
    return churnwords.spread_sentence(found)


@register.simple_tag
def arch_only_words(own: ArchOnly) -> str:
    return churnwords.arch_only_sentence(own)


@register.simple_tag
def flavour_only_words(row: FlavourStep) -> str:
    return churnwords.flavour_only_sentence(row)


@register.inclusion_tag("components/flavour_matrix.html")
def flavour_matrix(found: Spread) -> dict[str, Any]:
    """Flavours by architectures, with what broke in each."""
    return {"matrix": matrix(found)}


@register.inclusion_tag("components/symbol_list.html")
def symbol_list(said: str, total: int, first: Sequence[str]) -> dict[str, Any]:
    """So many symbols, the first of them by name."""
    return {"said": said, "total": total, "first": first, "more": total - len(first)}
