# SPDX-License-Identifier: GPL-2.0-or-later
"""Finding two builds to compare: by name, from a lane's uploads, or beside one that is chosen already."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from abidb import queries
from abidb.answers import BuildRef, Lane
from abidb.errors import UnknownName
from dashboard.addresses import address
from dashboard.unknown import LONGEST, Offer, offering, one_build

SIDES = ("old", "new")
UPLOADS = 100  #: of a lane that are listed, the newest
BESIDE = 60  #: builds of the same upload that are listed
Link = Callable[[str], str]


@require_safe
@cache_control(public=True, max_age=60)
def compare(request: HttpRequest) -> HttpResponse:
    """The form that asks for two builds, and the way to their diff; what names none or several is asked again."""
    given = {side: request.GET.get(side, "").strip()[:LONGEST] for side in SIDES}
    lane = lane_of(request.GET.get("lane", "").strip()[:LONGEST])
    found, wrong = {}, {}
    for side, text in given.items():
        try:
            if text:
                found[side] = one_build(text, link(side, given))
        except Offer as offer:
            wrong[side] = offer
    if len(found) == len(SIDES):
        return redirect(diff_address(found["old"], found["new"], given))
    context = {
        **given,
        "wrong": [(side, offer, offer.links) for side, offer in wrong.items()],
        "chosen": [beside(side, ref) for side, ref in found.items()] if not wrong else [],
        "lane": lane,
        "steps": list(reversed(lane.steps))[:UPLOADS] if lane else [],
        "chosen_lane": request.GET.get("lane", "").strip(),
        "lanes": queries.lanes(ended=True, newest=1),
        "names": queries.lane_names(),
    }
    return render(request, "compare.html", context, status=status(list(wrong.values())))


def status(wrong: list[Offer]) -> int:
    """300 where all that is wrong has several meanings, 404 where a name has none."""
    if not wrong:
        return 200
    return 300 if all(offer.several for offer in wrong) else 404


def link(side: str, given: dict[str, str]) -> Link:
    """What makes the address of this form with another name on one side."""
    return lambda name: address("compare", query={**given, side: name})


def diff_address(old: BuildRef, new: BuildRef, given: dict[str, str]) -> str:
    """The address of two builds' difference; raises UnknownName where neither their names nor those given make one."""
    there = address("diff", old.name, new.name) or address("diff", given["old"], given["new"])
    if not there:
        raise UnknownName(f"the names of {old.kernel_release} and {new.kernel_release} make no address")
    return there


def beside(side: str, ref: BuildRef) -> dict[str, object]:
    """What a build may be compared with: its neighbours in each lane, and the other builds of its upload."""
    near = []
    for each in queries.neighbours(ref.id):
        if before := each.previous:
            near.append((f"the upload before in {each.lane.line}", before, address("diff", before.name, ref.name)))
        if after := each.next:
            near.append((f"the upload after in {each.lane.line}", after, address("diff", ref.name, after.name)))
    builds = [one for one in queries.find_builds(version=ref.version, limit=4 * BESIDE) if one.source == ref.source]
    others = [(one, way(side, ref, one)) for one in builds if one.id != ref.id]
    return {"side": side, "ref": ref, "near": near, "others": others[:BESIDE], "more": max(len(others) - BESIDE, 0)}


def way(side: str, ref: BuildRef, other: BuildRef) -> str:
    """The address of the diff of both, `ref` on its side."""
    old, new = (ref, other) if side == "old" else (other, ref)
    return address("diff", old.name, new.name)


def lane_of(text: str) -> Lane | None:
    """The lane that LINE/ARCH/FLAVOUR names; raises Offer with other lanes."""
    if not text:
        return None
    with offering(lambda name: address("compare", query={"lane": name})):
        parts = text.split("/")
        if len(parts) != 3:
            raise UnknownName(f"{text} is no lane; write LINE/ARCH/FLAVOUR, such as bookworm/amd64/amd64")
        return queries.lane(*parts)
