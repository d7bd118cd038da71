# SPDX-License-Identifier: GPL-2.0-or-later
"""Addresses of the pages."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
