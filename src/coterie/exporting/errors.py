"""The errors that only this package answers with."""

from coterie.errors import Entry

EXPORT_PREPARING = Entry(503, "export_preparing", "The export is still being prepared. Try again in a minute.")
EXPORT_FAILED = Entry(503, "export_failed", "The export failed. Try again.")
