-- run --
SELECT id, started, updated, finished, total, done, failed, current FROM run ORDER BY id DESC LIMIT 1

-- problems --
SELECT subject, reason FROM problem WHERE run_id = %(run)s ORDER BY id DESC LIMIT %(limit)s

-- status --
SELECT (SELECT count(*) FROM build), (SELECT count(*) FROM build WHERE status = 'apart'),
    (SELECT count(*) FROM export_set), (SELECT count(*) FROM symbol),
    coalesce((SELECT n FROM generation), 0), (SELECT at FROM generation), (SELECT count(*) FROM absent)

-- set_digests --
SELECT id, covers, digest FROM export_set ORDER BY id
