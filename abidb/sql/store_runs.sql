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

-- put_switch --
INSERT INTO switch (id, paused, reason, at) VALUES (1, %(paused)s, %(reason)s, now())
ON CONFLICT (id) DO UPDATE SET paused = excluded.paused, reason = excluded.reason, at = now()
