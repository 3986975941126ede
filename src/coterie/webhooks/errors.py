"""The errors that only this package answers with."""

from coterie.errors import Entry

TOO_MANY_WEBHOOKS = Entry(
    400, "too_many_webhooks", "This server has reached its webhook limit. Delete a webhook first."
)
