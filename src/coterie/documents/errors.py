"""The errors that only this package answers with."""

from coterie.errors import Entry

NOT_A_TEXT_CHANNEL = Entry(400, "not_a_text_channel", "Only text channels can have documents.")
DOCUMENT_ARCHIVED = Entry(403, "document_archived", "This document is archived. Restore it before you change it.")
DOCUMENT_TOO_LARGE = Entry(413, "document_too_large", "This document has reached its maximum length.")
NOT_THE_DOCUMENTS_AUTHOR = Entry(
    403,
    "not_the_documents_author",
    "Only the document's author can delete it.",
)
TOO_MANY_DOCUMENTS = Entry(
    400, "too_many_documents", "This channel has reached its document limit. Delete a document first."
)
TOO_MANY_PINNED_DOCUMENTS = Entry(
    400, "too_many_pinned_documents", "This channel already has ten pinned documents. Unpin one first."
)
UNKNOWN_VERSION = Entry(404, "unknown_version", "This document has no such version.")
NO_CURSORS_HERE = Entry(425, "no_cursors_here", "Subscribe to the cursors of this document first.")
