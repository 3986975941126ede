-- Whoever is logging in has to begin again.
DROP TABLE login_challenges;
