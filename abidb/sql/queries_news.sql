-- line_uploads --
-- Uploads that have a good build in a release line, each line's in order of versions, with the ABI names of those.
SELECT s.line, u.id, u.source, u.version, u.date, array_agg(s.abi_name ORDER BY s.abi_name)
FROM (
    SELECT DISTINCT l.line, b.upload_id, b.abi_name
    FROM lane l JOIN lane_build lb ON lb.lane_id = l.id JOIN build b ON b.id = lb.build_id
    WHERE b.status = 'good'
) s
JOIN upload u ON u.id = s.upload_id
GROUP BY s.line, u.id ORDER BY s.line, u.version_key, u.id

-- builds_read --
-- When builds were read.
SELECT id, ingested FROM build WHERE id = ANY (%(builds)s::int[])

-- uploads_read --
-- When the last build of uploads was read.
SELECT upload_id, max(ingested) FROM build WHERE upload_id = ANY (%(uploads)s::int[]) GROUP BY upload_id
