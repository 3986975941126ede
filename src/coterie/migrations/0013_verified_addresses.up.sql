-- An address says nothing about its owner until they have shown that they read its mail. Until then nobody else sees it.
ALTER TABLE users ADD COLUMN email_verified_at TIMESTAMPTZ;
ALTER TABLE users ADD CONSTRAINT users_email_verified CHECK (email_verified_at IS NULL OR email IS NOT NULL);
UPDATE changes SET data = jsonb_set(data::jsonb, '{email}', '""')::json
WHERE key LIKE 'contacts/%' AND NOT is_removal AND data->>'email' <> '';
UPDATE changes SET data = (data::jsonb || '{"from_email": "", "to_email": ""}')::json
WHERE key LIKE 'friend\_requests/%' AND NOT is_removal AND (data->>'from_email' <> '' OR data->>'to_email' <> '');
