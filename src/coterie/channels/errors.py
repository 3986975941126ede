"""The errors that only this package answers with."""

from coterie.errors import Entry

TOO_MANY_CHANNELS = Entry(
    400, "too_many_channels", "This server has reached its channel limit. Delete a channel first."
)
NO_USER_LIMIT = Entry(400, "no_user_limit", "Only voice channels have a user limit.")
TOO_MANY_OVERRIDES = Entry(
    400,
    "too_many_overrides",
    "This channel or its server has reached its limit of permission overrides. Remove one first.",
)
