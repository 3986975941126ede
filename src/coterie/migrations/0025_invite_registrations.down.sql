DROP TABLE invite_registrations;
