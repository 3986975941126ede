"""The errors that only this package answers with."""

from coterie.errors import Entry

NOT_MULTIPART = Entry(400, "not_multipart", "Send the files as multipart/form-data.")
UPLOAD_INTERRUPTED = Entry(400, "upload_interrupted", "The upload is damaged or incomplete. Try again.")
NO_FILES = Entry(400, "no_files", "The request contains no file. Send each file in a part named `files`.")
EMPTY_FILE = Entry(400, "empty_file", "The file is empty.")
FILE_TOO_LARGE = Entry(400, "file_too_large", "The file is larger than this server accepts.")
TOO_MANY_FILES = Entry(400, "too_many_files", "You can't attach that many files to one message.")
FILE_TYPE_NOT_ALLOWED = Entry(400, "file_type_not_allowed", "Files of this type can't be uploaded.")
FILE_INFECTED = Entry(422, "file_infected", "The virus scanner found malware in this file.")
UNREADABLE_PICTURE = Entry(400, "unreadable_picture", "The picture can't be read. It is damaged or far too large.")
RANGE_NOT_SATISFIABLE = Entry(416, "range_not_satisfiable", "The requested range is outside the file.")
STORAGE_UNAVAILABLE = Entry(
    503, "storage_unavailable", "Files can't be stored or read right now. Try again in a moment."
)
SCANNER_UNAVAILABLE = Entry(
    503, "scanner_unavailable", "Files can't be checked for viruses right now. Try again in a moment."
)
