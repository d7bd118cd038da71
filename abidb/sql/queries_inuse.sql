-- lane_targets --
-- The good builds of a lane as targets of attempts.
SELECT u.source, u.version, b.arch, b.flavour, b.kernel_release
FROM lane l JOIN lane_build lb ON lb.lane_id = l.id JOIN build b ON b.id = lb.build_id JOIN upload u ON u.id = b.upload_id
WHERE (l.line, l.arch, l.flavour) = (%(line)s, %(arch)s, %(flavour)s) AND b.status = 'good'
