DROP TABLE report_notes;
DROP TABLE reports;
