-- lane_arrivals --
-- Where the uploads of a lane's good builds were aimed, and the suites that were seen to hold those builds.
SELECT b.id, u.source, u.distribution, u.urgency, u.date,
    coalesce((SELECT array_agg(s.suite ORDER BY s.suite) FROM suite_seen s WHERE s.build_id = b.id), '{}')
FROM lane l JOIN lane_build lb ON lb.lane_id = l.id JOIN build b ON b.id = lb.build_id JOIN upload u ON u.id = b.upload_id
WHERE (l.line, l.arch, l.flavour) = (%(line)s, %(arch)s, %(flavour)s) AND b.status = 'good'

-- upload_suites --
-- The suites that were seen to hold any build of an upload.
SELECT DISTINCT s.suite FROM upload u JOIN build b ON b.upload_id = u.id JOIN suite_seen s ON s.build_id = b.id
WHERE (u.source, u.version) = (%(source)s, %(version)s) ORDER BY s.suite

-- upload_steps --
-- The good builds of an upload in each of their lanes, each with the one before it there and what is remembered of the
-- two. Both builds' columns are those of a BuildRef.
SELECT l.line, l.arch, l.flavour,
    m.id, m.kernel_release, m.source, m.version, m.arch, m.flavour, m.abi_name, x.covers, m.status, m.date,
    p.id, p.kernel_release, p.source, p.version, p.arch, p.flavour, p.abi_name, o.covers, p.status, p.date,
    d.added, d.removed, d.crc_changed, d.moved, d.gpl_tightened, d.namespace_changed, d.common, d.gpl_relaxed,
    d.namespace_dropped, d.type_changed, d.crc_unknown, d.untold, d.broken
FROM (
    SELECT lb.lane_id, b.*, u.source, u.version, u.version_key, u.date
    FROM upload u JOIN build b ON b.upload_id = u.id JOIN lane_build lb ON lb.build_id = b.id
    WHERE (u.source, u.version) = (%(source)s, %(version)s) AND b.status = 'good'
) m
JOIN lane l ON l.id = m.lane_id
JOIN export_set x ON x.id = m.export_set_id
LEFT JOIN LATERAL (
    SELECT b.*, u.source, u.version, u.date
    FROM lane_build lb JOIN build b ON b.id = lb.build_id JOIN upload u ON u.id = b.upload_id
    WHERE lb.lane_id = m.lane_id AND b.status = 'good' AND (u.version_key, b.id) < (m.version_key, m.id)
    ORDER BY u.version_key DESC, b.id DESC LIMIT 1
) p ON true
LEFT JOIN export_set o ON o.id = p.export_set_id
LEFT JOIN set_diff d ON (d.old_id, d.new_id) = (p.export_set_id, m.export_set_id)
ORDER BY l.line, l.arch, l.flavour
