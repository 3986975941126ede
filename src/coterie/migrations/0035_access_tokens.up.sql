-- A session that was made for a program has the name and the scopes of its access token, and what is kept of the token.
-- Without scopes it is a login, which can be used for everything.
ALTER TABLE sessions
    ADD COLUMN name TEXT,
    ADD COLUMN scopes TEXT[],
    ADD COLUMN token_hash BYTEA CHECK (octet_length(token_hash) = 32),
    ADD CONSTRAINT sessions_tokens_are_whole CHECK (num_nulls(name, scopes, token_hash) IN (0, 3));
CREATE UNIQUE INDEX sessions_token_hash ON sessions (token_hash) WHERE token_hash IS NOT NULL;
