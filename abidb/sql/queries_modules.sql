-- modules_named --
-- Modules whose paths look like one of these patterns.
SELECT id, path FROM module WHERE path COLLATE "C" LIKE ANY (%(patterns)s::text[]) ORDER BY path LIMIT %(limit)s

-- module_facts_of --
-- What builds state of modules that they ship.
SELECT id, module_id FROM module_fact WHERE module_id = ANY (%(modules)s::int[])

-- lane_modules --
-- Which exports and which modules each good build of lanes has, all builds of them or the newest, oldest first.
SELECT l.line, l.arch, l.flavour, b.id, b.kernel_release, b.source, b.version, b.arch, b.flavour, b.abi_name, x.covers,
    b.status, b.date, x.id, b.module_set_id, b.builds
FROM lane l
CROSS JOIN LATERAL (
    SELECT b.*, u.source, u.version, u.version_key, u.date, count(*) OVER () AS builds
    FROM lane_build lb JOIN build b ON b.id = lb.build_id JOIN upload u ON u.id = b.upload_id
    WHERE lb.lane_id = l.id AND b.status = 'good'
    ORDER BY u.version_key DESC, b.id DESC
    LIMIT %(newest)s
) b
JOIN export_set x ON x.id = b.export_set_id
WHERE l.id = ANY (%(lanes)s::int[])
ORDER BY l.line, l.arch, l.flavour, b.version_key, b.id

-- fact_members --
SELECT id, members FROM fact_set WHERE id = ANY (%(sets)s::int[])
