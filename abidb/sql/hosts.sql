-- host_lanes --
-- The builds of an architecture by lane, newest first; those that are in no lane at the end, by flavour. Of each lane
-- a page: after skipping some, so many; `builds` says how many there are.
SELECT line, flavour, builds, id FROM (
    SELECT l.line, b.arch, b.flavour, b.id, u.version_key,
        row_number() OVER (PARTITION BY l.line, b.flavour ORDER BY u.version_key DESC, b.id DESC) AS n,
        count(*) OVER (PARTITION BY l.line, b.flavour) AS builds
    FROM build b JOIN upload u ON u.id = b.upload_id
    LEFT JOIN lane_build lb ON lb.build_id = b.id LEFT JOIN lane l ON l.id = lb.lane_id
    WHERE b.arch = %(arch)s
    AND (%(line)s::text IS NULL OR l.line = %(line)s)
    AND (%(flavour)s::text IS NULL OR b.flavour = %(flavour)s)
    AND (%(release)s::text IS NULL OR b.kernel_release = %(release)s)
) paged
WHERE n > %(skip)s AND n <= %(skip)s + %(limit)s
ORDER BY line NULLS LAST, flavour, n

-- host_builds --
-- What a verdict needs of builds; whether another build of the record has the same release.
SELECT b.id, b.kernel_release, u.source, u.version, b.arch, b.flavour, b.abi_name, x.covers, b.status, u.date,
    b.export_set_id, x.crc IS NOT NULL, b.vermagic, b.config_set_id,
    EXISTS (SELECT FROM build o WHERE o.kernel_release = b.kernel_release AND o.arch = b.arch AND o.id <> b.id)
FROM build b JOIN upload u ON u.id = b.upload_id JOIN export_set x ON x.id = b.export_set_id
WHERE b.id = ANY (%(builds)s::int[])

-- wanted_exports --
-- Every declaration that some symbols ever had, those of one symbol side by side. Looked up one by one: the planner
-- would read whole tables for a thousand names.
SELECT e.id, wanted.name, (SELECT path FROM module WHERE id = e.module_id), e.kind, e.namespace
FROM unnest(%(names)s::text[]) AS wanted (name),
    LATERAL (SELECT id FROM symbol WHERE name = wanted.name LIMIT 1) s,
    LATERAL (SELECT * FROM export WHERE symbol_id = s.id OFFSET 0) e
ORDER BY wanted.name, e.id

-- option_ids --
SELECT name, id FROM config_option WHERE name = ANY (%(names)s) AND value = 'y'

-- option_sets --
SELECT id, members FROM fact_set WHERE id = ANY (%(sets)s::int[])

-- architectures --
SELECT DISTINCT arch FROM build ORDER BY arch
