-- Access tokens end: an earlier version would take their sessions for logins.
DELETE FROM sessions WHERE scopes IS NOT NULL;
ALTER TABLE sessions DROP COLUMN name, DROP COLUMN scopes, DROP COLUMN token_hash;
