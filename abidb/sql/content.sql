-- releases --
SELECT codename, version, created, released, eol, eol_lts, suite FROM release ORDER BY codename COLLATE "C"

-- listings --
-- Of debs that builds of the record were read from.
SELECT sha256, root, suite, index, release_sha256, release_date FROM listing l
WHERE EXISTS (SELECT FROM deb d WHERE d.sha256 = l.sha256)
ORDER BY sha256 COLLATE "C", root COLLATE "C", suite COLLATE "C", index COLLATE "C"

-- seen --
SELECT u.source, u.version, b.arch, b.flavour, s.suite, s.first, s.last
FROM suite_seen s JOIN build b ON b.id = s.build_id JOIN upload u ON u.id = b.upload_id
ORDER BY u.source COLLATE "C", u.version COLLATE "C", b.arch COLLATE "C", b.flavour COLLATE "C", s.suite COLLATE "C"

-- uploads --
SELECT u.source, u.version, u.date, u.distribution, u.urgency, u.abi_name, u.told_by, u.told_with, u.policy_read,
    coalesce(f.kinds, '{}'), coalesce(f.arches, '{}'), coalesce(f.texts, '{}')
FROM upload u LEFT JOIN (
    SELECT upload_id, array_agg(kind) AS kinds, array_agg(arch) AS arches, array_agg(text) AS texts
    FROM upload_fact GROUP BY upload_id
) f ON f.upload_id = u.id
ORDER BY u.source COLLATE "C", u.version_key, u.version COLLATE "C"

-- builds --
-- Builds with their debs, all or those of some ids. What the snapshot service says counts where it alone vouches.
SELECT u.source, u.version, b.arch, b.flavour, b.kernel_release, b.export_set_id, x.digest, b.config_set_id, c.digest,
    b.module_set_id, m.digest, b.vermagic, b.signed, b.extractor, b.imports_checked, b.mismatches, b.symvers_lines,
    b.symvers_differing, coalesce(d.names, '{}'), coalesce(d.versions, '{}'), coalesce(d.arches, '{}'),
    coalesce(d.sources, '{}'), coalesce(d.sha256s, '{}'), coalesce(d.sizes, '{}'), coalesce(d.sha1s, '{}'),
    coalesce(d.seen, '{}')
FROM build b JOIN upload u ON u.id = b.upload_id JOIN export_set x ON x.id = b.export_set_id
LEFT JOIN fact_set c ON c.id = b.config_set_id LEFT JOIN fact_set m ON m.id = b.module_set_id
LEFT JOIN LATERAL (
    SELECT array_agg(name) AS names, array_agg(version) AS versions, array_agg(arch) AS arches,
        array_agg(source) AS sources, array_agg(sha256) AS sha256s, array_agg(size) AS sizes,
        array_agg(CASE WHEN listed THEN '' ELSE snapshot_sha1 END) AS sha1s, array_agg(snapshot_seen) AS seen
    FROM (SELECT *, EXISTS (SELECT FROM listing l WHERE l.sha256 = deb.sha256) AS listed FROM deb) deb
    WHERE build_id = b.id
) d ON true
WHERE (%(ids)s::int[] IS NULL OR b.id = ANY (%(ids)s::int[]))
ORDER BY u.source COLLATE "C", b.arch COLLATE "C", b.flavour COLLATE "C", u.version_key, u.version COLLATE "C"

-- declarations --
SELECT e.id, s.name, m.path, e.kind, e.namespace
FROM export e JOIN symbol s ON s.id = e.symbol_id JOIN module m ON m.id = e.module_id

-- options --
SELECT id, name, value FROM config_option

-- modules --
SELECT f.id, m.path, f.license FROM module_fact f JOIN module m ON m.id = f.module_id

-- export_columns --
SELECT covers, exports, crc FROM export_set WHERE id = %(id)s

-- fact_columns --
SELECT '', members, NULL FROM fact_set WHERE id = %(id)s

-- lanes --
SELECT l.line, l.arch, l.flavour, u.source, u.version
FROM lane l JOIN lane_build lb ON lb.lane_id = l.id JOIN build b ON b.id = lb.build_id JOIN upload u ON u.id = b.upload_id
ORDER BY l.line COLLATE "C", l.arch COLLATE "C", l.flavour COLLATE "C", u.version_key, u.source COLLATE "C"

-- changes --
SELECT old.digest, new.digest, d.added, d.removed, d.crc_changed, d.moved, d.gpl_tightened, d.namespace_changed, d.common
FROM set_diff d JOIN export_set old ON old.id = d.old_id JOIN export_set new ON new.id = d.new_id
ORDER BY old.digest, new.digest
