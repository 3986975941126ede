-- What the messenger's clients say of a message that is an image or a file elsewhere: its address, size and so on.
ALTER TABLE messages
    ADD COLUMN type_details JSON CHECK (octet_length(type_details::text) <= 8000),
    ADD CHECK (deleted_at IS NULL OR type_details IS NULL);
