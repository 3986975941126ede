-- Work that a process does later, and that outlives it (`jobs/`). A job that is done is deleted. It is running while
-- `claimed_by` names a process; when the row of that process is gone, others take the job back. It is no foreign key:
-- what removes dead processes would wait for the locks of jobs. A claim counts an attempt, and only the attempt with the
-- newest number may finish the job. `uncounted` of the attempts were interrupted by the end of their process, or were
-- before an operator repeated the job.
CREATE TABLE jobs (
    id         UUID PRIMARY KEY,
    kind       TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
    key        TEXT NOT NULL CHECK (length(key) <= 200),
    payload    JSON NOT NULL CHECK (octet_length(payload::text) <= 65536),
    due_at     TIMESTAMPTZ NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    uncounted  INTEGER NOT NULL DEFAULT 0 CHECK (uncounted BETWEEN 0 AND attempts),
    claimed_by UUID,
    failed_at  TIMESTAMPTZ CHECK (failed_at IS NULL OR claimed_by IS NULL),
    error      TEXT CHECK (length(error) <= 500),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    UNIQUE (kind, key)
);
CREATE INDEX jobs_ready ON jobs (kind, due_at) WHERE claimed_by IS NULL AND failed_at IS NULL;
CREATE INDEX jobs_claimed ON jobs (claimed_by) WHERE claimed_by IS NOT NULL;
CREATE INDEX jobs_failed ON jobs (failed_at) WHERE failed_at IS NOT NULL;
