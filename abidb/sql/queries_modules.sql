-- modules_named --
-- Modules whose paths look like one of these patterns.
SELECT id, path FROM module WHERE path COLLATE "C" LIKE ANY (%(patterns)s::text[]) ORDER BY path LIMIT %(limit)s

-- module_facts_of --
-- What builds state of modules that they ship.
SELECT id, module_id FROM module_fact WHERE module_id = ANY (%(modules)s::int[])

-- fact_members --
SELECT id, members FROM fact_set WHERE id = ANY (%(sets)s::int[])
