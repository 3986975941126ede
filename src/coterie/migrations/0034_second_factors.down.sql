-- The second factors of all accounts are lost: the password alone logs in.
DROP TABLE recovery_codes;
DROP TABLE second_factors;
