"""The errors that only this package answers with."""

from coterie.errors import Entry

LAST_ADMIN = Entry(400, "last_admin", "This is the last administrator who can log in. Make someone else one first.")
BOT_ACCOUNT = Entry(400, "bot_account", "This account is a bot. You can disable it; its owner can revoke it.")
