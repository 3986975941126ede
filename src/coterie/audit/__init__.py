"""The audit log: what was done to a server, by whom and to what."""
