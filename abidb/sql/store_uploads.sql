-- add_upload --
INSERT INTO upload (source, version, version_key, date, distribution, urgency, abi_name, told_by, told_with, policy_read)
SELECT %(source)s, %(version)s, %(version_key)s, %(date)s, '', '', '', '', 0, false
WHERE NOT EXISTS (SELECT FROM upload WHERE (source, version) = (%(source)s, %(version)s))
ON CONFLICT DO NOTHING

-- upload_id --
SELECT id FROM upload WHERE (source, version) = (%(source)s, %(version)s)

-- date_upload --
-- The earliest of its debs', whatever order they come in, as long as no changelog tells another.
UPDATE upload SET date = %(date)s WHERE id = %(upload)s AND told_by = '' AND (date IS NULL OR date > %(date)s)
AND %(date)s::timestamptz IS NOT NULL

-- told --
-- Which changelog told of these uploads, as far as one did.
SELECT u.source, u.version, u.told_by, u.told_with
FROM unnest(%(sources)s::text[], %(versions)s::text[]) AS e (source, version)
JOIN upload u ON (u.source, u.version) = (e.source, e.version)

-- tell_uploads --
INSERT INTO upload (source, version, version_key, date, distribution, urgency, abi_name, told_by, told_with, policy_read)
SELECT e.*, %(told_by)s, %(told_with)s, false
FROM unnest(%(sources)s::text[], %(versions)s::text[], %(keys)s::text[], %(dates)s::timestamptz[],
    %(distributions)s::text[], %(urgencies)s::text[], %(abi_names)s::text[])
    AS e (source, version, version_key, date, distribution, urgency, abi_name)
ORDER BY source, version
ON CONFLICT (source, version) DO UPDATE SET date = coalesce(excluded.date, upload.date),
    distribution = excluded.distribution, urgency = excluded.urgency, abi_name = excluded.abi_name,
    told_by = excluded.told_by, told_with = excluded.told_with
RETURNING id, source, version

-- forget_facts --
-- Those that a source package states, or those that a changelog does.
DELETE FROM upload_fact WHERE upload_id = ANY (%(uploads)s::int[]) AND (kind = 'ignore') = %(policy)s

-- add_facts --
INSERT INTO upload_fact (upload_id, kind, arch, text)
SELECT * FROM unnest(%(uploads)s::int[], %(kinds)s::text[], %(arches)s::text[], %(texts)s::text[])

-- read_policy --
UPDATE upload SET policy_read = true WHERE id = %(upload)s
