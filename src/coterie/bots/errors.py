"""The errors that only this package answers with."""

from coterie.errors import Entry

BOTS_ONLY = Entry(403, "bots_only", "Only bots can do that, with their token.")
BOT_REVOKED = Entry(400, "bot_revoked", "This bot was revoked. Create a new one.")
TOO_MANY_BOTS = Entry(400, "too_many_bots", "You've reached the limit of 50 bots, revoked ones included.")
