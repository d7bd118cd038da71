# SPDX-License-Identifier: GPL-2.0-or-later
"""What the frame of every page needs: `{% load site %}`.

Pages of errors have that frame too, so nothing here asks the database, and none of it needs a request.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django import template
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.template.context import Context
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.urls import NoReverseMatch, reverse
from django.utils.http import RFC3986_SUBDELIMS
from django.utils.safestring import SafeString

register = template.Library()

SAFE = RFC3986_SUBDELIMS + "/~:@"  #: as links to pages have them (django.urls.reverse)
#: Pages of the navigation: what they are called, their name in dashboard.urls, and beginnings of what is below them.
PAGES = (
    ("Compare", "compare", ()),
    ("New names", "names", ()),
    ("Packages", "packages", ("/package/", "/breaks/", "/in-use/")),
    ("Check a module", "check", ()),
    ("Status", "status", ()),
    ("Method", "method", ()),
    ("API", "api", ()),
)


@register.simple_tag(takes_context=True)
def navigation(context: Context) -> list[tuple[str, str, str]]:
    """Name and address of each page, and whether it is the one shown (`page`), holds that (`true`), or neither ("")."""
    request = context.get("request")
    shown = request.path if request else ""
    found = ((name, _address(page), below) for name, page, below in PAGES)
    return [(name, there, _current(shown, there, below)) for name, there, below in found if there]


def _address(page: str) -> str:
    try:
        return reverse(page)
    except NoReverseMatch:
        return ""


def _current(shown: str, there: str, below: tuple[str, ...]) -> str:
    if shown == there:
        return "page"
    return "true" if shown.startswith((there, *below)) else ""


@register.simple_tag(takes_context=True)
def own_address(context: Context) -> str:
    """The page's address on the host that was asked, without query; "" where there is none to tell."""
    request: HttpRequest | None = context.get("request")
    if request is None:
        return ""
    try:
        return request.build_absolute_uri(quote(request.path, safe=SAFE))
    except DisallowedHost:
        return ""


@register.simple_tag(takes_context=True)
def block_again(context: Context, name: str) -> SafeString:
    """A block of the page for the second time: `{% block %}` may stand in a template once only."""
    block: Any = context.render_context[BLOCK_CONTEXT_KEY].get_block(name)
    with context.push(block=block):
        return block.nodelist.render(context)  # type: ignore[no-any-return]
