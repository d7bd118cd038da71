# SPDX-License-Identifier: GPL-2.0-or-later
"""Filters of the pages about new ABI names and modules of the kernel: `{% load names %}`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import quote_plus, urlencode

from django import template
from django.conf import settings
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from abidb import modulewords, namewords, newswords, usewords, words
from abidb.answers import LaneName
from abidb.moduleanswers import ModuleLife, ModuleStep
from abidb.nameanswers import CHANGED, SAME, UNKNOWN, FlavourStep, NameCounts, NewName
from abidb.useanswers import Users
from dashboard.addresses import address

register = template.Library()
WEIGHTS = {SAME: "compatible", CHANGED: "breaks", UNKNOWN: "unknown"}


@register.filter
def names_words(counts: NameCounts) -> str:
    return namewords.names_sentence(counts)


@register.filter
def measured_words(name: NewName) -> str:
    return namewords.measured_sentence(name)


@register.filter
def between_words(name: NewName) -> str:
    return namewords.between_sentence(name)


@register.filter
def verdict_words(name: NewName) -> str:
    return namewords.VERDICT_WORDS[name.verdict]


@register.filter
def verdict_class(name: NewName) -> str:
    """A CSS class for what a new name came with."""
    return WEIGHTS[name.verdict]


@register.filter
def flavour_title(step: FlavourStep) -> str:
    return namewords.flavour_title(step)


@register.filter
def changed_flavours(name: NewName) -> list[tuple[FlavourStep, str, str]]:
    """The flavours that changed, each with what did and where the whole of it is told."""
    return [
        (step, namewords.flavour_sentence(step), address("diff", str(step.old), str(step.new)))
        for step in name.flavours
        if step.state == CHANGED
    ]


@register.filter
def unchanged_flavours(name: NewName) -> list[FlavourStep]:
    return [step for step in name.flavours if step.state == SAME]


@register.filter
def unmeasured_flavours(name: NewName) -> tuple[tuple[str, tuple[FlavourStep, ...]], ...]:
    """The others, by the reason."""
    return namewords.reasons(name)


@register.simple_tag
def overstates_words() -> str:
    """The sentence of components/overstates.html where it stands in a text."""
    return words.CRC_OVERSTATES


@register.simple_tag
def names_mean() -> str:
    return namewords.MEANS


@register.filter
def module_words(life: ModuleLife) -> str:
    said = modulewords.module_sentence(life)
    return said[:1].upper() + said[1:]


@register.filter
def module_users_words(life: ModuleLife) -> str:
    said = modulewords.users_sentence(life)
    return said[:1].upper() + said[1:]


@register.filter
def step_counts(step: ModuleStep) -> str:
    return modulewords.step_counts(step)


@register.filter
def step_names(step: ModuleStep) -> str:
    return modulewords.step_names(step)


@register.simple_tag
def lane_choices(page: str, name: str, lanes: Sequence[LaneName]) -> SafeString:
    """A list's items: the page of a name, in each of the lanes."""
    there = conditional_escape(address(page, name))
    link = '<li><a href="{}{}">{}</a></li>' if there else "<li>{2}</li>"
    items = (link.format(there, *_choice(lane)) for lane in lanes)
    return mark_safe("".join(items))  # noqa: S308  each part is escaped


@lru_cache(2_048)
def _choice(lane: LaneName) -> tuple[str, str]:
    asked = urlencode({"line": lane.line, "arch": lane.arch, "flavour": lane.flavour})
    return conditional_escape(f"?{asked}"), conditional_escape(newswords.lane_title(lane))


@register.filter
def code_search(symbol: str) -> str:
    """Where a symbol is looked for in the kernel's source."""
    return settings.CODE_SEARCH + quote_plus(symbol)


@register.filter
def documentation_search(symbol: str) -> str:
    """Where a symbol is looked for in the kernel's own documentation."""
    return settings.KERNEL_DOCUMENTATION + quote_plus(symbol)


@register.filter
def used_by_words(users: Users) -> str:
    return usewords.users_sentence(users)
