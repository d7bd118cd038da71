-- covers --
-- What each set of exports covers.
SELECT digest, covers FROM export_set

-- lane_members --
-- The good builds of all lanes in order of versions, with their sets.
SELECT l.line, l.arch, l.flavour, u.source, u.version, b.kernel_release, b.export_set_id, b.config_set_id, b.module_set_id
FROM lane l JOIN lane_build lb ON lb.lane_id = l.id JOIN build b ON b.id = lb.build_id JOIN upload u ON u.id = b.upload_id
WHERE b.status = 'good'
ORDER BY l.line COLLATE "C", l.arch COLLATE "C", l.flavour COLLATE "C", u.version_key, b.id
