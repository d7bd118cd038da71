-- lane_order --
-- The good builds of each lane in version order. Versions are compared once for each upload, not for each build.
SELECT lb.lane_id, array_agg(b.id ORDER BY u.place, b.id)
FROM (SELECT id, rank() OVER (ORDER BY version_key) AS place FROM upload) u
JOIN build b ON b.upload_id = u.id JOIN lane_build lb ON lb.build_id = b.id
WHERE b.status = 'good'
GROUP BY lb.lane_id

-- lane_steps --
-- Builds of lanes, given in version order, each with the remembered comparison to the one before. Builds and sets are
-- looked up one by one: a join with them costs a look at all.
SELECT b.lane, b.id, b.kernel_release, u.source, u.version, b.arch, b.flavour, b.abi_name,
    (SELECT covers FROM export_set WHERE id = b.export_set_id), b.status, u.date, b.previous,
    d.added, d.removed, d.crc_changed, d.moved, d.gpl_tightened, d.namespace_changed, d.common, d.gpl_relaxed,
    d.namespace_dropped, d.type_changed, d.crc_unknown, d.untold,
    (SELECT covers FROM export_set WHERE id = b.old_set)
FROM (
    SELECT b.*, w.lane, w.n, lag(b.export_set_id) OVER before AS old_set, lag(b.id) OVER before AS previous
    FROM unnest(%(lanes)s::int[], %(builds)s::int[]) WITH ORDINALITY AS w (lane, build, n)
    CROSS JOIN LATERAL (SELECT * FROM build WHERE id = w.build LIMIT 1) b
    WINDOW before AS (PARTITION BY w.lane ORDER BY w.n)
) b
JOIN upload u ON u.id = b.upload_id
LEFT JOIN LATERAL (SELECT * FROM set_diff WHERE (old_id, new_id) = (b.old_set, b.export_set_id) LIMIT 1) d ON true
ORDER BY b.n

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
