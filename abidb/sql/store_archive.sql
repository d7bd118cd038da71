-- note_absent --
INSERT INTO absent (name, version, arch, reason, seen) VALUES (%(name)s, %(version)s, %(arch)s, %(reason)s, now())
ON CONFLICT (name, version, arch) DO UPDATE SET reason = excluded.reason, seen = now()

-- forget_absent --
DELETE FROM absent WHERE (name, version, arch) = (%(name)s, %(version)s, %(arch)s)

-- put_release_files --
INSERT INTO release_file (root, folder, sha256, date, asked, content)
SELECT * FROM unnest(%(roots)s::text[], %(folders)s::text[], %(sha256s)s::text[], %(dates)s::timestamptz[],
    %(askeds)s::timestamptz[], %(contents)s::text[]) AS i (root, folder, sha256, date, asked, content)
ORDER BY root, folder
ON CONFLICT (root, folder) DO UPDATE SET asked = greatest(release_file.asked, excluded.asked),
    sha256 = CASE WHEN excluded.date < release_file.date THEN release_file.sha256 ELSE excluded.sha256 END,
    date = greatest(release_file.date, excluded.date),
    content = CASE WHEN excluded.date < release_file.date THEN release_file.content ELSE excluded.content END

-- put_index --
INSERT INTO index_content (sha256, packages, used) VALUES (%(sha256)s, %(packages)s::jsonb, now())
ON CONFLICT (sha256) DO UPDATE SET packages = excluded.packages, used = now()

-- touch_indexes --
UPDATE index_content SET used = now() WHERE sha256 = ANY (%(sha256s)s)

-- forget_indexes --
DELETE FROM index_content WHERE used < now() - %(older_than)s::interval

-- incoming_offers --
CREATE TEMP TABLE incoming_offer (
    n integer, source text, version text, arch text, flavour text, kernel_release text, suites text[], content jsonb
) ON COMMIT DROP

-- drop_offers --
-- What no archive has any more.
DELETE FROM offer o WHERE NOT EXISTS (
    SELECT FROM incoming_offer i
    WHERE (i.source, i.version, i.arch, i.flavour) = (o.source, o.version, o.arch, o.flavour)
)

-- add_offers --
INSERT INTO offer (source, version, arch, flavour, kernel_release, suites, content, at)
SELECT i.source, i.version, i.arch, i.flavour, i.kernel_release, i.suites, i.content, now()
FROM incoming_offer i
WHERE NOT EXISTS (
    SELECT FROM offer o
    WHERE (o.source, o.version, o.arch, o.flavour) = (i.source, i.version, i.arch, i.flavour)
    AND (o.kernel_release, o.suites, o.content) = (i.kernel_release, i.suites, i.content)
)
ORDER BY i.n
ON CONFLICT (source, version, arch, flavour) DO UPDATE SET kernel_release = excluded.kernel_release,
    suites = excluded.suites, content = excluded.content, at = now()

-- note_attempt --
-- Each further try waits twice as long, unless it is said how long.
INSERT INTO attempt (source, version, arch, flavour, kernel_release, reason, tries, at, next_try)
VALUES (%(source)s, %(version)s, %(arch)s, %(flavour)s, %(kernel_release)s, %(reason)s, 1, now(),
    now() + coalesce(%(wait)s::interval, interval '1 day'))
ON CONFLICT (source, version, arch, flavour) DO UPDATE SET kernel_release = excluded.kernel_release,
    reason = excluded.reason, tries = attempt.tries + 1, at = now(),
    next_try = now() + coalesce(%(wait)s::interval, least(2 ^ least(attempt.tries, 6), 64) * interval '1 day')

-- forget_attempt --
DELETE FROM attempt
WHERE (source, version, arch, flavour) = (%(source)s, %(version)s, %(arch)s, %(flavour)s)
