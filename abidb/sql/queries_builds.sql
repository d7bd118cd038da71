-- builds --
-- Builds by name, newest version first.
SELECT b.id, b.kernel_release, u.source, u.version, b.arch, b.flavour, b.abi_name, x.covers, b.status, u.date
FROM build b JOIN upload u ON u.id = b.upload_id JOIN export_set x ON x.id = b.export_set_id
WHERE (%(release)s::text IS NULL OR b.kernel_release = %(release)s)
AND (%(version)s::text IS NULL OR u.version = %(version)s)
AND (%(arch)s::text IS NULL OR b.arch = %(arch)s)
AND (%(id)s::int IS NULL OR b.id = %(id)s)
AND (%(export_set)s::int IS NULL OR b.export_set_id = %(export_set)s)
AND (%(text)s::text IS NULL OR strpos(b.kernel_release, %(text)s) > 0 OR strpos(u.version, %(text)s) > 0)
ORDER BY u.version_key DESC, b.arch, b.flavour
LIMIT %(limit)s

-- build_releases --
-- Kernel releases that start like the longest of some texts that any starts like. Bytes are compared: the index on
-- the beginnings of texts serves that, whatever the collation.
SELECT DISTINCT b.kernel_release
FROM (
    SELECT text FROM unnest(%(texts)s::text[]) AS near (text)
    WHERE EXISTS (
        SELECT FROM build b
        WHERE b.kernel_release ~>=~ near.text AND b.kernel_release ~<~ (near.text || chr(1114111))
    )
    ORDER BY length(text) DESC LIMIT 1
) longest
JOIN build b ON b.kernel_release ~>=~ longest.text AND b.kernel_release ~<~ (longest.text || chr(1114111))
ORDER BY b.kernel_release LIMIT %(limit)s

-- build_facts --
SELECT b.export_set_id, x.n, x.crc IS NOT NULL, encode(x.digest, 'hex'), b.signed, b.vermagic,
    coalesce(length(c.members) / 4, 0), coalesce(length(f.members) / 4, 0), b.imports_checked, b.mismatches,
    b.symvers_lines, b.symvers_differing, b.extractor, b.ingested
FROM build b JOIN export_set x ON x.id = b.export_set_id
LEFT JOIN fact_set c ON c.id = b.config_set_id LEFT JOIN fact_set f ON f.id = b.module_set_id
WHERE b.id = %(build)s

-- set_of_build --
SELECT export_set_id FROM build WHERE id = %(build)s

-- sets_and_magics --
SELECT id, export_set_id, vermagic FROM build WHERE id = ANY (%(builds)s::int[])

-- debs --
SELECT name, version, arch, source, sha256, size, snapshot_sha1, snapshot_seen FROM deb WHERE build_id = %(build)s ORDER BY name

-- listings --
SELECT sha256, root, suite, index, release_sha256, release_date FROM listing
WHERE sha256 = ANY (%(debs)s) ORDER BY suite, root, index

-- suites --
SELECT suite, first, last FROM suite_seen WHERE build_id = %(build)s ORDER BY first, suite

-- lanes_of_build --
SELECT l.line, l.arch, l.flavour FROM lane_build lb JOIN lane l ON l.id = lb.lane_id
WHERE lb.build_id = %(build)s ORDER BY l.line

-- lines_of_builds --
-- The lines that all of these builds are in.
SELECT l.line FROM lane_build lb JOIN lane l ON l.id = lb.lane_id WHERE lb.build_id = ANY (%(builds)s::int[])
GROUP BY l.line HAVING count(DISTINCT lb.build_id) = cardinality(%(builds)s::int[])

-- neighbours --
-- The builds beside one in each of its lanes, each with the remembered comparison of the two.
SELECT beside.line, beside.arch, beside.flavour, side.comes,
    r.id, r.kernel_release, u.source, u.version, r.arch, r.flavour, r.abi_name, x.covers, r.status, u.date,
    d.added, d.removed, d.crc_changed, d.moved, d.gpl_tightened, d.namespace_changed, d.common, d.gpl_relaxed,
    d.namespace_dropped, d.type_changed, d.crc_unknown, d.untold
FROM (
    SELECT l.line, l.arch, l.flavour, lb.build_id, b.export_set_id, lag(b.id) OVER w AS previous, lead(b.id) OVER w AS next
    FROM lane_build lb JOIN lane l ON l.id = lb.lane_id JOIN build b ON b.id = lb.build_id
    JOIN upload u ON u.id = b.upload_id
    WHERE b.status = 'good' AND lb.lane_id IN (SELECT lane_id FROM lane_build WHERE build_id = %(build)s)
    WINDOW w AS (PARTITION BY lb.lane_id ORDER BY u.version_key, b.id)
) beside
CROSS JOIN LATERAL (VALUES (false, beside.previous), (true, beside.next)) AS side (comes, id)
LEFT JOIN build r ON r.id = side.id
LEFT JOIN upload u ON u.id = r.upload_id
LEFT JOIN export_set x ON x.id = r.export_set_id
LEFT JOIN set_diff d ON (d.old_id, d.new_id) = (
    CASE WHEN side.comes THEN beside.export_set_id ELSE r.export_set_id END,
    CASE WHEN side.comes THEN r.export_set_id ELSE beside.export_set_id END
)
WHERE beside.build_id = %(build)s
ORDER BY beside.line, beside.arch, beside.flavour, side.comes

-- builds_of_upload --
-- The builds of one upload, in order of architectures and flavours.
SELECT b.id, b.kernel_release, u.source, u.version, b.arch, b.flavour, b.abi_name, x.covers, b.status, u.date
FROM upload u JOIN build b ON b.upload_id = u.id JOIN export_set x ON x.id = b.export_set_id
WHERE (u.source, u.version) = (%(source)s, %(version)s)
ORDER BY b.arch, b.flavour LIMIT %(limit)s

-- apart --
-- Builds that failed a check.
SELECT b.id, b.kernel_release, u.source, u.version, b.arch, b.flavour, b.abi_name, x.covers, b.status, u.date
FROM build b JOIN upload u ON u.id = b.upload_id JOIN export_set x ON x.id = b.export_set_id
WHERE b.status = 'apart'
ORDER BY u.version_key DESC, b.arch, b.flavour

-- config_members --
-- Builds with their packed config options, NULL where the configuration is not known.
SELECT b.id, b.kernel_release, u.source, u.version, b.arch, b.flavour, b.abi_name, x.covers, b.status, u.date, c.members
FROM build b JOIN upload u ON u.id = b.upload_id JOIN export_set x ON x.id = b.export_set_id
LEFT JOIN fact_set c ON c.id = b.config_set_id
WHERE b.id = ANY (%(builds)s::int[])

-- options --
SELECT id, name, value FROM config_option WHERE id = ANY (%(ids)s::int[])

-- module_set --
-- The packed ids of what a build's modules state, no row where its modules are not known.
SELECT f.members FROM build b JOIN fact_set f ON f.id = b.module_set_id WHERE b.id = %(build)s

-- module_facts --
SELECT m.path, f.license FROM module_fact f JOIN module m ON m.id = f.module_id WHERE f.id = ANY (%(ids)s)
