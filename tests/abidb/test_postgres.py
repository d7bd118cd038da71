# SPDX-License-Identifier: GPL-2.0-or-later
import psycopg
import pytest
from django.db import connection


def test_the_reading_role_cannot_write_even_where_it_asks_for_a_writing_transaction(web_db):
    with connection.cursor() as owner:
        owner.execute("CREATE TABLE IF NOT EXISTS trial (n int)")
    try:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            web_db.execute("INSERT INTO trial VALUES (1)")
        web_db.execute("SET default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            web_db.execute("INSERT INTO trial VALUES (1)")
        assert web_db.execute("SELECT count(*) FROM trial").fetchone() == (0,)
    finally:
        with connection.cursor() as owner:
            owner.execute("DROP TABLE trial")
