-- Sessions go on with the version before: it knows the newest refresh token of each by its hash.
DROP INDEX sessions_expires;
ALTER TABLE sessions DROP COLUMN is_lasting, DROP COLUMN is_confirmed, DROP COLUMN generation;
