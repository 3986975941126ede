-- Forgets what was done to servers.
DROP TABLE audit_logs;
