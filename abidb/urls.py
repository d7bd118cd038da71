# SPDX-License-Identifier: GPL-2.0-or-later
"""All addresses are the site's."""

from django.urls import include, path

urlpatterns = [path("", include("dashboard.urls"))]
