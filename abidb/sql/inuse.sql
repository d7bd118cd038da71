-- lane_targets --
-- The good builds of a lane as targets of attempts.
SELECT u.source, u.version, b.arch, b.flavour, b.kernel_release
FROM lane l JOIN lane_build lb ON lb.lane_id = l.id JOIN build b ON b.id = lb.build_id JOIN upload u ON u.id = b.upload_id
WHERE (l.line, l.arch, l.flavour) = (%(line)s, %(arch)s, %(flavour)s) AND b.status = 'good'

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
