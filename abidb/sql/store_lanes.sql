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

-- vouch_by_index --
-- An index that lists a deb says more than the snapshot service's hash of it.
UPDATE deb d SET snapshot_sha1 = '', snapshot_seen = NULL FROM incoming_listing i
WHERE d.sha256 = i.sha256 AND d.snapshot_sha1 <> ''

-- see_in_suites --
-- When suites had builds: these of them, or all. An older Release may come after a newer one.
-- A build with a deb that nothing vouches for is a local one, whatever its other debs are.
INSERT INTO suite_seen (build_id, suite, first, last)
SELECT here.build_id, here.suite, here.first, here.last
FROM (
    SELECT d.build_id, l.suite, min(l.release_date) AS first, max(l.release_date) AS last
    FROM deb d JOIN (
        SELECT sha256, suite, release_date FROM listing
        UNION ALL SELECT sha256, suite, release_date FROM incoming_listing
    ) l ON l.sha256 = d.sha256
    WHERE (%(builds)s::int[] IS NULL OR d.build_id = ANY (%(builds)s::int[]))
    AND NOT EXISTS (
        SELECT FROM deb o WHERE o.build_id = d.build_id AND o.snapshot_sha1 = ''
        AND NOT EXISTS (SELECT FROM listing k WHERE k.sha256 = o.sha256)
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

-- known_releases --
SELECT codename, version, created, released, eol, eol_lts FROM release

-- builds_of --
SELECT id FROM build WHERE upload_id = ANY (%(uploads)s::int[])

-- lanes_of --
SELECT DISTINCT lane_id FROM lane_build WHERE build_id = ANY (%(builds)s::int[])

-- places --
-- Where these builds were seen, or all were, by what tells their release line.
SELECT DISTINCT s.suite, u.source FROM suite_seen s JOIN build b ON b.id = s.build_id JOIN upload u ON u.id = b.upload_id
WHERE (%(builds)s::int[] IS NULL OR b.id = ANY (%(builds)s::int[]))

-- aims --
-- Where the uploads of these builds, or all that have builds, were aimed.
SELECT u.id, u.source, u.distribution, u.date FROM upload u
WHERE u.distribution <> '' AND EXISTS (
    SELECT FROM build b WHERE b.upload_id = u.id
    AND (%(builds)s::int[] IS NULL OR b.id = ANY (%(builds)s::int[]))
)

-- incoming_wanted --
-- The lanes that builds belong to.
CREATE TEMP TABLE wanted_lane (
    line text, codename text, arch text, flavour text, build integer, PRIMARY KEY (line, build)
) ON COMMIT DROP

-- want_places --
-- A build is in the line of every suite that ever held it; of a release's own suites since the release came out.
INSERT INTO wanted_lane
SELECT p.line, min(p.codename), b.arch, b.flavour, b.id
FROM unnest(%(suites)s::text[], %(sources)s::text[], %(since)s::date[], %(lines)s::text[], %(codenames)s::text[])
    AS p (suite, source, since, line, codename)
JOIN suite_seen s ON s.suite = p.suite JOIN build b ON b.id = s.build_id
JOIN upload u ON u.id = b.upload_id AND u.source = p.source
WHERE (%(builds)s::int[] IS NULL OR b.id = ANY (%(builds)s::int[]))
AND (p.since IS NULL OR s.last >= p.since::timestamp AT TIME ZONE 'UTC')
GROUP BY p.line, b.id
ON CONFLICT DO NOTHING

-- want_aims --
-- And in the one that it was aimed at, unless it has a deb that nothing vouches for.
INSERT INTO wanted_lane
SELECT a.line, min(a.codename), b.arch, b.flavour, b.id
FROM unnest(%(uploads)s::int[], %(lines)s::text[], %(codenames)s::text[]) AS a (upload, line, codename)
JOIN build b ON b.upload_id = a.upload
WHERE (%(builds)s::int[] IS NULL OR b.id = ANY (%(builds)s::int[]))
AND EXISTS (SELECT FROM deb d WHERE d.build_id = b.id)
AND NOT EXISTS (
    SELECT FROM deb d WHERE d.build_id = b.id AND d.snapshot_sha1 = ''
    AND NOT EXISTS (SELECT FROM listing l WHERE l.sha256 = d.sha256)
)
GROUP BY a.line, b.id
ON CONFLICT DO NOTHING

-- add_lanes --
INSERT INTO lane (line, codename, arch, flavour)
SELECT DISTINCT ON (w.line, w.arch, w.flavour) w.line, w.codename, w.arch, w.flavour FROM wanted_lane w
WHERE NOT EXISTS (SELECT FROM lane l WHERE (l.line, l.arch, l.flavour) = (w.line, w.arch, w.flavour))
ORDER BY w.line, w.arch, w.flavour
ON CONFLICT DO NOTHING

-- join_lanes --
INSERT INTO lane_build (lane_id, build_id)
SELECT l.id, w.build
FROM wanted_lane w JOIN lane l ON (l.line, l.arch, l.flavour) = (w.line, w.arch, w.flavour)
WHERE NOT EXISTS (SELECT FROM lane_build o WHERE (o.lane_id, o.build_id) = (l.id, w.build))
ORDER BY 1, 2
ON CONFLICT DO NOTHING
RETURNING lane_id

-- leave_lanes --
DELETE FROM lane_build o USING lane l
WHERE l.id = o.lane_id AND (%(builds)s::int[] IS NULL OR o.build_id = ANY (%(builds)s::int[]))
AND NOT EXISTS (
    SELECT FROM wanted_lane w
    WHERE (w.line, w.arch, w.flavour, w.build) = (l.line, l.arch, l.flavour, o.build_id)
)
RETURNING o.lane_id

-- missing_memos --
-- Neighbours in these lanes, or in all, whose comparison is not remembered yet.
SELECT DISTINCT pair.old, pair.new
FROM (
    SELECT lag(b.export_set_id) OVER w AS old, b.export_set_id AS new
    FROM lane_build lb JOIN build b ON b.id = lb.build_id JOIN upload u ON u.id = b.upload_id
    WHERE b.status = 'good' AND (%(lanes)s::int[] IS NULL OR lb.lane_id = ANY (%(lanes)s::int[]))
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

-- put_release --
INSERT INTO release (codename, version, suite, created, released, eol, eol_lts)
VALUES (%(codename)s, %(version)s, %(alias)s, %(created)s, %(released)s, %(eol)s, %(eol_lts)s)
ON CONFLICT (codename) DO UPDATE SET version = excluded.version, created = excluded.created,
    suite = CASE WHEN excluded.suite = '' THEN release.suite ELSE excluded.suite END,
    released = excluded.released, eol = excluded.eol, eol_lts = excluded.eol_lts
