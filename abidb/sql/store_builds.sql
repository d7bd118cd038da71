-- stored_build --
-- What decides whether another ingest of the same build is better than the one at hand.
SELECT b.id, x.digest, coalesce((
    SELECT min(CASE WHEN EXISTS (SELECT FROM listing l WHERE l.sha256 = d.sha256) THEN 2
        WHEN d.snapshot_sha1 <> '' THEN 1 ELSE 0 END)
    FROM deb d WHERE d.build_id = b.id
), 0) AS provenance, x.covers, b.signed, b.symvers_lines IS NOT NULL, b.config_set_id IS NOT NULL,
    (SELECT count(*) FROM deb d WHERE d.build_id = b.id),
    (SELECT count(*) FROM deb d WHERE d.build_id = b.id AND starts_with(d.source, 'linux-signed')), b.extractor
FROM build b JOIN upload u ON u.id = b.upload_id JOIN export_set x ON x.id = b.export_set_id
WHERE (u.source, u.version, b.arch, b.flavour) = (%(source)s, %(version)s, %(arch)s, %(flavour)s)

-- listed --
-- Which of these debs a verified index lists.
SELECT ARRAY(SELECT DISTINCT sha256 FROM listing WHERE sha256 = ANY (%(sha256)s::text[]))

-- add_build --
INSERT INTO build (upload_id, arch, flavour, kernel_release, abi_name, export_set_id, config_set_id, module_set_id,
    vermagic, signed, status, imports_checked, mismatches, symvers_lines, symvers_differing, extractor, ingested,
    replaced)
VALUES (%(upload)s, %(arch)s, %(flavour)s, %(kernel_release)s, %(abi_name)s, %(export_set)s, %(config_set)s,
    %(module_set)s, %(vermagic)s, %(signed)s, %(status)s, %(imports_checked)s, %(mismatches)s,
    %(symvers_lines)s, %(symvers_differing)s, %(extractor)s, now(), '{}')
RETURNING id

-- replace_build --
-- A better ingest takes the place; the digest of what it replaces is logged.
UPDATE build SET kernel_release = %(kernel_release)s, abi_name = %(abi_name)s, export_set_id = %(export_set)s,
    config_set_id = %(config_set)s, module_set_id = %(module_set)s, vermagic = %(vermagic)s, signed = %(signed)s,
    status = %(status)s, imports_checked = %(imports_checked)s, mismatches = %(mismatches)s,
    symvers_lines = %(symvers_lines)s, symvers_differing = %(symvers_differing)s,
    extractor = %(extractor)s, ingested = now(), replaced = replaced || %(old_digest)s::bytea
WHERE id = %(build)s

-- forget_debs --
DELETE FROM deb WHERE build_id = %(build)s AND sha256 <> ALL (%(keep)s)

-- add_deb --
INSERT INTO deb (build_id, name, version, arch, source, sha256, size, snapshot_sha1, snapshot_seen)
SELECT %(build)s, %(name)s, %(version)s, %(arch)s, %(source)s, %(sha256)s, %(size)s, %(snapshot_sha1)s,
    %(snapshot_seen)s
WHERE NOT EXISTS (
    SELECT FROM deb WHERE (build_id, sha256, snapshot_sha1) = (%(build)s, %(sha256)s, %(snapshot_sha1)s)
)
ON CONFLICT (build_id, sha256) DO UPDATE
SET snapshot_sha1 = excluded.snapshot_sha1, snapshot_seen = excluded.snapshot_seen
WHERE excluded.snapshot_sha1 <> ''

-- raise_generation --
INSERT INTO generation (id, n, at) VALUES (1, 1, now())
ON CONFLICT (id) DO UPDATE SET n = generation.n + 1, at = now()
