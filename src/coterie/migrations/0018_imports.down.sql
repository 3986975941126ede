DROP TABLE import_notes;
DROP TABLE import_ids;
DROP TABLE imports;
