-- lane_steps --
-- Good builds of lanes in version order, each with the remembered comparison to the one before.
SELECT l.line, l.codename, l.arch, l.flavour, b.id, b.kernel_release, u.source, u.version, b.arch, b.flavour,
    b.abi_name, x.covers, b.status, u.date, b.previous,
    d.added, d.removed, d.crc_changed, d.moved, d.gpl_tightened, d.namespace_changed, d.common, d.gpl_relaxed,
    d.namespace_dropped, d.type_changed, d.crc_unknown, d.untold, old.covers
FROM (
    SELECT lb.lane_id, b.*, lag(b.export_set_id) OVER w AS old_set, lag(b.id) OVER w AS previous, u.version_key
    FROM lane_build lb JOIN build b ON b.id = lb.build_id JOIN upload u ON u.id = b.upload_id
    WHERE b.status = 'good'
    WINDOW w AS (PARTITION BY lb.lane_id ORDER BY u.version_key, b.id)
) b
JOIN lane l ON l.id = b.lane_id
JOIN upload u ON u.id = b.upload_id
JOIN export_set x ON x.id = b.export_set_id
LEFT JOIN export_set old ON old.id = b.old_set
LEFT JOIN set_diff d ON (d.old_id, d.new_id) = (b.old_set, b.export_set_id)
WHERE (%(line)s::text IS NULL OR l.line = %(line)s)
AND (%(arch)s::text IS NULL OR l.arch = %(arch)s)
AND (%(flavour)s::text IS NULL OR l.flavour = %(flavour)s)
ORDER BY l.line, l.arch, l.flavour, b.version_key, b.id

-- lane_ages --
-- The newest Release date that any build of a lane was seen with.
SELECT l.line, l.arch, l.flavour, max(s.last)
FROM lane l JOIN lane_build lb ON lb.lane_id = l.id JOIN suite_seen s ON s.build_id = lb.build_id
GROUP BY l.line, l.arch, l.flavour

-- lane_names --
SELECT line, arch, flavour FROM lane l
WHERE (%(line)s::text IS NULL OR line = %(line)s)
AND (%(arch)s::text IS NULL OR arch = %(arch)s)
AND EXISTS (SELECT FROM lane_build lb JOIN build b ON b.id = lb.build_id WHERE lb.lane_id = l.id AND b.status = 'good')
ORDER BY line, arch, flavour

-- releases --
SELECT codename, version, created, released, eol, eol_lts, suite FROM release

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
-- Kernel releases that start like one of some texts, those of the longest text first.
SELECT kernel_release FROM (
    SELECT b.kernel_release, max(length(near.text)) AS shared
    FROM unnest(%(texts)s::text[]) AS near (text) JOIN build b ON starts_with(b.kernel_release, near.text)
    GROUP BY b.kernel_release
) found
WHERE shared = (
    SELECT max(length(near.text))
    FROM unnest(%(texts)s::text[]) AS near (text) JOIN build b ON starts_with(b.kernel_release, near.text)
)
ORDER BY kernel_release LIMIT %(limit)s

-- build_facts --
SELECT b.export_set_id, x.n, x.crc IS NOT NULL, encode(x.digest, 'hex'), b.signed, b.vermagic,
    coalesce(length(c.members) / 4, 0), coalesce(length(f.members) / 4, 0), b.imports_checked, b.mismatches, b.extractor,
    b.ingested
FROM build b JOIN export_set x ON x.id = b.export_set_id
LEFT JOIN fact_set c ON c.id = b.config_set_id LEFT JOIN fact_set f ON f.id = b.module_set_id
WHERE b.id = %(build)s

-- debs --
SELECT name, version, arch, source, sha256, size FROM deb WHERE build_id = %(build)s ORDER BY name

-- listings --
SELECT sha256, root, suite, index, release_sha256, release_date FROM listing
WHERE sha256 = ANY (%(debs)s) ORDER BY suite, root, index

-- suites --
SELECT suite, first, last FROM suite_seen WHERE build_id = %(build)s ORDER BY first, suite

-- lanes_of_build --
SELECT l.line, l.arch, l.flavour FROM lane_build lb JOIN lane l ON l.id = lb.lane_id
WHERE lb.build_id = %(build)s ORDER BY l.line

-- neighbours --
-- The builds beside one in each of its lanes.
SELECT line, arch, flavour, previous, next FROM (
    SELECT l.line, l.arch, l.flavour, lb.build_id, lag(b.id) OVER w AS previous, lead(b.id) OVER w AS next
    FROM lane_build lb JOIN lane l ON l.id = lb.lane_id JOIN build b ON b.id = lb.build_id
    JOIN upload u ON u.id = b.upload_id
    WHERE b.status = 'good' AND lb.lane_id IN (SELECT lane_id FROM lane_build WHERE build_id = %(build)s)
    WINDOW w AS (PARTITION BY lb.lane_id ORDER BY u.version_key, b.id)
) beside
WHERE build_id = %(build)s
ORDER BY line

-- symbol_exports --
-- Every declaration that a symbol ever had.
SELECT e.id, s.name, m.path, e.kind, e.namespace
FROM symbol s JOIN export e ON e.symbol_id = s.id JOIN module m ON m.id = e.module_id
WHERE s.name = %(name)s ORDER BY e.id

-- lane_sets --
-- Which set each build of each lane has.
SELECT l.line, l.arch, l.flavour, b.id, b.kernel_release, u.source, u.version, b.arch, b.flavour, b.abi_name, x.covers,
    b.status, u.date, x.id
FROM lane l JOIN lane_build lb ON lb.lane_id = l.id JOIN build b ON b.id = lb.build_id
JOIN upload u ON u.id = b.upload_id JOIN export_set x ON x.id = b.export_set_id
WHERE b.status = 'good'
AND (%(line)s::text IS NULL OR l.line = %(line)s)
AND (%(arch)s::text IS NULL OR l.arch = %(arch)s)
AND (%(flavour)s::text IS NULL OR l.flavour = %(flavour)s)
ORDER BY l.line, l.arch, l.flavour, u.version_key, b.id

-- symbols_like --
-- Symbols that hold a text: exact first, then those that start with it, then the rest by length.
SELECT name FROM symbol WHERE strpos(lower(name), lower(%(text)s)) > 0
ORDER BY name <> %(text)s, NOT starts_with(lower(name), lower(%(text)s)), length(name), name LIMIT %(limit)s

-- modules_like --
SELECT path FROM module m WHERE strpos(lower(path), lower(%(text)s)) > 0
AND EXISTS (SELECT FROM export e WHERE e.module_id = m.id)
ORDER BY length(path), path LIMIT %(limit)s

-- run --
SELECT id, started, updated, finished, total, done, failed, current FROM run ORDER BY id DESC LIMIT 1

-- problems --
SELECT subject, reason FROM problem WHERE run_id = %(run)s ORDER BY id DESC LIMIT %(limit)s

-- status --
SELECT (SELECT count(*) FROM build), (SELECT count(*) FROM build WHERE status = 'apart'),
    (SELECT count(*) FROM export_set), (SELECT count(*) FROM symbol),
    coalesce((SELECT n FROM generation), 0), (SELECT at FROM generation), (SELECT count(*) FROM absent)

-- known_builds --
-- What the record has, to tell what an archive offers beyond it.
SELECT u.source, u.version, b.arch, b.flavour, NOT EXISTS (
    SELECT FROM deb d WHERE d.build_id = b.id AND NOT EXISTS (SELECT FROM listing l WHERE l.sha256 = d.sha256)
), x.covers, b.signed, b.extractor, ARRAY(SELECT d.sha256 FROM deb d WHERE d.build_id = b.id)
FROM build b JOIN upload u ON u.id = b.upload_id JOIN export_set x ON x.id = b.export_set_id

-- set_digests --
SELECT id, covers, digest FROM export_set ORDER BY id
