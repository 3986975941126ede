-- All passkeys are lost. Their owners log in with the password.
DROP TABLE used_challenges;
DROP TABLE passkeys;
