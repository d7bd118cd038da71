# SPDX-License-Identifier: GPL-2.0-or-later
"""Django's PostgreSQL backend, which starts the embedded server when a connection is first wanted or is refused.

The setting EMBEDDED of the database holds the arguments of postgres.ensure_running.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base
from psycopg import OperationalError

from abidb import postgres


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to the embedded server."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """As Django's; a server that was killed meanwhile is started again. Raises Unavailable.

        The look at the server first costs 0.1 ms; a pool would try in vain until its timeout.
        """
        embedded = self.settings_dict["EMBEDDED"]
        if postgres.status(embedded["data"]) is None:
            postgres.ensure_running(**embedded)
        try:
            return super().get_new_connection(conn_params)
        except OperationalError:
            postgres.ensure_running(**embedded)
            return super().get_new_connection(conn_params)
