-- Whether everyone who joins the server gets this role.
ALTER TABLE roles ADD COLUMN auto_assign BOOLEAN NOT NULL DEFAULT FALSE;
