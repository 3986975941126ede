"""The errors that only this package answers with."""

from coterie.errors import Entry

GIFS_OFF = Entry(501, "gifs_off", "GIF search is turned off on this instance.")
GIFS_UNAVAILABLE = Entry(503, "gifs_unavailable", "GIF search isn't responding right now. Try again in a moment.")
