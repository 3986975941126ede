-- Exports of an account, beside those of servers: `server_id` is null, and there is one for each account.
ALTER TABLE exports DROP CONSTRAINT exports_pkey;
ALTER TABLE exports
    DROP CONSTRAINT exports_file_id_key,
    ALTER COLUMN server_id DROP NOT NULL,
    ADD CONSTRAINT exports_pkey PRIMARY KEY (file_id),
    ADD CONSTRAINT exports_server_id_key UNIQUE (server_id);
CREATE UNIQUE INDEX exports_account ON exports (user_id) WHERE server_id IS NULL;
