-- Forgets which writes were repeats of which, and how far everybody has read.
DROP TABLE read_marks, client_versions;
