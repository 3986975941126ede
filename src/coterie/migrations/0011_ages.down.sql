ALTER TABLE client_versions DROP COLUMN created_at;
ALTER TABLE changes DROP COLUMN changed_at;
