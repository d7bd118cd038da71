-- stored_set --
-- The columns of one set.
SELECT covers, exports, crc FROM export_set WHERE id = %(id)s

-- exports_by_id --
-- Declarations of exports.
SELECT e.id, s.name, m.path, e.kind, e.namespace
FROM export e JOIN symbol s ON s.id = e.symbol_id JOIN module m ON m.id = e.module_id
WHERE e.id = ANY (%(ids)s::int[])

-- exports_by_id_in_order --
-- The same in order of symbols, a page of those that fit.
SELECT e.id, s.name, m.path, e.kind, e.namespace
FROM export e JOIN symbol s ON s.id = e.symbol_id JOIN module m ON m.id = e.module_id
WHERE e.id = ANY (%(ids)s::int[])
AND (%(text)s::text IS NULL OR strpos(lower(s.name), %(text)s) > 0 OR strpos(lower(m.path), %(text)s) > 0)
ORDER BY s.name, m.path, e.id
LIMIT %(limit)s

-- count_exports_by_id --
SELECT count(*)
FROM export e JOIN symbol s ON s.id = e.symbol_id JOIN module m ON m.id = e.module_id
WHERE e.id = ANY (%(ids)s::int[])
AND (strpos(lower(s.name), %(text)s) > 0 OR strpos(lower(m.path), %(text)s) > 0)

-- exports_of_their_symbols --
-- Every declaration of the symbols that these exports declare.
SELECT e.id, s.name, m.path, e.kind, e.namespace
FROM (SELECT DISTINCT symbol_id FROM export WHERE id = ANY (%(ids)s::int[])) wanted
JOIN export e ON e.symbol_id = wanted.symbol_id
JOIN symbol s ON s.id = e.symbol_id JOIN module m ON m.id = e.module_id

-- broken_in_lane --
-- What broke between neighbours of a lane: the packed ids of old exports.
SELECT d.broken
FROM (
    SELECT lag(b.export_set_id) OVER w AS old, b.export_set_id AS new
    FROM lane l JOIN lane_build lb ON lb.lane_id = l.id JOIN build b ON b.id = lb.build_id
    JOIN upload u ON u.id = b.upload_id
    WHERE (l.line, l.arch, l.flavour) = (%(line)s, %(arch)s, %(flavour)s) AND b.status = 'good'
    WINDOW w AS (ORDER BY u.version_key, b.id)
) pair
JOIN set_diff d ON (d.old_id, d.new_id) = (pair.old, pair.new)
WHERE octet_length(d.broken) > 0

-- symbols_of_exports --
-- The symbols of these exports, each with all exports that declare it.
SELECT s.name, array_agg(e.id)
FROM symbol s JOIN export e ON e.symbol_id = s.id
WHERE s.id IN (SELECT symbol_id FROM export WHERE id = ANY (%(ids)s::int[]))
GROUP BY s.name

-- ids_of_sets --
SELECT id, exports FROM export_set WHERE id = ANY (%(sets)s::int[])

-- crcs_at --
-- Single CRCs of sets, in the order asked for: of a column that is stored plain the server reads a page, not all.
SELECT i.n, substring(x.crc FROM 4 * i.at + 1 FOR 4)
FROM unnest(%(sets)s::int[], %(at)s::int[]) WITH ORDINALITY AS i (id, at, n) JOIN export_set x ON x.id = i.id
ORDER BY i.n
