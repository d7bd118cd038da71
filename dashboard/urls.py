# SPDX-License-Identifier: GPL-2.0-or-later
"""Addresses for people, meant to last. The names of releases come last: they are at the root."""

from django.urls import path

from dashboard.views import breaks, builds, check, diffs, inuse, lanes, packages, search, site, status, symbols, uploads

urlpatterns = [
    path("", site.home, name="home"),
    path("robots.txt", site.robots, name="robots"),
    path("favicon.ico", site.favicon, name="favicon"),
    path("healthz", site.healthz, name="healthz"),
    path("search/", search.search, name="search"),
    path("build/<str:spec>/", builds.build, name="build"),
    path("build/<str:spec>/Module.symvers", builds.symvers, name="symvers"),
    path("build/<str:spec>/config/", builds.config, name="config"),
    path("diff/", diffs.compare, name="compare"),
    path("diff/<str:old>/<str:new>/", diffs.diff, name="diff"),
    path("symbol/<path:name>/", symbols.symbol, name="symbol"),
    path("upload/<str:source>/<str:version>/", uploads.upload, name="upload"),
    path("packages/", packages.packages, name="packages"),
    path("package/<str:name>/", packages.package, name="package"),
    path("package/<str:name>/log/<int:number>/", packages.log, name="package_log"),
    path("breaks/", breaks.breaks, name="breaks"),
    path("breaks/feed.atom", breaks.feed, name="breaks_feed"),
    path("api/v1/breaks", breaks.api, name="api_breaks"),
    path("method/out-of-tree/", site.method_out_of_tree, name="method_out_of_tree"),
    path("check/", check.check, name="check"),
    path("api/v1/check", check.api, name="api_check"),
    path("in-use/", inuse.in_use, name="in_use"),
    path("in-use/coverage/", inuse.coverage, name="coverage"),
    path("status/", status.status, name="status"),
    path("status/<path:name>/", status.suite, name="suite"),
    path("<str:line>/breaks/", breaks.breaks, name="line_breaks"),
    path("<str:line>/breaks/feed.atom", breaks.feed, name="line_breaks_feed"),
    path("<str:line>/uploads/", uploads.uploads, name="uploads"),
    path("<str:line>/", lanes.lanes, name="line"),
    path("<str:line>/<str:arch>/", lanes.lanes, name="line_arch"),
    path("<str:line>/<str:arch>/<str:flavour>/", lanes.lane, name="lane"),
]
