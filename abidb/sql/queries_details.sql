-- config_set --
-- The packed ids of a build's config options, no row where its configuration is not known.
SELECT f.members FROM build b JOIN fact_set f ON f.id = b.config_set_id WHERE b.id = %(build)s

-- release_ages --
-- Old names of security suites, NAME/updates, are told as NAME-security, as the rest of the record has them.
SELECT root, regexp_replace(folder, '/updates$', '-security'), date, asked FROM release_file ORDER BY 2, root
