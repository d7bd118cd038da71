-- names_written --
-- Changes with every symbol or module that is added or collected.
SELECT ARRAY[
    (SELECT count(*) FROM symbol), (SELECT max(id) FROM symbol), (SELECT count(*) FROM module), (SELECT max(id) FROM module)
]

-- all_symbols --
-- As lines of one text.
SELECT string_agg(name, E'\n') FROM symbol

-- all_modules --
-- Those that export, or that a build ships.
SELECT string_agg(path, E'\n') FROM module m
WHERE EXISTS (SELECT FROM export e WHERE e.module_id = m.id) OR EXISTS (SELECT FROM module_fact f WHERE f.module_id = m.id)

-- all_builds --
SELECT string_agg(DISTINCT kernel_release, E'\n') FROM build

-- all_abi_names --
SELECT string_agg(DISTINCT abi_name, E'\n') FROM build

-- all_versions --
SELECT string_agg(DISTINCT version, E'\n') FROM upload

-- all_packages --
SELECT string_agg(DISTINCT name, E'\n') FROM (SELECT package FROM dkms_package UNION SELECT source FROM dkms_package) p (name)

-- found_builds --
-- Builds of kernel releases, or of versions, newest version first.
SELECT b.id, b.kernel_release, u.source, u.version, b.arch, b.flavour, b.abi_name, x.covers, b.status, u.date
FROM (
    SELECT id FROM build WHERE kernel_release = ANY (%(releases)s::text[])
    UNION
    SELECT b.id FROM upload u JOIN build b ON b.upload_id = u.id WHERE u.version = ANY (%(versions)s::text[])
) found
JOIN build b USING (id) JOIN upload u ON u.id = b.upload_id JOIN export_set x ON x.id = b.export_set_id
ORDER BY u.version_key DESC, b.arch, b.flavour
LIMIT %(limit)s

-- uploads_of_abi_names --
-- The newest upload that has each.
SELECT n.name, newest.source, newest.version
FROM unnest(%(names)s::text[]) AS n (name)
CROSS JOIN LATERAL (
    SELECT u.source, u.version FROM build b JOIN upload u ON u.id = b.upload_id
    WHERE b.kernel_release ~>=~ (n.name || '-') AND b.kernel_release ~<~ (n.name || '.') AND b.abi_name = n.name
    ORDER BY u.version_key DESC LIMIT 1
) newest

-- uploads_of_versions --
SELECT version, source, version FROM upload WHERE version = ANY (%(names)s::text[]) ORDER BY version_key DESC, source
