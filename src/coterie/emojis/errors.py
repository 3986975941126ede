"""The errors that only this package answers with."""

from coterie.errors import Entry

EMOJI_NAME_TAKEN = Entry(400, "emoji_name_taken", "This server already has an emoji with that name.")
TOO_MANY_EMOJIS = Entry(400, "too_many_emojis", "This server has reached its emoji limit. Delete an emoji first.")
