-- build_page --
-- A page of builds that fit all that is given, newest version first: uploads are few and in order, builds of each too.
SELECT b.id, b.kernel_release, u.source, u.version, b.arch, b.flavour, b.abi_name, x.covers, b.status, u.date
FROM (
    SELECT * FROM upload
    WHERE (%(source)s::text IS NULL OR source = %(source)s)
    AND (%(version)s::text IS NULL OR version = %(version)s)
    AND (%(key)s::text IS NULL OR version_key <= %(key)s)
    ORDER BY version_key DESC, source
) u
CROSS JOIN LATERAL (
    SELECT * FROM build b
    WHERE b.upload_id = u.id
    AND (%(release)s::text IS NULL OR b.kernel_release = %(release)s)
    AND (%(arch)s::text IS NULL OR b.arch = %(arch)s)
    AND (%(flavour)s::text IS NULL OR b.flavour = %(flavour)s)
    AND (
        %(key)s::text IS NULL OR u.version_key < %(key)s
        OR (u.source, b.arch, b.flavour) > (%(after_source)s, %(after_arch)s, %(after_flavour)s)
    )
    AND (%(lanes)s::int[] IS NULL OR EXISTS (
        SELECT FROM lane_build lb WHERE lb.build_id = b.id AND lb.lane_id = ANY (%(lanes)s::int[])
    ))
    ORDER BY b.arch, b.flavour
) b
JOIN export_set x ON x.id = b.export_set_id
ORDER BY u.version_key DESC, u.source, b.arch, b.flavour
LIMIT %(limit)s
