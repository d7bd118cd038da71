-- symbol_exports --
-- Every declaration that a symbol ever had.
SELECT e.id, s.name, m.path, e.kind, e.namespace
FROM symbol s JOIN export e ON e.symbol_id = s.id JOIN module m ON m.id = e.module_id
WHERE s.name = %(name)s ORDER BY e.id

-- lane_sets --
-- Which set each build of each lane has.
SELECT l.line, l.arch, l.flavour, b.id, b.kernel_release, u.source, u.version, b.arch, b.flavour, b.abi_name, x.covers,
    b.status, u.date, x.id
FROM lane l JOIN lane_build lb ON lb.lane_id = l.id JOIN build b ON b.id = lb.build_id
JOIN upload u ON u.id = b.upload_id JOIN export_set x ON x.id = b.export_set_id
WHERE b.status = 'good'
AND (%(line)s::text IS NULL OR l.line = %(line)s)
AND (%(arch)s::text IS NULL OR l.arch = %(arch)s)
AND (%(flavour)s::text IS NULL OR l.flavour = %(flavour)s)
ORDER BY l.line, l.arch, l.flavour, u.version_key, b.id

-- symbols_like --
-- Symbols that hold a text: exact first, then those that start with it, then the rest by length.
SELECT name FROM symbol WHERE strpos(lower(name), lower(%(text)s)) > 0
ORDER BY name <> %(text)s, NOT starts_with(lower(name), lower(%(text)s)), length(name), name LIMIT %(limit)s

-- modules_like --
SELECT path FROM module m WHERE strpos(lower(path), lower(%(text)s)) > 0
AND EXISTS (SELECT FROM export e WHERE e.module_id = m.id)
ORDER BY length(path), path LIMIT %(limit)s
