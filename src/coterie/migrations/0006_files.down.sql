-- Forgets which objects are in the file storage: they stay there, and nobody removes them any more.
ALTER TABLE attachments DROP COLUMN placeholder, DROP COLUMN thumbnail_size;
DROP TABLE files, custom_emojis;
