-- uploads_without_policy --
SELECT source, version FROM upload WHERE NOT policy_read ORDER BY source, version_key DESC

-- aims --
-- All that uploads state of where they were aimed; the day only where the words need one to be understood.
SELECT DISTINCT source, distribution,
    CASE WHEN distribution ~ '(^|[^n])stable|testing|frozen|(^|[ ,])proposed' THEN (date AT TIME ZONE 'UTC')::date END
FROM upload WHERE distribution <> ''

-- uploads --
-- A page of uploads, newest version first: those of a line are aimed at it or have a build in one of its lanes.
SELECT u.id, u.source, u.version, u.date, u.distribution, u.urgency, u.abi_name, u.policy_read
FROM upload u
WHERE (%(source)s::text IS NULL OR u.source = %(source)s)
AND (%(version)s::text IS NULL OR u.version = %(version)s)
AND (%(before)s::text IS NULL OR u.version_key < %(before)s)
AND (
    %(line)s::text IS NULL
    OR EXISTS (
        SELECT FROM unnest(%(sources)s::text[], %(distributions)s::text[], %(days)s::date[])
            AS a (source, distribution, day)
        WHERE (a.source, a.distribution) = (u.source, u.distribution)
        AND (a.day IS NULL OR a.day = (u.date AT TIME ZONE 'UTC')::date)
    )
    OR u.id IN (
        SELECT b.upload_id FROM lane l JOIN lane_build lb ON lb.lane_id = l.id JOIN build b ON b.id = lb.build_id
        WHERE l.line = %(line)s
    )
)
ORDER BY u.version_key DESC, u.source LIMIT %(limit)s

-- upload_builds --
-- How many builds uploads have, and under which ABI names.
SELECT upload_id, count(*), array_agg(DISTINCT abi_name ORDER BY abi_name) FROM build
WHERE upload_id = ANY (%(uploads)s::int[]) GROUP BY upload_id

-- upload_facts --
-- What is said of the ABI.
SELECT upload_id, kind, CASE WHEN arch = '' THEN text ELSE arch || ': ' || text END AS said FROM upload_fact
WHERE upload_id = ANY (%(uploads)s::int[]) AND kind NOT IN ('cve', 'bug') ORDER BY upload_id, kind, id

-- upload_fixes --
-- How many CVEs and bugs, each once.
SELECT upload_id, kind, count(DISTINCT text) FROM upload_fact
WHERE upload_id = ANY (%(uploads)s::int[]) AND kind IN ('cve', 'bug') GROUP BY upload_id, kind

-- upload_notes --
SELECT DISTINCT f.kind, f.text FROM upload u JOIN upload_fact f ON f.upload_id = u.id
WHERE (u.source, u.version) = (%(source)s, %(version)s) AND f.kind IN ('cve', 'bug')

-- uploads_near --
-- Uploads of the same version, else of the same source, newest first.
SELECT source || '=' || version FROM upload
WHERE source = %(source)s OR version = %(version)s
ORDER BY version <> %(version)s, version_key DESC LIMIT %(limit)s

-- uploads_between --
-- The uploads of sources above one version up to another, newest first.
SELECT id, source, version, date, distribution FROM upload
WHERE source = ANY (%(sources)s::text[]) AND version_key > %(above)s AND version_key <= %(upto)s
ORDER BY version_key DESC LIMIT %(limit)s

-- fixes_of_all --
-- How many CVEs and bugs uploads name together, each once.
SELECT kind, count(DISTINCT text) FROM upload_fact
WHERE upload_id = ANY (%(uploads)s::int[]) AND kind IN ('cve', 'bug') GROUP BY kind

-- first_fixes --
-- Of each upload the first CVEs and bugs that it names, and how many there are.
SELECT upload_id, kind, count(*), (array_agg(text ORDER BY split_part(text, '-', 2), length(text), text))[:%(most)s::int]
FROM (
    SELECT DISTINCT upload_id, kind, text FROM upload_fact
    WHERE upload_id = ANY (%(uploads)s::int[]) AND kind IN ('cve', 'bug')
) fix
GROUP BY upload_id, kind
