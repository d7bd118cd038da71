-- lock_dictionaries --
-- Every writer of a dictionary begins with this table: who has it alone can add to all of them in any order.
LOCK TABLE module IN SHARE ROW EXCLUSIVE MODE

-- known_sets --
SELECT digest, id, covers FROM export_set WHERE digest = ANY (%(digests)s::bytea[])

-- known_fact_sets --
SELECT digest, id, '' FROM fact_set WHERE of = %(of)s AND digest = ANY (%(digests)s::bytea[])

-- stored_uploads --
SELECT u.source, u.version, u.id, u.told_by, u.told_with, u.policy_read
FROM unnest(%(sources)s::text[], %(versions)s::text[]) AS i (source, version)
JOIN upload u ON (u.source, u.version) = (i.source, i.version)

-- incoming_uploads --
CREATE TEMP TABLE incoming_upload (
    source text, version text, version_key text, date timestamptz, distribution text, urgency text, abi_name text,
    told_by text, told_with integer
) ON COMMIT DROP

-- load_uploads --
-- Of one that no changelog told of the earliest date of its debs counts.
INSERT INTO upload (source, version, version_key, date, distribution, urgency, abi_name, told_by, told_with, policy_read)
SELECT i.*, false FROM incoming_upload i ORDER BY i.source, i.version
ON CONFLICT (source, version) DO UPDATE SET date = coalesce(excluded.date, upload.date),
    distribution = excluded.distribution, urgency = excluded.urgency, abi_name = excluded.abi_name,
    told_by = excluded.told_by, told_with = excluded.told_with
WHERE excluded.told_by <> '' OR upload.told_by = '' AND (upload.date IS NULL OR excluded.date < upload.date)
RETURNING source, version, id

-- load_policies --
UPDATE upload SET policy_read = true WHERE id = ANY (%(uploads)s::int[])

-- upload_ids --
SELECT u.source, u.version, u.id
FROM unnest(%(sources)s::text[], %(versions)s::text[]) AS i (source, version)
JOIN upload u ON (u.source, u.version) = (i.source, i.version)

-- stored_builds --
-- What decides whether another content of these builds is better than the one at hand.
SELECT i.n, b.id, x.digest, coalesce((
    SELECT min(CASE WHEN EXISTS (SELECT FROM listing l WHERE l.sha256 = d.sha256) THEN 2
        WHEN d.snapshot_sha1 <> '' THEN 1 ELSE 0 END)
    FROM deb d WHERE d.build_id = b.id
), 0) AS provenance, x.covers, b.signed, b.symvers_lines IS NOT NULL, b.config_set_id IS NOT NULL,
    (SELECT count(*) FROM deb d WHERE d.build_id = b.id),
    (SELECT count(*) FROM deb d WHERE d.build_id = b.id AND starts_with(d.source, 'linux-signed')), b.extractor
FROM unnest(%(sources)s::text[], %(versions)s::text[], %(arches)s::text[], %(flavours)s::text[])
    WITH ORDINALITY AS i (source, version, arch, flavour, n)
JOIN upload u ON (u.source, u.version) = (i.source, i.version)
JOIN build b ON (b.upload_id, b.arch, b.flavour) = (u.id, i.arch, i.flavour)
JOIN export_set x ON x.id = b.export_set_id

-- incoming_builds --
CREATE TEMP TABLE incoming_build (
    n integer, upload_id integer, arch text, flavour text, kernel_release text, abi_name text, export_set_id integer,
    config_set_id integer, module_set_id integer, vermagic text, signed boolean, status text, imports_checked integer,
    mismatches text[], symvers_lines integer, symvers_differing text[], extractor integer
) ON COMMIT DROP

-- load_builds --
INSERT INTO build (upload_id, arch, flavour, kernel_release, abi_name, export_set_id, config_set_id, module_set_id,
    vermagic, signed, status, imports_checked, mismatches, symvers_lines, symvers_differing, extractor, ingested,
    replaced)
SELECT upload_id, arch, flavour, kernel_release, abi_name, export_set_id, config_set_id, module_set_id, vermagic,
    signed, status, imports_checked, mismatches, symvers_lines, symvers_differing, extractor, now(), '{}'
FROM incoming_build ORDER BY n
RETURNING upload_id, arch, flavour, id

-- incoming_debs --
CREATE TEMP TABLE incoming_deb (
    build_id integer, name text, version text, arch text, source text, sha256 text, size bigint, snapshot_sha1 text,
    snapshot_seen timestamptz
) ON COMMIT DROP

-- load_debs --
INSERT INTO deb (build_id, name, version, arch, source, sha256, size, snapshot_sha1, snapshot_seen)
SELECT * FROM incoming_deb

-- incoming_seen --
CREATE TEMP TABLE incoming_seen (
    source text, version text, arch text, flavour text, suite text, first timestamptz, last timestamptz
) ON COMMIT DROP

-- load_seen --
-- Only of builds whose content came from there or is the same: other debs were seen elsewhere.
-- A build with a deb that nothing vouches for was seen nowhere.
INSERT INTO suite_seen (build_id, suite, first, last)
SELECT b.id, i.suite, i.first, i.last
FROM incoming_seen i JOIN upload u ON (u.source, u.version) = (i.source, i.version)
JOIN build b ON (b.upload_id, b.arch, b.flavour) = (u.id, i.arch, i.flavour)
WHERE b.id = ANY (%(builds)s::int[]) AND NOT EXISTS (
    SELECT FROM deb d WHERE d.build_id = b.id AND d.snapshot_sha1 = ''
    AND NOT EXISTS (SELECT FROM listing l WHERE l.sha256 = d.sha256)
)
ORDER BY b.id, i.suite
ON CONFLICT (build_id, suite) DO UPDATE
SET first = least(suite_seen.first, excluded.first), last = greatest(suite_seen.last, excluded.last)

-- load_release --
-- What the record has stays.
INSERT INTO release (codename, version, suite, created, released, eol, eol_lts)
VALUES (%(codename)s, %(version)s, %(alias)s, %(created)s, %(released)s, %(eol)s, %(eol_lts)s)
ON CONFLICT (codename) DO NOTHING

-- forget_attempts --
-- These builds were had after all.
DELETE FROM attempt a USING build b JOIN upload u ON u.id = b.upload_id
WHERE b.id = ANY (%(builds)s::int[])
AND (a.source, a.version, a.arch, a.flavour) = (u.source, u.version, b.arch, b.flavour)

-- forget_absent_debs --
DELETE FROM absent a USING deb d
WHERE d.build_id = ANY (%(builds)s::int[]) AND (a.name, a.version, a.arch) = (d.name, d.version, d.arch)
