-- dkms_package_rows --
SELECT id, gone, package, version, arch, source, source_version, component, depends, filename, size, sha256
FROM dkms_package ORDER BY package, version_key, arch

-- dkms_package_listings --
SELECT package_id, root, suite, index, release_sha256, first, last
FROM dkms_listing ORDER BY package_id, root, suite, index

-- dkms_attempts --
SELECT b.id, p.package, p.version, p.arch, t.source, t.version, t.arch, t.flavour, t.kernel_release, b.headers, b.root,
    b.outcome, b.reason, b.missing, b.tools, b.seconds, b.at, b.builder, b.log_size
FROM dkms_build b JOIN dkms_package p ON p.id = b.package_id JOIN target t ON t.id = b.target_id
WHERE %(package)s::text IS NULL OR p.package = %(package)s
ORDER BY p.package, p.version_key, p.arch, t.version_key, t.arch, t.flavour

-- dkms_attempt_log --
SELECT log FROM dkms_build WHERE id = %(id)s

-- dkms_modules_of --
SELECT build_id, import_set_id, name, sha256, size, licenses, vermagic, depends, namespaces, siblings, exports, btf
FROM dkms_module WHERE build_id = ANY (%(ids)s::int[]) ORDER BY build_id, name

-- import_sets_of --
SELECT id, symbols, crc, named FROM import_set WHERE id = ANY (%(ids)s::int[])

-- dkms_rebuilds_of --
SELECT p.package, p.version, p.arch, o.source, o.version, o.arch, o.flavour, o.kernel_release,
    n.source, n.version, n.arch, n.flavour, n.kernel_release,
    r.outcome, r.reason, r.modules, r.functions, r.differing, r.plugin, r.at
FROM rebuild r JOIN dkms_package p ON p.id = r.package_id
JOIN target o ON o.id = r.old_id JOIN target n ON n.id = r.new_id
ORDER BY p.package, p.version_key, p.arch, o.version_key, n.version_key, r.id

-- dkms_load_results --
SELECT l.sha256, l.module, t.source, t.version, t.arch, t.flavour, t.kernel_release, l.answer, l.reasons, l.messages,
    l.at
FROM load_result l JOIN target t ON t.id = l.target_id
ORDER BY l.module, l.sha256, t.version_key, t.arch, t.flavour

-- dkms_scans_of --
SELECT p.package, p.version, p.arch, t.source, t.version, t.arch, t.flavour, t.kernel_release, s.import_set_id
FROM scan s JOIN dkms_package p ON p.id = s.package_id JOIN target t ON t.id = s.target_id
ORDER BY p.package, p.version_key, p.arch, t.version_key, t.arch, t.flavour

-- dkms_popcon_rows --
SELECT package, reporting, at FROM popcon ORDER BY package

-- dkms_listing_rows --
SELECT p.package, p.version, p.arch, l.root, l.suite, l.index, l.release_sha256, l.first, l.last
FROM dkms_listing l JOIN dkms_package p ON p.id = l.package_id

-- all_import_sets --
SELECT id, digest, symbols, crc, named FROM import_set ORDER BY id

-- outoftree_version_keys --
SELECT 'package ' || package, version, version_key FROM dkms_package
UNION ALL
SELECT 'kernel ' || source, version, version_key FROM target
ORDER BY 1, 2

-- imports_of_kernels --
-- Modules that were built with the headers of a kernel of the record, of which modules are known too.
SELECT b.export_set_id, m.import_set_id, concat_ws(' ', p.package, p.version, 'on', t.kernel_release || ',', m.name)
FROM dkms_module m JOIN dkms_build a ON a.id = m.build_id JOIN dkms_package p ON p.id = a.package_id
JOIN target t ON t.id = a.target_id JOIN upload u ON (u.source, u.version) = (t.source, t.version)
JOIN build b ON (b.upload_id, b.arch, b.flavour) = (u.id, t.arch, t.flavour)
JOIN export_set x ON x.id = b.export_set_id
WHERE a.headers = t.kernel_release AND b.status = 'good' AND x.covers = 'all'
ORDER BY b.export_set_id, p.package, p.version, m.name, m.id
