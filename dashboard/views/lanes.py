# SPDX-License-Identifier: GPL-2.0-or-later
"""The uploads of one lane, and lists of lanes."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from abidb import compat, queries, usewords
from abidb.answers import LaneName, Step, Volatile
from abidb.compat import Outcome
from abidb.errors import UnknownName
from abidb.useanswers import StepHits
from dashboard import charts
from dashboard.addresses import address
from dashboard.unknown import Offer, offering

VOLATILE = 20  #: symbols of a lane that are listed as broken most often


@require_safe
@cache_control(public=True, max_age=60)
def lanes(request: HttpRequest, line: str, arch: str = "") -> HttpResponse:
    """The lanes of a release line, or of one architecture of it; the only one is gone to at once."""
    names = queries.lane_names(line, arch)
    if len(names) == 1 and (there := lane_address(names[0])):
        return redirect(there)
    if not names:
        raise unknown_line(line, arch)
    return render(request, "lanes.html", {"line": line, "arch": arch, "names": names})


@require_safe
@cache_control(public=True, max_age=60)
def lane(request: HttpRequest, line: str, arch: str, flavour: str) -> HttpResponse:
    """All uploads of a lane, what each changed, and which new ABI names came without a change."""
    with offering(listed_address):
        found = queries.lane(line, arch, flavour)
    hits = queries.lane_hits(line, arch, flavour)
    tried = {each.kernel.id: each for each in queries.lane_steps(found.name)}
    compared = sum(step.counts is not None for step in found.steps)
    context = {
        "lane": found,
        "compared": compared,
        "volatile": repeated(queries.volatile(line, arch, flavour, limit=VOLATILE)) if compared > 1 else (),
        "newest_first": found.steps[::-1],
        "hits": hits,
        "named": [(step, hits[step.new.id].names) for step in found.steps[::-1] if named(hits.get(step.new.id))],
        "survived": usewords.survived_steps(hits, {at: each.worse for at, each in tried.items()}),
        "tried": tried,
        "renames": [step for step in reversed(found.steps) if step.renamed],
        "unchanged_renames": [step for step in reversed(found.steps) if is_rename_with(Outcome.SAME, step)],
        "unknown_renames": [step for step in reversed(found.steps) if is_rename_with(Outcome.UNKNOWN, step)],
        "partial": any(step.scope == "vmlinux" for step in found.steps),
        "figure": charts.churn(found.steps),
        "siblings": [name for name in queries.lane_names(line) if name != found.name],
        "now": timezone.now(),
    }
    return render(request, "lane.html", context)


def named(hits: StepHits | None) -> bool:
    """Whether a step hits packages that are known."""
    return hits is not None and bool(hits.names)


def repeated(found: Sequence[Volatile]) -> list[Volatile]:
    """Those that broke more than once: once is no habit."""
    return [each for each in found if each.changes > 1]


def is_rename_with(outcome: Outcome, step: Step) -> bool:
    """Whether the step brought a new ABI name and its exports compare so."""
    if not step.renamed:
        return False
    if step.counts is None or step.scope is None:
        return outcome is Outcome.UNKNOWN
    return compat.outcome(step.counts, scope=step.scope) is outcome


def lane_address(name: LaneName) -> str:
    return address("lane", name.line, name.arch, name.flavour)


def listed_address(name: str) -> str:
    """The address of LINE, LINE/ARCH or LINE/ARCH/FLAVOUR."""
    parts = name.split("/")
    return address(("line", "line_arch", "lane")[min(len(parts), 3) - 1], *parts)


def unknown_line(line: str, arch: str) -> Offer:
    """What there is instead: the line's architectures, else all lines."""
    names = queries.lane_names(line) or queries.lane_names()
    there = dict.fromkeys((name.line, name.arch) if name.line == line else (name.line,) for name in names)
    message = f"there is no {arch} lane of {line}" if arch else f"there is no release line {line!r}"
    return Offer(UnknownName(message, ["/".join(parts) for parts in there]), listed_address)
