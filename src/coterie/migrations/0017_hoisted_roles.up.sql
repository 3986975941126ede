-- Whether the members list shows members with this role separately.
ALTER TABLE roles ADD COLUMN hoist BOOLEAN NOT NULL DEFAULT FALSE;
