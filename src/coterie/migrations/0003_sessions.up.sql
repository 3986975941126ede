-- Each exchange of a refresh token continues its session's chain by one generation. `is_confirmed` says whether a client
-- has used the newest one. The version before keeps working meanwhile: it knows tokens by their hash, which is kept.
ALTER TABLE sessions
    ADD COLUMN generation   INTEGER NOT NULL DEFAULT 0 CHECK (generation >= 0),
    ADD COLUMN is_confirmed BOOLEAN NOT NULL DEFAULT TRUE,
    -- Every login of the version before got a token of thirty days.
    ADD COLUMN is_lasting   BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE sessions ALTER COLUMN is_lasting SET DEFAULT FALSE;
-- Expired sessions are found and ended when they expire.
CREATE INDEX sessions_expires ON sessions (expires_at);
