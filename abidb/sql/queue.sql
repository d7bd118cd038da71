-- presence --
-- Held by each worker process as long as it lives; PostgreSQL drops it with the connection.
SELECT pg_advisory_lock_shared(%(key)s)

-- nobody_works --
-- Whether no worker process lives; until the end of the transaction none can begin.
SELECT pg_try_advisory_xact_lock(%(key)s)

-- living --
-- How many worker processes live, on whatever machine.
SELECT count(*) FROM pg_locks
WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted AND objsubid = 1
AND (classid::bigint << 32 | objid::bigint) = %(key)s
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())

-- beat --
UPDATE procrastinate_workers SET last_heartbeat = now() WHERE id = %(id)s

-- alone --
-- Who defers jobs does so alone: what is being worked on must not be queued a second time.
SELECT pg_advisory_xact_lock(%(key)s)

-- unfinished --
-- Jobs that wait or are worked on, of these locks.
SELECT lock, id FROM procrastinate_jobs
WHERE lock = ANY (%(locks)s) AND status IN ('todo', 'doing')

-- orphans --
-- Jobs that are worked on by nobody: their worker is gone, or gives no sign of life. With `all`, every one.
-- With how often their worker died: those of their beginnings that did not end in a try that failed.
SELECT j.id, j.task_name, j.args, (
    SELECT count(*) FROM procrastinate_events e WHERE e.job_id = j.id AND e.type = 'started'
) - j.attempts, EXISTS (
    SELECT FROM procrastinate_jobs o WHERE o.queueing_lock = j.queueing_lock AND o.status = 'todo'
)
FROM procrastinate_jobs j
WHERE j.status = 'doing' AND (%(all)s OR NOT EXISTS (
    SELECT FROM procrastinate_workers w
    WHERE w.id = j.worker_id AND w.last_heartbeat > now() - %(stalled)s * interval '1 second'
))
ORDER BY j.id
FOR UPDATE SKIP LOCKED

-- take_back --
-- `attempts` stays: it counts tries that failed, and this one has not ended.
UPDATE procrastinate_jobs SET status = 'todo', scheduled_at = now() WHERE id = %(id)s

-- give_up --
SELECT procrastinate_finish_job_v1(%(id)s, 'failed', false)

-- forget_workers --
-- Rows of workers that are gone. With `all`, every one.
DELETE FROM procrastinate_workers
WHERE %(all)s OR last_heartbeat < now() - %(stalled)s * interval '1 second'

-- prune --
-- Jobs that ended long ago.
DELETE FROM procrastinate_jobs j
WHERE j.status NOT IN ('todo', 'doing') AND NOT EXISTS (
    SELECT FROM procrastinate_events e WHERE e.job_id = j.id AND e.at > now() - %(days)s * interval '1 day'
)

-- ended --
-- Those of the jobs that are neither waiting nor worked on any more, and whether one broke.
SELECT i.id, coalesce(j.status = 'failed', false)
FROM unnest(%(ids)s::bigint[]) AS i (id) LEFT JOIN procrastinate_jobs j ON j.id = i.id
WHERE j.id IS NULL OR j.status NOT IN ('todo', 'doing')

-- at_work --
-- The jobs that are worked on, the longest first.
SELECT j.args FROM procrastinate_jobs j
WHERE j.status = 'doing' AND j.task_name = 'ingest_build'
ORDER BY (SELECT max(e.id) FROM procrastinate_events e WHERE e.job_id = j.id)

-- builds_left --
-- Whether builds are still to be read.
SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND task_name = 'ingest_build')

-- traces --
-- A text for each build that is in the record, which changes with what the build was read from, and how; and the digest
-- of its exports.
SELECT u.source, u.version, b.arch, b.flavour, md5(concat_ws(' ', b.extractor, b.signed, b.symvers_lines, (
    SELECT string_agg(concat(d.sha256, d.snapshot_sha1), ' ' ORDER BY d.sha256, d.snapshot_sha1) FROM deb d WHERE d.build_id = b.id
))), encode(x.digest, 'hex')
FROM unnest(%(sources)s::text[], %(versions)s::text[], %(arches)s::text[], %(flavours)s::text[])
    AS i (source, version, arch, flavour)
JOIN upload u ON (u.source, u.version) = (i.source, i.version)
JOIN build b ON b.upload_id = u.id AND (b.arch, b.flavour) = (i.arch, i.flavour)
JOIN export_set x ON x.id = b.export_set_id

-- reasons --
-- Why these builds failed, as noted since the run began: under an older one where that queued the job.
SELECT DISTINCT ON (subject) subject, reason FROM problem
WHERE at >= (SELECT started FROM run WHERE id = %(run)s) AND subject = ANY (%(names)s) ORDER BY subject, id DESC

-- policies_read --
-- Those of the versions whose ignore patterns have been read, with or without builds.
SELECT source, version FROM unnest(%(sources)s::text[], %(versions)s::text[]) AS i (source, version)
JOIN upload u USING (source, version) WHERE u.policy_read

-- bygone --
-- What is noted of builds, and of source packages, that no archive has any more.
SELECT source, version, arch, flavour FROM attempt a
WHERE NOT EXISTS (
    SELECT FROM offer o WHERE (o.source, o.version) = (a.source, a.version)
    AND (a.arch = 'source' OR (o.arch, o.flavour) = (a.arch, a.flavour))
)

-- modules_named --
-- Those of the module files that builds of the record name.
SELECT DISTINCT sha256 FROM dkms_module WHERE sha256 = ANY (%(digests)s)

-- last_look --
-- Seconds since something last happened to a look at the archives; NULL if nothing did in the days that jobs are kept.
SELECT extract(epoch FROM now() - max(e.at))::float
FROM procrastinate_jobs j JOIN procrastinate_events e ON e.job_id = j.id
WHERE j.task_name = 'look_again' AND e.at <= now()
