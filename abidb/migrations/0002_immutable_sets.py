# SPDX-License-Identifier: GPL-2.0-or-later
"""Export sets never change; plain SQL can read them."""

from django.db import migrations

IMMUTABLE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('abidb.collecting', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% of %: rows of this table never change', TG_OP, TG_TABLE_NAME;
END $$;
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE ON export FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE ON export_set FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
DROP_IMMUTABLE = """
DROP TRIGGER immutable ON export;
DROP TRIGGER immutable ON export_set;
DROP FUNCTION refuse_change();
"""

# CRCs do not compress; stored plain, four bytes of a symbol's history can be read alone.
EXTERNAL = "ALTER TABLE export_set ALTER COLUMN crc SET STORAGE EXTERNAL"
EXTENDED = "ALTER TABLE export_set ALTER COLUMN crc SET STORAGE EXTENDED"

# The concatenation takes the columns out of TOAST once instead of once a byte.
EXPORTS_OF = """
CREATE FUNCTION exports_of(wanted integer)
RETURNS TABLE (symbol text, module text, kind text, namespace text, crc bigint)
LANGUAGE sql STABLE AS $$
    WITH plain AS MATERIALIZED (
        SELECT x.exports || ''::bytea AS exports, x.crc || ''::bytea AS crc, x.n
        FROM build b JOIN export_set x ON x.id = b.export_set_id WHERE b.id = wanted
    ), decoded AS (
        SELECT sum(get_byte(exports, 4 * i) + (get_byte(exports, 4 * i + 1) << 8)
                   + (get_byte(exports, 4 * i + 2) << 16) + (get_byte(exports, 4 * i + 3) << 24)) OVER (ORDER BY i) AS id,
               get_byte(crc, 4 * i)::bigint + (get_byte(crc, 4 * i + 1)::bigint << 8)
               + (get_byte(crc, 4 * i + 2)::bigint << 16) + (get_byte(crc, 4 * i + 3)::bigint << 24) AS crc
        FROM plain, generate_series(0, n - 1) AS i
    )
    SELECT s.name, m.path, e.kind, e.namespace, nullif(d.crc, 0)
    FROM decoded d JOIN export e ON e.id = d.id JOIN symbol s ON s.id = e.symbol_id JOIN module m ON m.id = e.module_id
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("abidb", "0001_initial")]
    operations = [
        migrations.RunSQL(IMMUTABLE, DROP_IMMUTABLE),
        migrations.RunSQL(EXTERNAL, EXTENDED),
        migrations.RunSQL(EXPORTS_OF, "DROP FUNCTION exports_of(integer)"),
    ]
