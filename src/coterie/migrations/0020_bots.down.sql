UPDATE users SET username = translate(username, '-', '_') WHERE username LIKE '%-%';
ALTER TABLE users DROP CONSTRAINT users_username_check;
ALTER TABLE users ADD CONSTRAINT users_username_check CHECK (username ~ '^[A-Za-z0-9_]{2,32}$');
DROP TABLE bots;
