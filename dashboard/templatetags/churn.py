# SPDX-License-Identifier: GPL-2.0-or-later
"""What draws the churn of lanes: `{% load churn %}`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template

from abidb.answers import Step
from dashboard import sketches

register = template.Library()


@register.inclusion_tag("components/sparkline.html")
def sparkline(steps: Sequence[Step]) -> dict[str, Any]:
    """The last steps of a lane, oldest first, as a line of text is high: columns of one logarithmic scale everywhere."""
    return {"bars": sketches.sparkline(steps)}
