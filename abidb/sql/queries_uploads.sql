-- uploads_without_policy --
SELECT source, version FROM upload WHERE NOT policy_read ORDER BY source, version_key DESC
