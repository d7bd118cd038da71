-- symbol_exports --
-- Every declaration that a symbol ever had.
SELECT e.id, s.name, m.path, e.kind, e.namespace
FROM symbol s JOIN export e ON e.symbol_id = s.id JOIN module m ON m.id = e.module_id
WHERE s.name = %(name)s ORDER BY e.id

-- lane_builds --
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

-- many_points --
-- Whether lanes have more builds than one answer can hold.
SELECT count(*) > %(bound)s FROM (
    SELECT FROM lane_build WHERE lane_id = ANY (%(lanes)s::int[]) LIMIT %(bound)s::int + 1
) counted
