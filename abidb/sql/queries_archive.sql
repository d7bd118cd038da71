-- known_builds --
-- What the record has, to tell what an archive offers beyond it.
SELECT u.source, u.version, b.arch, b.flavour, coalesce(d.provenance, 0), x.covers, b.signed,
    b.symvers_lines IS NOT NULL, b.config_set_id IS NOT NULL, coalesce(cardinality(d.sha256s), 0), coalesce(d.signed, 0),
    b.extractor, coalesce(d.names, '{}'), coalesce(d.sizes, '{}'), coalesce(d.sha256s, '{}')
FROM build b JOIN upload u ON u.id = b.upload_id JOIN export_set x ON x.id = b.export_set_id
LEFT JOIN (
    SELECT d.build_id, array_agg(d.name) AS names, array_agg(d.size) AS sizes, array_agg(d.sha256) AS sha256s,
        count(*) FILTER (WHERE starts_with(d.source, 'linux-signed')) AS signed, min(CASE WHEN l.sha256 IS NOT NULL THEN 2 WHEN d.snapshot_sha1 <> '' THEN 1 ELSE 0 END) AS provenance
    FROM deb d LEFT JOIN (SELECT DISTINCT sha256 FROM listing) l ON l.sha256 = d.sha256
    GROUP BY d.build_id
) d ON d.build_id = b.id

-- known_build --
-- The same of one build.
SELECT coalesce(d.provenance, 0), x.covers, b.signed,
    b.symvers_lines IS NOT NULL, b.config_set_id IS NOT NULL, coalesce(cardinality(d.sha256s), 0), coalesce(d.signed, 0),
    b.extractor, coalesce(d.names, '{}'), coalesce(d.sizes, '{}'), coalesce(d.sha256s, '{}')
FROM upload u JOIN build b ON b.upload_id = u.id JOIN export_set x ON x.id = b.export_set_id
CROSS JOIN LATERAL (
    SELECT array_agg(d.name) AS names, array_agg(d.size) AS sizes, array_agg(d.sha256) AS sha256s,
        count(*) FILTER (WHERE starts_with(d.source, 'linux-signed')) AS signed, min(CASE
        WHEN EXISTS (SELECT FROM listing l WHERE l.sha256 = d.sha256) THEN 2
        WHEN d.snapshot_sha1 <> '' THEN 1
        ELSE 0
    END) AS provenance
    FROM deb d WHERE d.build_id = b.id
) d
WHERE (u.source, u.version, b.arch, b.flavour) = (%(source)s, %(version)s, %(arch)s, %(flavour)s)

-- offers --
SELECT source, version, arch, flavour, kernel_release, suites, content FROM offer ORDER BY id

-- offer --
SELECT source, version, arch, flavour, kernel_release, suites, content FROM offer
WHERE (source, version, arch, flavour) = (%(source)s, %(version)s, %(arch)s, %(flavour)s)

-- attempts --
SELECT kernel_release, version, arch, reason, tries, at, next_try FROM attempt
ORDER BY next_try, source, version, arch, flavour

-- next_tries --
SELECT source, version, arch, flavour, next_try FROM attempt

-- release_files --
SELECT root, folder, sha256, date, asked, content FROM release_file ORDER BY root, folder

-- index_packages --
SELECT sha256, packages FROM index_content WHERE sha256 = ANY (%(sha256s)s::text[])

-- coverage --
-- What suites offer and how much of it the record has. A build that no suite holds counts for the suite ''.
WITH offered AS (
    SELECT CASE WHEN suites = '{}' THEN '' ELSE suite END AS suite, o.source, o.version, o.arch, o.flavour
    FROM offer o LEFT JOIN unnest(o.suites) AS suite ON true
)
SELECT o.suite, o.arch, count(*), count(b.id) FILTER (WHERE b.status = 'good' AND x.covers = 'all'),
    count(b.id) FILTER (WHERE b.status = 'good' AND x.covers <> 'all'), count(b.id) FILTER (WHERE b.status <> 'good'),
    count(a.id) FILTER (WHERE b.id IS NULL), coalesce(sum(x.n), 0), count(DISTINCT x.id)
FROM offered o
LEFT JOIN upload u ON (u.source, u.version) = (o.source, o.version)
LEFT JOIN build b ON (b.upload_id, b.arch, b.flavour) = (u.id, o.arch, o.flavour)
LEFT JOIN export_set x ON x.id = b.export_set_id
LEFT JOIN attempt a ON (a.source, a.version, a.arch, a.flavour) = (o.source, o.version, o.arch, o.flavour)
GROUP BY o.suite, o.arch ORDER BY o.suite, o.arch

-- queue_jobs --
-- Jobs by status: the tables of procrastinate.
SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status

-- queue_workers --
-- Workers that gave a sign of life lately; they do so every ten seconds.
SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '30 seconds'

-- switch --
SELECT paused, reason FROM switch
