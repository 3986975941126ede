-- Accounts of the demo community have a published password. Until it is changed, they cannot log in where strangers can.
ALTER TABLE users ADD COLUMN is_demo BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE users SET is_demo = TRUE
WHERE username IN ('alice', 'bob', 'charlie', 'diana', 'eve') AND email = username || '@example.org';
