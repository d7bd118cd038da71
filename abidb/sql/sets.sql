-- stored_set --
-- The columns of one set.
SELECT covers, exports, crc FROM export_set WHERE id = %(id)s

-- declarations --
-- Columns as one value each, which costs a fraction of a row an export: numbers as big-endian int4, words in lines.
SELECT string_agg(int4send(id), ''), string_agg(int4send(symbol_id), ''), string_agg(int4send(module_id), ''),
    string_agg(kind, E'\n'), string_agg(namespace, E'\n')
FROM export WHERE id = ANY (%(ids)s::int[])

-- symbol_names --
SELECT string_agg(int4send(id), ''), string_agg(name, E'\n') FROM symbol WHERE id = ANY (%(ids)s::int[])

-- module_paths --
SELECT string_agg(int4send(id), ''), string_agg(path, E'\n') FROM module WHERE id = ANY (%(ids)s::int[])

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

-- ids_of_sets --
SELECT id, exports FROM export_set WHERE id = ANY (%(sets)s::int[])

-- crcs_of_sets --
SELECT id, crc FROM export_set WHERE id = ANY (%(sets)s::int[])

-- crcs_at --
-- Single CRCs of sets, in the order asked for: of a column that is stored plain the server reads a page, not all.
SELECT i.n, substring(x.crc FROM 4 * i.at + 1 FOR 4)
FROM unnest(%(sets)s::int[], %(at)s::int[]) WITH ORDINALITY AS i (id, at, n) JOIN export_set x ON x.id = i.id
ORDER BY i.n
