-- incoming_exports --
-- Plain columns of one build's exports, in the order that they are sent.
CREATE TEMP TABLE incoming_export (
    n integer, symbol text, module text, kind text, namespace text
) ON COMMIT DROP

-- incoming_facts --
-- Config options (name, value) or module facts (module, license) of one build.
CREATE TEMP TABLE incoming_fact (n integer, name text, value text) ON COMMIT DROP

-- add_symbols --
-- Ordered, or two writers deadlock; NOT EXISTS, or every known row would burn an id.
INSERT INTO symbol (name)
SELECT DISTINCT symbol FROM incoming_export i
WHERE NOT EXISTS (SELECT FROM symbol s WHERE s.name = i.symbol)
ORDER BY symbol
ON CONFLICT DO NOTHING

-- add_modules --
-- Of exports and facts at once: a second ordered insert into the same table could meet another writer's first.
INSERT INTO module (path)
SELECT path FROM unnest(%(paths)s::text[]) AS path
WHERE NOT EXISTS (SELECT FROM module m WHERE m.path = path.path)
ORDER BY path
ON CONFLICT DO NOTHING

-- add_exports --
INSERT INTO export (symbol_id, module_id, kind, namespace)
SELECT DISTINCT s.id, m.id, i.kind, i.namespace
FROM incoming_export i JOIN symbol s ON s.name = i.symbol JOIN module m ON m.path = i.module
WHERE NOT EXISTS (
    SELECT FROM export e
    WHERE (e.symbol_id, e.module_id, e.kind, e.namespace) = (s.id, m.id, i.kind, i.namespace)
)
ORDER BY s.id, m.id, i.kind, i.namespace
ON CONFLICT DO NOTHING

-- export_ids --
-- The id of each incoming export, in the order sent.
SELECT e.id
FROM incoming_export i JOIN symbol s ON s.name = i.symbol JOIN module m ON m.path = i.module
JOIN export e ON (e.symbol_id, e.module_id, e.kind, e.namespace) = (s.id, m.id, i.kind, i.namespace)
ORDER BY i.n

-- add_config_options --
INSERT INTO config_option (name, value)
SELECT DISTINCT name, value FROM incoming_fact i
WHERE NOT EXISTS (SELECT FROM config_option c WHERE (c.name, c.value) = (i.name, i.value))
ORDER BY name, value
ON CONFLICT DO NOTHING

-- config_option_ids --
SELECT c.id FROM incoming_fact i JOIN config_option c ON (c.name, c.value) = (i.name, i.value) ORDER BY i.n

-- add_module_facts --
INSERT INTO module_fact (module_id, license)
SELECT DISTINCT m.id, i.value FROM incoming_fact i JOIN module m ON m.path = i.name
WHERE NOT EXISTS (SELECT FROM module_fact f WHERE (f.module_id, f.license) = (m.id, i.value))
ORDER BY m.id, i.value
ON CONFLICT DO NOTHING

-- module_fact_ids --
SELECT f.id
FROM incoming_fact i JOIN module m ON m.path = i.name
JOIN module_fact f ON (f.module_id, f.license) = (m.id, i.value)
ORDER BY i.n

-- fact_set_id --
SELECT id FROM fact_set WHERE (of, digest) = (%(of)s, %(digest)s)

-- add_fact_set --
INSERT INTO fact_set (of, digest, members)
SELECT %(of)s, %(digest)s, %(members)s
WHERE NOT EXISTS (SELECT FROM fact_set WHERE (of, digest) = (%(of)s, %(digest)s))
ON CONFLICT DO NOTHING

-- export_set_id --
-- Held until the transaction ends, so that it is not collected before a build has it.
SELECT id FROM export_set WHERE digest = %(digest)s FOR KEY SHARE

-- add_export_set --
INSERT INTO export_set (digest, covers, exports, crc)
SELECT %(digest)s, %(covers)s, %(exports)s, %(crc)s
WHERE NOT EXISTS (SELECT FROM export_set WHERE digest = %(digest)s)
ON CONFLICT DO NOTHING

-- hold_loose_sets --
-- Sets that no build has, but those that another writer holds. Whoever wants one of them now waits and finds it gone.
SELECT id FROM export_set x WHERE NOT EXISTS (SELECT FROM build b WHERE b.export_set_id = x.id)
FOR UPDATE SKIP LOCKED

-- collect_memos --
-- Of these sets, but those that a build got before they were held.
DELETE FROM set_diff d USING export_set x
WHERE x.id = ANY (%(sets)s::int[]) AND x.id IN (d.old_id, d.new_id)
AND NOT EXISTS (SELECT FROM build b WHERE b.export_set_id = x.id)

-- collect_sets --
DELETE FROM export_set x
WHERE x.id = ANY (%(sets)s::int[]) AND NOT EXISTS (SELECT FROM build b WHERE b.export_set_id = x.id)
