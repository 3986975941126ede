DROP INDEX server_members_nickname_beginning;
DROP INDEX users_display_name_beginning;
DROP INDEX users_username_beginning;
ALTER TABLE servers DROP COLUMN description;
ALTER TABLE users DROP COLUMN display_name;
