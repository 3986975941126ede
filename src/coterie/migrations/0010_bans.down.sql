-- Forgets who was banned.
DROP TABLE server_bans;
