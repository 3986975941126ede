"""Messages that are older than a community wants to keep, removed for good."""
