-- The lives of this history, the newest one counts. A database that was restored goes on in a new one, at positions that
-- were never given out: see coterie/log/epochs.py. `home` is where the database was found: another cluster, another
-- timeline or another database means that it came from a copy.
CREATE TABLE epochs (
    number   INTEGER PRIMARY KEY CHECK (number > 0),
    name     TEXT NOT NULL UNIQUE CHECK (name ~ '^[0-9a-f]{12}$'),
    reason   TEXT NOT NULL CHECK (reason IN ('made', 'restored', 'found elsewhere', 'asked for')),
    home     TEXT CHECK (length(home) <= 100),
    begun_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
INSERT INTO epochs (number, name, reason) VALUES (1, right(gen_random_uuid()::text, 12), 'made');
