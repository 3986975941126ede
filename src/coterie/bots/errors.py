"""The errors that only this package answers with."""

from coterie.errors import Entry

BOT_REVOKED = Entry(400, "bot_revoked", "This bot was revoked. Create a new one.")
TOO_MANY_BOTS = Entry(400, "too_many_bots", "You've reached the limit of 50 bots, revoked ones included.")
