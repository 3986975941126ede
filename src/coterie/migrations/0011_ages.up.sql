-- When a change and a client's name for one were written: they are kept for a time. Rows from before
-- begin with the time of the upgrade, which PostgreSQL stores once for all of them.
ALTER TABLE changes ADD COLUMN changed_at TIMESTAMPTZ NOT NULL DEFAULT now();
ALTER TABLE client_versions ADD COLUMN created_at TIMESTAMPTZ NOT NULL DEFAULT now();
