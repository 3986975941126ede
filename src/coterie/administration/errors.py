"""The errors that only this package answers with."""

from coterie.errors import Entry

BOT_ACCOUNT = Entry(400, "bot_account", "This account is a bot. You can disable it; its owner can revoke it.")
