-- How somebody wants to be called, apart from the name that they log in with, and what a server says of itself. People are
-- found by how any of their names begins; the order of bytes lets one index answer that in every database.
ALTER TABLE users ADD COLUMN display_name TEXT CHECK (length(display_name) BETWEEN 1 AND 32);
ALTER TABLE servers ADD COLUMN description TEXT CHECK (length(description) BETWEEN 1 AND 500);
CREATE INDEX users_username_beginning ON users (lower(username) COLLATE "C");
CREATE INDEX users_display_name_beginning ON users (lower(display_name) COLLATE "C") WHERE display_name IS NOT NULL;
CREATE INDEX server_members_nickname_beginning ON server_members (server_id, lower(nickname) COLLATE "C")
    WHERE nickname IS NOT NULL;
