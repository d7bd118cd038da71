# SPDX-License-Identifier: GPL-2.0-or-later
"""Components and filters of what stands around the exports: uploads, checks, configuration, coverage, queue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from django import template
from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from abidb import words
from abidb.answers import BuildFacts, ConfigDiff, Facet, QueueState, Upload
from abidb.versions import git_tag
from dashboard.coverage import Cell
from dashboard.templatetags.abidb import check_words

register = template.Library()
OPTIONS = 50  #: of two configurations that differ and are shown at first
MANY_OPTIONS = 500  #: and where more are asked for


@register.filter
def until(then: dt.datetime, now: dt.datetime) -> str:
    return words.ahead(then, now)


@register.filter
def security_tracker(cve: str) -> str:
    """The address of a CVE in Debian's security tracker."""
    return f"{settings.SECURITY_TRACKER}{cve}"


@register.filter
def bug_tracker(bug: str) -> str:
    """The address of a bug in Debian's bug tracking system."""
    return f"{settings.BUG_TRACKER}{bug}"


@register.filter
def coded(text: str) -> SafeString:
    """A sentence in which `what stands so` is code."""
    parts = (("<code>{}</code>" if place % 2 else "{}", part) for place, part in enumerate(text.split("`")))
    return mark_safe("".join(format_html(form, part) for form, part in parts))  # noqa: S308  each part is escaped


@register.filter
def source_bugs(source: str) -> str:
    """The address of a source package's bugs in Debian's bug tracking system."""
    return f"{settings.BUG_TRACKER}src:{source}"


@register.filter
def source_security(source: str) -> str:
    """The address of a source package in Debian's security tracker."""
    return f"{settings.SECURITY_TRACKER}source-package/{source}"


@register.filter
def packaging_tag(version: str) -> str:
    """The address of an upload's tag in the repository of the kernel's packaging."""
    return f"{settings.PACKAGING_TAG}{quote(git_tag(version), safe='')}"


@register.filter
def abi_words(upload: Upload) -> str:
    return words.abi_sentence(upload.abi_names, from_changelog=upload.from_changelog)


@register.filter
def provenance_words(facts: BuildFacts) -> str:
    return words.PROVENANCE_WORDS[facts.provenance]


@register.simple_tag
def symvers_words(facts: BuildFacts) -> str:
    said = {"extractor": facts.extractor, "local": facts.local}
    return words.symvers_sentence(facts.symvers_lines, len(facts.symvers_differing), **said)


@register.simple_tag
def queue_words(state: QueueState) -> str:
    return words.queue_sentence(state)


@register.simple_tag
def pause_words(reason: str) -> str:
    return words.pause_sentence(reason)


@register.simple_tag
def facet_options(facets: Sequence[Facet], chosen: str) -> SafeString:
    """The options of a choice, hundreds for namespaces: a loop of the template would take longer than the rest."""
    told = ((each.value or "-", each.value or "none", words.number(each.n)) for each in facets)
    marks = {True: mark_safe(" selected"), False: ""}
    parts = ((value, marks[value == chosen], said, n) for value, said, n in told)
    return format_html_join("", '<option value="{}"{}>{} ({})</option>', parts)


@register.simple_tag
def offered_options(facets: Sequence[Facet]) -> SafeString:
    """The values that a field offers, each with how often it is there."""
    told = ((each.value, words.number(each.n)) for each in facets)
    return format_html_join("", '<option value="{}">{}</option>', told)


@register.simple_tag
def policy_unknown() -> str:
    return words.POLICY_UNKNOWN


@register.inclusion_tag("components/coverage_cell.html")
def coverage_cell(cell: Cell) -> dict[str, Any]:
    return {"cell": cell}


@register.inclusion_tag("components/failed_checks.html")
def failed_checks(facts: BuildFacts, limit: int) -> dict[str, Any]:
    """Why a build is set apart, with the first `limit` symbols of each check that it failed."""
    checks = ((check_words(facts.imports_checked, facts.mismatches), facts.mismatches),)
    checks += ((symvers_words(facts), facts.symvers_differing),)
    failed = [(said, names[:limit], max(len(names) - limit, 0)) for said, names in checks if names]
    return {"failed": failed}


@register.inclusion_tag("components/aim.html")
def aim(upload: Upload) -> dict[str, Any]:
    return {"upload": upload}


@register.inclusion_tag("components/ignored.html")
def ignored(upload: Upload, limit: int | None = None, brief: bool = False) -> dict[str, Any]:
    """What ABI changes an upload ignores: the patterns that decide, and what its changelog remarks; the first ones."""
    context: dict[str, Any] = {"upload": upload, "brief": brief}
    for name, found in (("ignored", upload.ignored), ("remarks", upload.remarks)):
        context |= {name: found[:limit], f"{name}_more": len(found) - len(found[:limit])}
    return context


@register.inclusion_tag("components/upload_facts.html")
def upload_facts(upload: Upload, link: bool = False) -> dict[str, Any]:
    """What an upload's changelog and source package say; `link` leads to the page of the upload."""
    return {"upload": upload, "link": link}


@register.inclusion_tag("components/config_changes.html")
def config_changes(config: ConfigDiff, everything: bool, after: str = "") -> dict[str, Any]:
    """The options that differ: the first of them, or, where more are asked for, those behind one of them."""
    rest = [change for change in config.changes if change.name > after]
    shown = rest[: MANY_OPTIONS if everything or after else OPTIONS]
    said = words.config_sentence(len(config.changes), measured=config.measured)
    more = shown[-1].name if len(rest) > len(shown) else ""
    return {"said": said, "shown": shown, "more": more, "first": not (everything or after)}
