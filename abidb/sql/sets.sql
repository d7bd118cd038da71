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

-- lane_breaks --
-- The good builds of a lane, oldest first, each with what broke since the one before it.
SELECT b.id, b.source, b.version, b.arch, b.flavour, b.kernel_release, b.date, b.export_set_id, b.vermagic, x.covers,
    x.crc IS NOT NULL, d.crc_changed IS NOT NULL AND d.crc_unknown + d.untold = 0,
    d.gpl_tightened + d.namespace_changed, d.broken
FROM (
    SELECT b.id, b.arch, b.flavour, b.kernel_release, b.export_set_id, b.vermagic, u.source, u.version, u.version_key,
        u.date, lag(b.export_set_id) OVER (ORDER BY u.version_key, b.id) AS old_set
    FROM lane l JOIN lane_build lb ON lb.lane_id = l.id JOIN build b ON b.id = lb.build_id
    JOIN upload u ON u.id = b.upload_id
    WHERE (l.line, l.arch, l.flavour) = (%(line)s, %(arch)s, %(flavour)s) AND b.status = 'good'
) b
JOIN export_set x ON x.id = b.export_set_id
LEFT JOIN set_diff d ON (d.old_id, d.new_id) = (b.old_set, b.export_set_id)
ORDER BY b.version_key, b.id

-- ids_of_sets --
SELECT id, exports FROM export_set WHERE id = ANY (%(sets)s::int[])

-- crcs_of_sets --
SELECT id, crc FROM export_set WHERE id = ANY (%(sets)s::int[])

-- crcs_at --
-- Single CRCs of sets, in the order asked for: of a column that is stored plain the server reads a page, not all.
SELECT i.n, substring(x.crc FROM 4 * i.at + 1 FOR 4)
FROM unnest(%(sets)s::int[], %(at)s::int[]) WITH ORDINALITY AS i (id, at, n) JOIN export_set x ON x.id = i.id
ORDER BY i.n
