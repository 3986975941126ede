"""The errors that only this package answers with."""

from coterie.errors import Entry

WRONG_EMAIL_TOKEN = Entry(401, "wrong_email_token", "This link is invalid, expired or already used. Ask for a new one.")
