-- Forgets what the authors of named writes had: who resumes from a write of their own may miss what others wrote before.
DROP TABLE client_version_parents;
