"""Users take along everything that is theirs: an archive to read and to process, made on request."""
