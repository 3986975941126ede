-- The threads of a channel by their last change: a reply is a new version of its root.
CREATE INDEX messages_threads ON messages (channel_id, version DESC) WHERE thread_reply_count > 0;
