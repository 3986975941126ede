"""The errors that only this package answers with."""

from coterie.errors import Entry

OWNER_PROTECTED = Entry(403, "owner_protected", "You can't do that to the owner of the server.")
