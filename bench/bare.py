# SPDX-License-Identifier: GPL-2.0-or-later
"""The least that Django can answer, for `python -m bench.site` to set the site against: no middleware, no database."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path


def bare(_request: HttpRequest) -> HttpResponse:
    """Two bytes."""
    return HttpResponse("ok", "text/plain")


urlpatterns = [path("", bare)]
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY="none", MIDDLEWARE=[])
application = get_wsgi_application()
