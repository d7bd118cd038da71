# SPDX-License-Identifier: GPL-2.0-or-later
"""Components and filters of who uses what, and of what a step does to packages: `{% load uses %}`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import template

from abidb import packagewords, usewords
from abidb.answers import Step
from abidb.packageanswers import Hits, PackageHit, StepTried
from abidb.useanswers import StepHits, User, Users

register = template.Library()
DIFFERING = 3  #: functions of a rebuild that are named


@register.simple_tag
def use_note(name: str) -> str:
    """A sentence of abidb.usewords by its name there."""
    return str(getattr(usewords, name))


@register.inclusion_tag("components/step_hits.html")
def step_hits(hits: Mapping[int, StepHits], tried: Mapping[int, StepTried], step: Step) -> dict[str, Any]:
    """The packages that a step hits, and those that it stops from compiling, whole or in part, as a cell."""
    found = hits.get(step.new.id)
    return {
        "step": step,
        "said": usewords.step_hits(found),
        "hit": bool(found and found.names),
        "same": usewords.same_code_of_step(found) if found else "",
        "tried": tried.get(step.new.id),
    }


@register.filter
def first_names(found: Sequence[str], shown: int) -> str:
    return usewords.names(found, shown)


@register.filter
def listed(found: Sequence[str], between: str = ", ") -> str:
    """All of them; the built-in `join` escapes each by itself."""
    return between.join(found)


@register.filter
def versions_words(user: User) -> str:
    return usewords.versions_sentence(user.versions)


@register.filter
def named_words(user: User) -> str:
    return usewords.NAMED[user.named]


@register.filter
def systems_words(user: User) -> str:
    return usewords.systems_sentence(user.systems)


@register.inclusion_tag("components/users.html")
def symbol_users(users: Users) -> dict[str, Any]:
    """Who uses a symbol."""
    return {"users": users, "said": usewords.users_sentence(users), "scanned": usewords.SCANNED}


@register.inclusion_tag("components/hits.html")
def package_hits(hits: Hits) -> dict[str, Any]:
    """What the step from one kernel to another does to packages."""
    gone, part = ([hit for hit in hits.packages if getattr(hit, how)] for how in ("stopped", "partly"))
    survived = usewords.survived_sentence(hits)
    return {
        "hits": hits,
        "said": packagewords.hits_sentence(hits),
        "stopped": gone if hits.update else (),
        "partly": part if hits.update else (),
        "survived": survived,
        "weight": "breaks" if gone or part or hits.refused else "same" if survived else "unknown",
        "rows": [_row(hit) for hit in usewords.by_gravity(hits)],
        "assumed": any(hit.assumed for hit in hits.packages),
        "computed": any(hit.computed for hit in hits.packages),
    }


def _row(hit: PackageHit) -> dict[str, Any]:
    return {
        "hit": hit,
        "loads": usewords.loads_sentence(hit) or "–",
        "compiles": usewords.compiles_sentence(hit),
        "confirmed": packagewords.loading_sentence(hit.loading),
        "otherwise": "; ".join(hit.loading.otherwise if hit.loading else ()),
        "code": packagewords.CODE_SAYS.get(hit.code, ""),
        "differing": usewords.names([each.name for each in hit.differing], DIFFERING),
        "members": usewords.names(list(dict.fromkeys(m for each in hit.differing for m in each.members)), DIFFERING),
    }
