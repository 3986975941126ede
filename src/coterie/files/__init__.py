"""Files: attachments of messages, and the pictures of accounts, servers and emoji."""
