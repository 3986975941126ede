-- Which addresses were verified is lost; the logged values keep showing none until they change.
ALTER TABLE users DROP COLUMN email_verified_at;
