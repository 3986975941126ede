DELETE FROM exports WHERE server_id IS NULL;
DROP INDEX exports_account;
ALTER TABLE exports DROP CONSTRAINT exports_pkey, DROP CONSTRAINT exports_server_id_key;
ALTER TABLE exports
    ALTER COLUMN server_id SET NOT NULL,
    ADD CONSTRAINT exports_pkey PRIMARY KEY (server_id),
    ADD CONSTRAINT exports_file_id_key UNIQUE (file_id);
