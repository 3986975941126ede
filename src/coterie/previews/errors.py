"""The errors that only this package answers with."""

from coterie.errors import Entry

LINK_PREVIEWS_OFF = Entry(400, "link_previews_off", "Link previews are turned off on this instance.")
NO_PICTURE = Entry(400, "no_picture", "The page at this address has no picture that can be shown.")
