-- incoming_names --
-- Symbols that modules import, each once.
CREATE TEMP TABLE incoming_name (name text) ON COMMIT DROP

-- add_names --
-- Ordered, or two writers deadlock; NOT EXISTS, or every known row would burn an id.
INSERT INTO symbol (name)
SELECT name FROM incoming_name i WHERE NOT EXISTS (SELECT FROM symbol s WHERE s.name = i.name)
ORDER BY name
ON CONFLICT DO NOTHING

-- name_ids --
SELECT s.name, s.id FROM incoming_name i JOIN symbol s ON s.name = i.name

-- known_import_sets --
SELECT digest, id FROM import_set WHERE digest = ANY (%(digests)s::bytea[])

-- add_import_set --
INSERT INTO import_set (digest, symbols, crc, named) VALUES (%(digest)s, %(symbols)s, %(crc)s, %(named)s) RETURNING id

-- collect_import_sets --
DELETE FROM import_set x WHERE NOT EXISTS (SELECT FROM dkms_module m WHERE m.import_set_id = x.id)
AND NOT EXISTS (SELECT FROM scan s WHERE s.import_set_id = x.id)

-- target_id --
SELECT id, kernel_release FROM target
WHERE (source, version, arch, flavour) = (%(source)s, %(version)s, %(arch)s, %(flavour)s)

-- add_target --
INSERT INTO target (source, version, version_key, arch, flavour, kernel_release)
VALUES (%(source)s, %(version)s, %(version_key)s, %(arch)s, %(flavour)s, %(kernel_release)s)
RETURNING id

-- incoming_dkms_packages --
CREATE TEMP TABLE incoming_dkms_package (
    package text, version text, version_key text, arch text, source text, source_version text, component text,
    depends text, filename text, size bigint, sha256 text
) ON COMMIT DROP

-- add_dkms_packages --
INSERT INTO dkms_package (package, version, version_key, arch, source, source_version, component, depends, filename,
    size, sha256, gone)
SELECT i.*, false FROM incoming_dkms_package i
WHERE NOT EXISTS (
    SELECT FROM dkms_package p WHERE (p.package, p.version, p.arch) = (i.package, i.version, i.arch)
)
ORDER BY i.package, i.version, i.arch

-- tell_dkms_packages --
-- An archive's newest word; nothing is written where it is the same.
UPDATE dkms_package p SET source = i.source, source_version = i.source_version, component = i.component,
    depends = i.depends, filename = i.filename, size = i.size, sha256 = i.sha256, gone = false
FROM incoming_dkms_package i
WHERE (p.package, p.version, p.arch) = (i.package, i.version, i.arch)
AND (p.source, p.source_version, p.component, p.depends, p.filename, p.size, p.sha256, p.gone)
    <> (i.source, i.source_version, i.component, i.depends, i.filename, i.size, i.sha256, false)

-- lose_dkms_packages --
-- What no archive has any more stays, and is said to be gone.
UPDATE dkms_package p SET gone = true
WHERE NOT p.gone AND NOT EXISTS (
    SELECT FROM incoming_dkms_package i WHERE (p.package, p.version, p.arch) = (i.package, i.version, i.arch)
)

-- incoming_dkms_listings --
CREATE TEMP TABLE incoming_dkms_listing (
    package text, version text, arch text, root text, suite text, index text, release_sha256 text,
    first timestamptz, last timestamptz
) ON COMMIT DROP

-- add_dkms_listings --
-- One row a place: the span of the dates of its Release files, and the newest of those.
INSERT INTO dkms_listing (package_id, root, suite, index, release_sha256, first, last)
SELECT p.id, i.root, i.suite, i.index, i.release_sha256, i.first, i.last
FROM incoming_dkms_listing i
JOIN dkms_package p ON (p.package, p.version, p.arch) = (i.package, i.version, i.arch)
WHERE NOT EXISTS (
    SELECT FROM dkms_listing l WHERE (l.package_id, l.root, l.suite, l.index) = (p.id, i.root, i.suite, i.index)
)
ORDER BY p.id, i.root, i.suite, i.index

-- tell_dkms_listings --
UPDATE dkms_listing l SET first = least(l.first, i.first), last = greatest(l.last, i.last),
    release_sha256 = CASE WHEN i.last > l.last THEN i.release_sha256 ELSE l.release_sha256 END
FROM incoming_dkms_listing i
JOIN dkms_package p ON (p.package, p.version, p.arch) = (i.package, i.version, i.arch)
WHERE (l.package_id, l.root, l.suite, l.index) = (p.id, i.root, i.suite, i.index)
AND (i.first < l.first OR i.last > l.last)

-- dkms_package_id --
SELECT id FROM dkms_package WHERE (package, version, arch) = (%(package)s, %(version)s, %(arch)s)

-- stored_dkms_build --
-- What decides whether another attempt is better than the one at hand.
SELECT b.id, b.outcome, b.builder, b.headers = t.kernel_release, b.at
FROM dkms_build b JOIN target t ON t.id = b.target_id
WHERE (b.package_id, b.target_id) = (%(package)s, %(target)s)

-- add_dkms_build --
INSERT INTO dkms_build (package_id, target_id, headers, root, outcome, reason, missing, log, log_size, tools, seconds,
    at, builder)
VALUES (%(package)s, %(target)s, %(headers)s, %(root)s, %(outcome)s, %(reason)s, %(missing)s, %(log)s, %(log_size)s,
    %(tools)s, %(seconds)s, %(at)s, %(builder)s)
RETURNING id

-- replace_dkms_build --
-- A better attempt takes the place, and keeps the address of its page.
WITH gone AS (DELETE FROM dkms_module WHERE build_id = %(build)s)
UPDATE dkms_build SET headers = %(headers)s, root = %(root)s, outcome = %(outcome)s, reason = %(reason)s,
    missing = %(missing)s, log = %(log)s, log_size = %(log_size)s, tools = %(tools)s, seconds = %(seconds)s,
    at = %(at)s, builder = %(builder)s
WHERE id = %(build)s

-- add_dkms_module --
INSERT INTO dkms_module (build_id, name, sha256, size, licenses, vermagic, depends, namespaces, siblings, exports, btf,
    import_set_id)
VALUES (%(build)s, %(name)s, %(sha256)s, %(size)s, %(licenses)s, %(vermagic)s, %(depends)s, %(namespaces)s,
    %(siblings)s, %(exports)s, %(btf)s, %(import_set)s)

-- put_rebuild --
-- The later comparison counts, but never one that came to nothing before one that did not.
INSERT INTO rebuild (package_id, old_id, new_id, outcome, reason, modules, functions, differing, plugin, at)
VALUES (%(package)s, %(old)s, %(new)s, %(outcome)s, %(reason)s, %(modules)s, %(functions)s, %(differing)s::jsonb,
    %(plugin)s, %(at)s)
ON CONFLICT (package_id, old_id, new_id) DO UPDATE SET outcome = excluded.outcome, reason = excluded.reason,
    modules = excluded.modules, functions = excluded.functions, differing = excluded.differing,
    plugin = excluded.plugin, at = excluded.at
WHERE (rebuild.outcome <> 'not compared', rebuild.at) <= (excluded.outcome <> 'not compared', excluded.at)

-- put_load_result --
-- The later answer counts, but never none before one.
INSERT INTO load_result (sha256, module, target_id, answer, reasons, messages, at)
VALUES (%(sha256)s, %(module)s, %(target)s, %(answer)s, %(reasons)s::jsonb, %(messages)s, %(at)s)
ON CONFLICT (sha256, target_id) DO UPDATE SET module = excluded.module, answer = excluded.answer,
    reasons = excluded.reasons, messages = excluded.messages, at = excluded.at
WHERE (load_result.answer <> 'untried', load_result.at) <= (excluded.answer <> 'untried', excluded.at)

-- put_scan --
INSERT INTO scan (package_id, target_id, import_set_id) VALUES (%(package)s, %(target)s, %(import_set)s)
ON CONFLICT (package_id, target_id) DO UPDATE SET import_set_id = excluded.import_set_id

-- put_popcon --
INSERT INTO popcon (package, reporting, at)
SELECT package, reporting, at
FROM unnest(%(packages)s::text[], %(reporting)s::int[], %(ats)s::timestamptz[]) AS i (package, reporting, at)
ORDER BY package
ON CONFLICT (package) DO UPDATE SET reporting = excluded.reporting, at = excluded.at WHERE popcon.at <= excluded.at

-- other_dkms_packages --
-- Of which the record has another deb than was told.
SELECT p.package, p.version, p.arch, p.sha256, i.sha256
FROM incoming_dkms_package i JOIN dkms_package p ON (p.package, p.version, p.arch) = (i.package, i.version, i.arch)
WHERE p.sha256 <> i.sha256
ORDER BY p.package, p.version, p.arch

-- dkms_build_merits --
SELECT b.outcome, b.builder, b.headers = t.kernel_release, b.missing
FROM dkms_build b JOIN target t ON t.id = b.target_id WHERE b.id = %(build)s
