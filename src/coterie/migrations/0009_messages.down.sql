DROP TABLE message_edits;
DROP TABLE mentions;
ALTER TABLE messages DROP COLUMN mention_here, DROP COLUMN mention_role_ids, DROP COLUMN thread_reply_count;
