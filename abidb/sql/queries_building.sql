-- outcomes --
-- What became of attempts at building packages, and when the last of each was.
SELECT outcome, count(*), max(at) FROM dkms_build GROUP BY outcome ORDER BY count(*) DESC, outcome

-- building_jobs --
-- Jobs that build packages or compare builds, by status: the tables of procrastinate.
SELECT status::text, count(*) FROM procrastinate_jobs
WHERE task_name IN ('build_outoftree', 'compare_rebuild') GROUP BY status
