-- run --
SELECT id, started, updated, finished, total, done, failed, current FROM run ORDER BY id DESC LIMIT 1

-- problems --
SELECT subject, reason FROM problem WHERE run_id = %(run)s ORDER BY id DESC LIMIT %(limit)s

-- status --
SELECT (SELECT count(*) FROM build), (SELECT count(*) FROM build WHERE status = 'apart'),
    (SELECT count(*) FROM export_set), (SELECT count(*) FROM symbol),
    coalesce((SELECT n FROM generation), 0), (SELECT at FROM generation), (SELECT count(*) FROM absent)

-- generation --
SELECT n, at FROM generation

-- set_digests --
SELECT id, digest FROM export_set ORDER BY id

-- fact_set_digests --
SELECT id, digest FROM fact_set WHERE of = %(of)s ORDER BY id

-- version_keys --
SELECT source, version, version_key FROM upload ORDER BY id

-- build_states --
-- Whether a check of a build failed, and whether its sets of facts are of the kind.
SELECT b.id, b.kernel_release, b.abi_name, b.status, b.mismatches <> '{}' OR b.symvers_differing <> '{}',
    coalesce(c.of = 'config_option', true) AND coalesce(m.of = 'module_fact', true)
FROM build b LEFT JOIN fact_set c ON c.id = b.config_set_id LEFT JOIN fact_set m ON m.id = b.module_set_id
ORDER BY b.id

-- lane_codenames --
SELECT line, arch, flavour, codename FROM lane ORDER BY id

-- lane_members --
SELECT b.id, b.kernel_release, l.line, l.arch, l.flavour
FROM lane_build lb JOIN lane l ON l.id = lb.lane_id JOIN build b ON b.id = lb.build_id

-- sightings --
SELECT build_id, suite, last FROM suite_seen

-- lane_facts --
-- Where builds were aimed, and whether something vouches for every deb of them.
SELECT b.id, u.source, b.arch, b.flavour, u.distribution, u.date, coalesce((
    SELECT bool_and(d.snapshot_sha1 <> '' OR EXISTS (SELECT FROM listing l WHERE l.sha256 = d.sha256))
    FROM deb d WHERE d.build_id = b.id
), false)
FROM build b JOIN upload u ON u.id = b.upload_id

-- neighbours_not_compared --
SELECT DISTINCT pair.old, pair.new
FROM (
    SELECT lag(b.export_set_id) OVER w AS old, b.export_set_id AS new
    FROM lane_build lb JOIN build b ON b.id = lb.build_id JOIN upload u ON u.id = b.upload_id
    WHERE b.status = 'good'
    WINDOW w AS (PARTITION BY lb.lane_id ORDER BY u.version_key, b.id)
) pair
WHERE pair.old IS NOT NULL AND NOT EXISTS (SELECT FROM set_diff d WHERE (d.old_id, d.new_id) = (pair.old, pair.new))
ORDER BY 1, 2

-- memos --
-- Remembered comparisons: every so many-th where there are more than `most`.
SELECT old_id, new_id, broken, added, removed, crc_changed, moved, gpl_tightened, namespace_changed, common,
    gpl_relaxed, namespace_dropped, type_changed, crc_unknown, untold
FROM (SELECT *, row_number() OVER (ORDER BY id) AS n, count(*) OVER () AS all_of_them FROM set_diff) d
WHERE n %% greatest(ceil(all_of_them::float / %(most)s)::int, 1) = 0
ORDER BY id
