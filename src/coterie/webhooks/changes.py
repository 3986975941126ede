"""How a webhook appears in the log: in its server's topic, for the server's administrators."""

from coterie.log.append import Change
from coterie.webhooks.models import LoggedWebhook


def change_of(webhook: LoggedWebhook, type: str) -> Change:
    """The change with which the log has a webhook."""
    values = {name: getattr(webhook, name) for name in LoggedWebhook.__struct_fields__}
    return Change(webhook.server_id, f"webhooks/{webhook.id}", type, LoggedWebhook(**values))
