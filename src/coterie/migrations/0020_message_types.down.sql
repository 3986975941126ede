ALTER TABLE messages DROP COLUMN type_details;
