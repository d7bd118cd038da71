-- incoming_exports --
-- Plain columns of one build's exports, in the order that they are sent.
CREATE TEMP TABLE incoming_export (
    n integer, symbol text, module text, kind text, namespace text
) ON COMMIT DROP

-- incoming_facts --
-- Config options (name, value) or module facts (module, license) of one build.
CREATE TEMP TABLE incoming_fact (n integer, name text, value text) ON COMMIT DROP

-- add_symbols --
-- Ordered, or two writers deadlock; NOT EXISTS, or every known row would burn an id.
INSERT INTO symbol (name)
SELECT DISTINCT symbol FROM incoming_export i
WHERE NOT EXISTS (SELECT FROM symbol s WHERE s.name = i.symbol)
ORDER BY symbol
ON CONFLICT DO NOTHING

-- add_modules --
-- Of exports and facts at once: a second ordered insert into the same table could meet another writer's first.
INSERT INTO module (path)
SELECT path FROM unnest(%(paths)s::text[]) AS path
WHERE NOT EXISTS (SELECT FROM module m WHERE m.path = path.path)
ORDER BY path
ON CONFLICT DO NOTHING

-- add_exports --
INSERT INTO export (symbol_id, module_id, kind, namespace)
SELECT DISTINCT s.id, m.id, i.kind, i.namespace
FROM incoming_export i JOIN symbol s ON s.name = i.symbol JOIN module m ON m.path = i.module
WHERE NOT EXISTS (
    SELECT FROM export e
    WHERE (e.symbol_id, e.module_id, e.kind, e.namespace) = (s.id, m.id, i.kind, i.namespace)
)
ORDER BY s.id, m.id, i.kind, i.namespace
ON CONFLICT DO NOTHING

-- export_ids --
-- The id of each incoming export, in the order sent.
SELECT e.id
FROM incoming_export i JOIN symbol s ON s.name = i.symbol JOIN module m ON m.path = i.module
JOIN export e ON (e.symbol_id, e.module_id, e.kind, e.namespace) = (s.id, m.id, i.kind, i.namespace)
ORDER BY i.n

-- add_config_options --
INSERT INTO config_option (name, value)
SELECT DISTINCT name, value FROM incoming_fact i
WHERE NOT EXISTS (SELECT FROM config_option c WHERE (c.name, c.value) = (i.name, i.value))
ORDER BY name, value
ON CONFLICT DO NOTHING

-- config_option_ids --
SELECT c.id FROM incoming_fact i JOIN config_option c ON (c.name, c.value) = (i.name, i.value) ORDER BY i.n

-- add_module_facts --
INSERT INTO module_fact (module_id, license)
SELECT DISTINCT m.id, i.value FROM incoming_fact i JOIN module m ON m.path = i.name
WHERE NOT EXISTS (SELECT FROM module_fact f WHERE (f.module_id, f.license) = (m.id, i.value))
ORDER BY m.id, i.value
ON CONFLICT DO NOTHING

-- module_fact_ids --
SELECT f.id
FROM incoming_fact i JOIN module m ON m.path = i.name
JOIN module_fact f ON (f.module_id, f.license) = (m.id, i.value)
ORDER BY i.n

-- fact_set_id --
SELECT id FROM fact_set WHERE (of, digest) = (%(of)s, %(digest)s)

-- add_fact_set --
INSERT INTO fact_set (of, digest, members)
SELECT %(of)s, %(digest)s, %(members)s
WHERE NOT EXISTS (SELECT FROM fact_set WHERE (of, digest) = (%(of)s, %(digest)s))
ON CONFLICT DO NOTHING

-- export_set_id --
SELECT id FROM export_set WHERE digest = %(digest)s

-- add_export_set --
INSERT INTO export_set (digest, covers, exports, crc)
SELECT %(digest)s, %(covers)s, %(exports)s, %(crc)s
WHERE NOT EXISTS (SELECT FROM export_set WHERE digest = %(digest)s)
ON CONFLICT DO NOTHING

-- add_upload --
INSERT INTO upload (source, version, version_key, date)
SELECT %(source)s, %(version)s, %(version_key)s, %(date)s
WHERE NOT EXISTS (SELECT FROM upload WHERE (source, version) = (%(source)s, %(version)s))
ON CONFLICT DO NOTHING

-- lock_upload --
-- Builds of one upload are written one after another.
SELECT id FROM upload WHERE (source, version) = (%(source)s, %(version)s) FOR UPDATE

-- date_upload --
UPDATE upload SET date = %(date)s WHERE id = %(upload)s AND date IS NULL AND %(date)s::timestamptz IS NOT NULL

-- stored_build --
-- What decides whether another ingest of the same build is better than the one at hand.
SELECT b.id, x.digest, NOT EXISTS (
    SELECT FROM deb d
    WHERE d.build_id = b.id AND NOT EXISTS (SELECT FROM listing l WHERE l.sha256 = d.sha256)
) AS listed, x.covers, b.signed, b.extractor
FROM build b JOIN export_set x ON x.id = b.export_set_id
WHERE (b.upload_id, b.arch, b.flavour) = (%(upload)s, %(arch)s, %(flavour)s)

-- count_listed --
-- How many of these debs a verified index lists.
SELECT count(DISTINCT sha256) FROM listing WHERE sha256 = ANY (%(sha256)s)

-- add_build --
INSERT INTO build (upload_id, arch, flavour, kernel_release, abi_name, export_set_id, config_set_id, module_set_id,
    vermagic, signed, status, imports_checked, mismatches, extractor, ingested, replaced)
VALUES (%(upload)s, %(arch)s, %(flavour)s, %(kernel_release)s, %(abi_name)s, %(export_set)s, %(config_set)s,
    %(module_set)s, %(vermagic)s, %(signed)s, %(status)s, %(imports_checked)s, %(mismatches)s, %(extractor)s,
    now(), '{}')
RETURNING id

-- replace_build --
-- A better ingest takes the place; the digest of what it replaces is logged.
UPDATE build SET kernel_release = %(kernel_release)s, abi_name = %(abi_name)s, export_set_id = %(export_set)s,
    config_set_id = %(config_set)s, module_set_id = %(module_set)s, vermagic = %(vermagic)s, signed = %(signed)s,
    status = %(status)s, imports_checked = %(imports_checked)s, mismatches = %(mismatches)s,
    extractor = %(extractor)s, ingested = now(), replaced = replaced || %(old_digest)s::bytea
WHERE id = %(build)s

-- forget_debs --
DELETE FROM deb WHERE build_id = %(build)s AND sha256 <> ALL (%(keep)s)

-- add_deb --
INSERT INTO deb (build_id, name, version, arch, source, sha256, size)
SELECT %(build)s, %(name)s, %(version)s, %(arch)s, %(source)s, %(sha256)s, %(size)s
WHERE NOT EXISTS (SELECT FROM deb WHERE (build_id, sha256) = (%(build)s, %(sha256)s))
ON CONFLICT DO NOTHING

-- incoming_listings --
CREATE TEMP TABLE incoming_listing (
    sha256 text, root text, suite text, index text, release_sha256 text, release_date timestamptz
) ON COMMIT DROP

-- add_listings --
-- One row a place; a newer Release takes the place of an older one.
INSERT INTO listing (sha256, root, suite, index, release_sha256, release_date)
SELECT DISTINCT ON (sha256, root, suite, index) * FROM incoming_listing i
WHERE NOT EXISTS (
    SELECT FROM listing l
    WHERE (l.sha256, l.root, l.suite, l.index) = (i.sha256, i.root, i.suite, i.index)
    AND l.release_date >= i.release_date
)
ORDER BY sha256, root, suite, index, release_date DESC
ON CONFLICT (sha256, root, suite, index) DO UPDATE
SET release_sha256 = excluded.release_sha256, release_date = excluded.release_date
WHERE listing.release_date < excluded.release_date

-- see_in_suites --
-- When suites had builds: one of them, or all. An older Release may come after a newer one.
-- A build with a deb that no verified index lists is a local one, whatever its other debs are.
INSERT INTO suite_seen (build_id, suite, first, last)
SELECT here.build_id, here.suite, here.first, here.last
FROM (
    SELECT d.build_id, l.suite, min(l.release_date) AS first, max(l.release_date) AS last
    FROM deb d JOIN (
        SELECT sha256, suite, release_date FROM listing
        UNION ALL SELECT sha256, suite, release_date FROM incoming_listing
    ) l ON l.sha256 = d.sha256
    WHERE (%(build)s::int IS NULL OR d.build_id = %(build)s)
    AND NOT EXISTS (
        SELECT FROM deb o
        WHERE o.build_id = d.build_id AND NOT EXISTS (SELECT FROM listing k WHERE k.sha256 = o.sha256)
    )
    GROUP BY d.build_id, l.suite
) here
WHERE NOT EXISTS (
    SELECT FROM suite_seen s
    WHERE (s.build_id, s.suite) = (here.build_id, here.suite) AND s.first <= here.first AND here.last <= s.last
)
ORDER BY here.build_id, here.suite
ON CONFLICT (build_id, suite) DO UPDATE
SET first = least(suite_seen.first, excluded.first), last = greatest(suite_seen.last, excluded.last)

-- places --
-- Where a build was seen, or all were, by what tells their release line.
SELECT DISTINCT s.suite, u.source FROM suite_seen s JOIN build b ON b.id = s.build_id JOIN upload u ON u.id = b.upload_id
WHERE (%(build)s::int IS NULL OR b.id = %(build)s)

-- add_lanes --
INSERT INTO lane (line, codename, arch, flavour)
SELECT DISTINCT p.line, p.codename, b.arch, b.flavour
FROM unnest(%(suites)s::text[], %(sources)s::text[], %(lines)s::text[], %(codenames)s::text[])
    AS p (suite, source, line, codename)
JOIN suite_seen s ON s.suite = p.suite JOIN build b ON b.id = s.build_id
JOIN upload u ON u.id = b.upload_id AND u.source = p.source
WHERE (%(build)s::int IS NULL OR b.id = %(build)s)
AND NOT EXISTS (SELECT FROM lane l WHERE (l.line, l.arch, l.flavour) = (p.line, b.arch, b.flavour))
ORDER BY 1, 3, 4
ON CONFLICT DO NOTHING

-- join_lanes --
-- A build is in the line of every suite that ever held it.
INSERT INTO lane_build (lane_id, build_id)
SELECT DISTINCT l.id, b.id
FROM unnest(%(suites)s::text[], %(sources)s::text[], %(lines)s::text[]) AS p (suite, source, line)
JOIN suite_seen s ON s.suite = p.suite JOIN build b ON b.id = s.build_id
JOIN upload u ON u.id = b.upload_id AND u.source = p.source
JOIN lane l ON (l.line, l.arch, l.flavour) = (p.line, b.arch, b.flavour)
WHERE (%(build)s::int IS NULL OR b.id = %(build)s)
AND NOT EXISTS (SELECT FROM lane_build o WHERE (o.lane_id, o.build_id) = (l.id, b.id))
ORDER BY 1, 2
ON CONFLICT DO NOTHING

-- missing_memos --
-- Neighbours in the lanes of a build, or in all, whose comparison is not remembered yet.
SELECT DISTINCT pair.old, pair.new
FROM (
    SELECT lag(b.export_set_id) OVER w AS old, b.export_set_id AS new
    FROM lane_build lb JOIN build b ON b.id = lb.build_id JOIN upload u ON u.id = b.upload_id
    WHERE b.status = 'good' AND (
        %(build)s::int IS NULL OR lb.lane_id IN (SELECT lane_id FROM lane_build WHERE build_id = %(build)s)
    )
    WINDOW w AS (PARTITION BY lb.lane_id ORDER BY u.version_key, b.id)
) pair
WHERE pair.old IS NOT NULL
AND NOT EXISTS (SELECT FROM set_diff d WHERE (d.old_id, d.new_id) = (pair.old, pair.new))
ORDER BY 1, 2

-- add_memo --
INSERT INTO set_diff (old_id, new_id, added, removed, crc_changed, moved, gpl_tightened, namespace_changed, common,
    gpl_relaxed, namespace_dropped, type_changed, crc_unknown, untold, broken)
VALUES (%(old)s, %(new)s, %(added)s, %(removed)s, %(crc_changed)s, %(moved)s, %(gpl_tightened)s,
    %(namespace_changed)s, %(common)s, %(gpl_relaxed)s, %(namespace_dropped)s, %(type_changed)s, %(crc_unknown)s,
    %(untold)s, %(broken)s)
ON CONFLICT DO NOTHING

-- raise_generation --
INSERT INTO generation (id, n, at) VALUES (1, 1, now())
ON CONFLICT (id) DO UPDATE SET n = generation.n + 1, at = now()

-- note_absent --
INSERT INTO absent (name, version, arch, reason, seen) VALUES (%(name)s, %(version)s, %(arch)s, %(reason)s, now())
ON CONFLICT (name, version, arch) DO UPDATE SET reason = excluded.reason, seen = now()

-- forget_absent --
DELETE FROM absent WHERE (name, version, arch) = (%(name)s, %(version)s, %(arch)s)

-- put_release --
INSERT INTO release (codename, version, suite, created, released, eol, eol_lts)
VALUES (%(codename)s, %(version)s, %(alias)s, %(created)s, %(released)s, %(eol)s, %(eol_lts)s)
ON CONFLICT (codename) DO UPDATE SET version = excluded.version, created = excluded.created,
    suite = CASE WHEN excluded.suite = '' THEN release.suite ELSE excluded.suite END,
    released = excluded.released, eol = excluded.eol, eol_lts = excluded.eol_lts

-- lock_runs --
-- One sync at a time; the lock goes with the connection.
SELECT pg_try_advisory_lock(741852)

-- unlock_runs --
SELECT pg_advisory_unlock_all()

-- start_run --
INSERT INTO run (started, updated, total, done, failed, current) VALUES (now(), now(), 0, 0, 0, '') RETURNING id

-- step_run --
UPDATE run SET updated = now(), total = %(total)s, done = %(done)s, failed = %(failed)s, current = %(current)s
WHERE id = %(run)s

-- finish_run --
UPDATE run SET updated = now(), finished = now(), current = '' WHERE id = %(run)s

-- abandon_runs --
-- Runs whose process is gone.
UPDATE run SET finished = now(), current = 'interrupted' WHERE finished IS NULL

-- add_problem --
INSERT INTO problem (run_id, subject, reason, at) VALUES (%(run)s, %(subject)s, %(reason)s, now())

-- collect_memos --
DELETE FROM set_diff d
WHERE NOT EXISTS (SELECT FROM build b WHERE b.export_set_id = d.old_id)
OR NOT EXISTS (SELECT FROM build b WHERE b.export_set_id = d.new_id)

-- collect_sets --
DELETE FROM export_set x WHERE NOT EXISTS (SELECT FROM build b WHERE b.export_set_id = x.id)
