-- named_uploads --
-- Uploads that have a build in a release line, each line's in order of versions, with the ABI names of those builds.
SELECT s.line, u.id, u.source, u.version, u.date, array_agg(s.abi_name ORDER BY s.abi_name)
FROM (
    SELECT DISTINCT l.line, b.upload_id, b.abi_name
    FROM lane l JOIN lane_build lb ON lb.lane_id = l.id JOIN build b ON b.id = lb.build_id
) s
JOIN upload u ON u.id = s.upload_id
GROUP BY s.line, u.id ORDER BY s.line, u.version_key, u.id

-- aimed_uploads --
-- Uploads by what they state of where they were aimed; the day only where the words need one to be understood.
SELECT source, distribution, day, array_agg(version_key)
FROM (
    SELECT source, distribution, version_key,
        CASE WHEN distribution ~ '(^|[^n])stable|testing|frozen|(^|[ ,])proposed' THEN (date AT TIME ZONE 'UTC')::date END
            AS day
    FROM upload WHERE distribution <> ''
) u
GROUP BY source, distribution, day

-- measured_names --
-- Of pairs of uploads, how many flavours are the same, how many changed, and how many there are. The words are those of
-- abidb.nameanswers.measured().
WITH sides AS (
    SELECT p.old, p.new, b.arch, b.flavour,
        max(b.export_set_id) FILTER (WHERE b.upload_id = p.old AND b.status = 'good') AS old_set,
        max(b.export_set_id) FILTER (WHERE b.upload_id = p.new AND b.status = 'good') AS new_set
    FROM unnest(%(old)s::int[], %(new)s::int[]) AS p (old, new)
    JOIN build b ON b.upload_id IN (p.old, p.new)
    WHERE EXISTS (SELECT FROM lane_build lb WHERE lb.build_id = b.id)
    GROUP BY p.old, p.new, b.arch, b.flavour
), compared AS (
    SELECT s.old, s.new,
        d.removed - d.untold + coalesce(d.crc_changed, 0) + d.gpl_tightened + d.namespace_changed
        + d.added + d.moved + d.gpl_relaxed + d.namespace_dropped + d.type_changed > 0 AS changed,
        d.crc_changed IS NOT NULL AND d.crc_unknown = 0 AND d.untold = 0 AND o.covers = 'all' AND n.covers = 'all' AS whole
    FROM sides s
    LEFT JOIN set_diff d ON (d.old_id, d.new_id) = (s.old_set, s.new_set)
    LEFT JOIN export_set o ON o.id = d.old_id
    LEFT JOIN export_set n ON n.id = d.new_id
)
SELECT old, new, count(*) FILTER (WHERE whole AND NOT changed), count(*) FILTER (WHERE changed), count(*)
FROM compared GROUP BY old, new

-- named_flavours --
-- The builds of pairs of uploads side by side, with the remembered comparison of each flavour. All that is told of a
-- build is gathered at once, and sets are looked up one by one: a join with them costs a look at all.
WITH sides AS (
    SELECT p.old, p.new, b.arch, b.flavour,
        max(b.kernel_release) FILTER (WHERE b.upload_id = p.old) AS old_release,
        max(b.kernel_release) FILTER (WHERE b.upload_id = p.new) AS new_release,
        max(b.status) FILTER (WHERE b.upload_id = p.old) AS old_status,
        max(b.status) FILTER (WHERE b.upload_id = p.new) AS new_status,
        max(b.export_set_id) FILTER (WHERE b.upload_id = p.old) AS old_set,
        max(b.export_set_id) FILTER (WHERE b.upload_id = p.new) AS new_set
    FROM unnest(%(old)s::int[], %(new)s::int[]) AS p (old, new)
    JOIN build b ON b.upload_id IN (p.old, p.new)
    WHERE EXISTS (SELECT FROM lane_build lb WHERE lb.build_id = b.id)
    GROUP BY p.old, p.new, b.arch, b.flavour
)
SELECT s.old, s.new, s.arch, s.flavour, s.old_release, s.new_release, s.old_status, s.new_status,
    (SELECT covers FROM export_set WHERE id = s.old_set), (SELECT covers FROM export_set WHERE id = s.new_set),
    d.added, d.removed, d.crc_changed, d.moved, d.gpl_tightened, d.namespace_changed, d.common, d.gpl_relaxed,
    d.namespace_dropped, d.type_changed, d.crc_unknown, d.untold
FROM sides s
LEFT JOIN LATERAL (
    SELECT * FROM set_diff
    WHERE (old_id, new_id) = (s.old_set, s.new_set) AND s.old_status = 'good' AND s.new_status = 'good'
    LIMIT 1
) d ON true
ORDER BY s.old, s.new, s.arch, s.flavour

-- method_figures --
SELECT count(*), count(*) FILTER (WHERE x.crc IS NULL AND x.covers = 'all' AND b.status = 'good'),
    count(*) FILTER (WHERE x.covers = 'vmlinux' AND b.status = 'good'), count(*) FILTER (WHERE b.status = 'apart'),
    coalesce(sum(b.imports_checked), 0)::bigint, count(b.symvers_lines), coalesce(sum(b.symvers_lines), 0)::bigint
FROM build b JOIN export_set x ON x.id = b.export_set_id
