-- Undoes 0005_search.up.sql. No data is lost.
DROP INDEX messages_mentions;
DROP INDEX messages_created;
DROP INDEX messages_words;
DROP FUNCTION search_words, search_split, search_plain;
