# SPDX-License-Identifier: GPL-2.0-or-later
"""Components and filters of the pages of module packages: `{% load packages %}`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template

from abidb import packagewords, verdictwords
from abidb.outoftree import NO_COMPILE, NOT_APPLICABLE
from abidb.packageanswers import COMPILES, PARTIAL, Break, Cell, MatrixRow, StepTried, UsedSymbol, VersionSeen
from abidb.verdict import LOADS, REFUSED, UNCHECKED

register = template.Library()
#: CSS classes for the gravity of answers.
_ANSWER_CSS = {LOADS: "compatible", REFUSED: "breaks", UNCHECKED: "unknown"}
_COMPILE_CSS = {COMPILES: "compatible", NO_COMPILE: "breaks", PARTIAL: "breaks", NOT_APPLICABLE: "same"}


@register.filter
def answer_css(answer: str) -> str:
    return _ANSWER_CSS.get(answer, "quiet")


@register.filter
def compile_css(word: str) -> str:
    return _COMPILE_CSS.get(word, "quiet")


@register.filter
def answer_says(answer: str) -> str:
    return verdictwords.ANSWER_WORDS[answer]


@register.filter
def compile_says(word: str) -> str:
    return packagewords.COMPILE_SAYS.get(word, word)


@register.filter
def compile_means(word: str) -> str:
    """What a word of that column needs to be understood; "" for nothing."""
    return packagewords.COMPILE_MEANS.get(word, "")


@register.filter
def code_says(code: str) -> str:
    return packagewords.CODE_SAYS.get(code, "")


@register.filter
def break_words(each: Break) -> str:
    return packagewords.break_sentence(each)


@register.filter
def begin_words(each: Break) -> str:
    return packagewords.begin_sentence(each)


@register.filter
def span_words(each: Break) -> str:
    return packagewords.span_sentence(each)


@register.filter
def step_tried_words(step: StepTried) -> str:
    return packagewords.step_sentence(step)


@register.filter
def step_apart_words(step: StepTried) -> str:
    return packagewords.apart_sentence(step)


@register.filter
def reporting_words(systems: int) -> str:
    return packagewords.reporting_sentence(systems)


@register.filter
def suites_words(seen: VersionSeen) -> str:
    """The suites that have the version, in order."""
    return ", ".join(dict.fromkeys(suite for suite, _, _ in seen.suites))


@register.simple_tag
def package_note(name: str) -> str:
    """A sentence of abidb.packagewords by its name there."""
    return str(getattr(packagewords, name))


@register.filter
def with_versions(row: MatrixRow, versions: Sequence[VersionSeen]) -> list[tuple[Cell, str]]:
    """The cells of a kernel, each with the version that it is of, where there are several."""
    names = [f"{seen.key.version}: " if len(versions) > 1 else "" for seen in versions]
    return list(zip(row.cells, names, strict=True))


@register.inclusion_tag("components/package_cell.html")
def package_cell(cell: Cell, source: str, version: str) -> dict[str, Any]:
    """One version on one kernel: a cell for each of the two answers."""
    kind = verdictwords.KIND_WORDS[cell.reason.kind] if cell.reason else ""
    why = verdictwords.reason_sentence(cell.reason) if cell.reason else ""
    said = {"loading": packagewords.loading_sentence(cell.loading), "about": packagewords.about_sentence(cell.about)}
    otherwise = "; ".join(cell.loading.otherwise if cell.loading else ())
    said |= {"kind": kind, "why": why, "otherwise": otherwise}
    return {"cell": cell, "source": source, "version": version, **said}


@register.inclusion_tag("components/break_row.html")
def break_row(each: Break) -> dict[str, Any]:
    return {"each": each}


@register.inclusion_tag("components/package_scanned.html")
def package_scanned() -> dict[str, Any]:
    """Stands wherever symbols are from a scan of the source."""
    return {"said": packagewords.SCANNED}


@register.simple_tag
def gpl_only(uses: Sequence[UsedSymbol]) -> int:
    """How many of these only modules with a GPL-compatible license may use."""
    return sum(use.gpl_only for use in uses)
