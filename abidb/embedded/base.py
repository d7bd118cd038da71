# SPDX-License-Identifier: GPL-2.0-or-later
"""Django's PostgreSQL backend, which starts the embedded server when a connection is first wanted or is refused.

The setting EMBEDDED of the database holds the arguments of postgres.ensure_running.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db.backends.postgresql import base
from psycopg import OperationalError

from abidb import postgres

_first = cache(postgres.ensure_running)  # a running server is looked at once in a process, not at each connection


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to the embedded server."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """As Django's; a server that was killed meanwhile is started again. Raises Unavailable."""
        _first(**self.settings_dict["EMBEDDED"])
        try:
            return super().get_new_connection(conn_params)
        except OperationalError:
            postgres.ensure_running(**self.settings_dict["EMBEDDED"])
            return super().get_new_connection(conn_params)
