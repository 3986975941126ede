-- Which accounts still have the published password is lost.
ALTER TABLE users DROP COLUMN is_demo;
