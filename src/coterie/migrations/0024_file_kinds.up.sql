-- Messages are searched for by the kind of their files (has:video), of which there may be few among many.

CREATE INDEX attachments_mime_type ON attachments (mime_type text_pattern_ops, message_id);
