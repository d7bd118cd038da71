# SPDX-License-Identifier: GPL-2.0-or-later
"""What an HTTP server such as gunicorn calls: abidb.wsgi:application."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abidb.settings")
application = get_wsgi_application()
