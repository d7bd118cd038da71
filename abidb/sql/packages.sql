-- dkms_written --
-- Numbers of rows, and sums of the transactions that wrote them: every write changes one of both, since a transaction
-- has a greater number than all that it finds.
SELECT
    (SELECT ARRAY[count(*), sum(xmin::text::bigint)] FROM dkms_package),
    (SELECT ARRAY[count(*), sum(xmin::text::bigint)] FROM dkms_listing),
    (SELECT ARRAY[count(*), sum(xmin::text::bigint)] FROM dkms_build),
    (SELECT ARRAY[count(*), sum(xmin::text::bigint)] FROM dkms_module),
    (SELECT ARRAY[count(*), sum(xmin::text::bigint)] FROM rebuild),
    (SELECT ARRAY[count(*), sum(xmin::text::bigint)] FROM load_result),
    (SELECT ARRAY[count(*), sum(xmin::text::bigint)] FROM scan),
    (SELECT ARRAY[count(*), sum(xmin::text::bigint)] FROM popcon)

-- dkms_packages --
SELECT id, package, version, version_key, arch, source, source_version, component FROM dkms_package
ORDER BY package, version_key, arch

-- dkms_suites --
-- When each suite held a version of a package, from the dates of Release files.
SELECT package_id, suite, min(first), max(last) FROM dkms_listing GROUP BY package_id, suite ORDER BY package_id, suite

-- dkms_tries --
-- Attempts without their logs, oldest kernel first.
SELECT b.id, b.package_id, t.source, t.version, t.arch, t.flavour, t.kernel_release, b.headers, b.outcome, b.reason
FROM dkms_build b JOIN target t ON t.id = b.target_id
ORDER BY t.version_key, b.id

-- dkms_modules --
SELECT build_id, name, sha256, licenses, vermagic, namespaces, btf, import_set_id FROM dkms_module ORDER BY build_id, name

-- import_sets --
SELECT id, symbols, crc, named FROM import_set WHERE id = ANY (%(ids)s::int[])

-- dkms_rebuilds --
SELECT r.package_id, o.source, o.version, o.arch, o.flavour, o.kernel_release,
    n.source, n.version, n.arch, n.flavour, n.kernel_release, r.outcome, r.differing
FROM rebuild r JOIN target o ON o.id = r.old_id JOIN target n ON n.id = r.new_id

-- dkms_loads --
SELECT l.sha256, l.module, t.source, t.version, t.arch, t.flavour, t.kernel_release, l.answer, l.reasons, l.at
FROM load_result l JOIN target t ON t.id = l.target_id

-- dkms_popcon --
SELECT package, reporting FROM popcon

-- dkms_scans --
SELECT s.package_id, t.source, t.version, t.arch, t.flavour, t.kernel_release, s.import_set_id
FROM scan s JOIN target t ON t.id = s.target_id ORDER BY t.version_key

-- dkms_log --
-- One attempt with its log, packed as the store has it.
SELECT b.id, b.package_id, t.source, t.version, t.arch, t.flavour, t.kernel_release, b.headers, b.root, b.outcome,
    b.reason, b.missing, b.tools, b.seconds, b.at, b.log
FROM dkms_build b JOIN target t ON t.id = b.target_id
WHERE b.id = %(id)s

-- kernels --
-- Good builds with what a verdict needs of them, those of a lane in its order, or those of these ids.
SELECT b.id, b.kernel_release, u.source, u.version, b.arch, b.flavour, b.abi_name, x.covers, b.status, u.date,
    b.export_set_id, x.crc IS NOT NULL, b.vermagic, b.config_set_id,
    EXISTS (SELECT FROM build o WHERE o.kernel_release = b.kernel_release AND o.arch = b.arch AND o.id <> b.id)
FROM build b JOIN upload u ON u.id = b.upload_id JOIN export_set x ON x.id = b.export_set_id
WHERE b.id = ANY (coalesce(%(ids)s::int[], ARRAY(
    SELECT lb.build_id FROM lane_build lb JOIN lane l ON l.id = lb.lane_id
    WHERE (l.line, l.arch, l.flavour) = (%(line)s::text, %(arch)s::text, %(flavour)s::text)
))) AND (b.status = 'good' OR %(ids)s::int[] IS NOT NULL)
ORDER BY u.version_key, b.id

-- lanes_of_builds --
-- Lanes that hold each of these builds, with the release whose packages their users have.
SELECT l.line, l.arch, l.flavour, l.codename FROM lane l JOIN lane_build lb ON lb.lane_id = l.id
WHERE lb.build_id = ANY (%(ids)s::int[])
GROUP BY l.id HAVING count(DISTINCT lb.build_id) = (SELECT count(DISTINCT one) FROM unnest(%(ids)s::int[]) AS one)
ORDER BY l.line

-- module_options --
-- The options that decide what a kernel refuses, where they are set to y.
SELECT id, name FROM config_option WHERE value = 'y' AND name IN (
    'CONFIG_DEBUG_INFO_BTF_MODULES', 'CONFIG_MODULE_ALLOW_BTF_MISMATCH', 'CONFIG_MODULE_FORCE_LOAD',
    'CONFIG_MODULE_ALLOW_MISSING_NAMESPACE_IMPORTS'
)

-- config_members --
SELECT id, members FROM fact_set WHERE id = ANY (%(ids)s::int[])

-- symbol_id --
SELECT id FROM symbol WHERE name = %(name)s
