"""The errors that only this package answers with."""

from coterie.errors import Entry

POLL_ANONYMOUS = Entry(403, "poll_anonymous", "This poll is anonymous: it stays secret who voted for what.")
