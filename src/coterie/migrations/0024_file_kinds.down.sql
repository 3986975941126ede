DROP INDEX attachments_mime_type;
