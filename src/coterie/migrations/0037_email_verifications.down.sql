-- Addresses that were not verified yet have to be given again, and links in mails are invalid.
DROP TABLE email_reversals;
DROP TABLE email_verifications;
