"""The errors that only this package answers with."""

from coterie.errors import Entry

TOO_MANY_ACCESS_TOKENS = Entry(
    400, "too_many_access_tokens", "You've reached the limit of 50 access tokens. Revoke one first."
)
