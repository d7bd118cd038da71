-- lane_steps --
-- Good builds of lanes in version order, all or the newest, each with the remembered comparison to the one before.
SELECT l.line, l.codename, l.arch, l.flavour, b.id, b.kernel_release, b.source, b.version, b.arch, b.flavour,
    b.abi_name, x.covers, b.status, b.date, b.builds, b.previous,
    d.added, d.removed, d.crc_changed, d.moved, d.gpl_tightened, d.namespace_changed, d.common, d.gpl_relaxed,
    d.namespace_dropped, d.type_changed, d.crc_unknown, d.untold, old.covers
FROM lane l
CROSS JOIN LATERAL (
    SELECT b.*, u.source, u.version, u.version_key, u.date, count(*) OVER () AS builds,
        lag(b.export_set_id) OVER w AS old_set, lag(b.id) OVER w AS previous
    FROM lane_build lb JOIN build b ON b.id = lb.build_id JOIN upload u ON u.id = b.upload_id
    WHERE lb.lane_id = l.id AND b.status = 'good'
    WINDOW w AS (ORDER BY u.version_key, b.id)
    ORDER BY u.version_key DESC, b.id DESC
    LIMIT %(newest)s
) b
JOIN export_set x ON x.id = b.export_set_id
LEFT JOIN export_set old ON old.id = b.old_set
LEFT JOIN set_diff d ON (d.old_id, d.new_id) = (b.old_set, b.export_set_id)
WHERE l.id = ANY (%(lanes)s::int[])
ORDER BY l.line, l.arch, l.flavour, b.version_key, b.id

-- lane_ages --
-- The newest Release date that any build of a lane was seen with.
SELECT l.line, l.arch, l.flavour, max(s.last)
FROM lane l JOIN lane_build lb ON lb.lane_id = l.id JOIN suite_seen s ON s.build_id = lb.build_id
WHERE l.id = ANY (%(lanes)s::int[])
GROUP BY l.line, l.arch, l.flavour

-- lane_names --
-- Lanes that have a good build.
SELECT line, arch, flavour, id, codename FROM lane l
WHERE EXISTS (SELECT FROM lane_build lb JOIN build b ON b.id = lb.build_id WHERE lb.lane_id = l.id AND b.status = 'good')
ORDER BY line, arch, flavour

-- releases --
SELECT codename, version, created, released, eol, eol_lts, suite FROM release

-- lane_kernels --
-- The good builds of a lane, oldest first. Sets are looked up one by one: a join with them costs a look at all.
SELECT b.id, b.kernel_release, u.source, u.version, b.arch, b.flavour, b.abi_name,
    (SELECT covers FROM export_set WHERE id = b.export_set_id), b.status, u.date
FROM lane_build lb JOIN build b ON b.id = lb.build_id JOIN upload u ON u.id = b.upload_id
WHERE lb.lane_id = %(lane)s AND b.status = 'good'
ORDER BY u.version_key, b.id
