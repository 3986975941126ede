"""Tells the owner of an account by mail what happened to it, in the transaction that records it.

Only a verified address gets notices. A full outbox costs the notice, never what it is about.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

from coterie.database.connection import Connection
from coterie.jobs.actions import QueueFullError
from coterie.mail.composing import Mail, MailTemplate
from coterie.mail.outbox import Outbox
from coterie.security_events import queries
from coterie.security_events.models import SecurityEvent, SecurityEventType
from coterie.security_events.origins import RequestOrigin

NOTICES: Final[dict[SecurityEventType, MailTemplate]] = {
    "auth.login": "new_login",
    "auth.password_changed": "password_changed",
    "auth.reset_used": "password_changed",
    "auth.second_factor_enabled": "second_factor_enabled",
    "auth.second_factor_removed": "second_factor_removed",
    "auth.recovery_codes_made": "recovery_codes_made",
    "auth.passkey_added": "passkey_added",
    "auth.passkey_removed": "passkey_removed",
    "auth.deletion_requested": "deletion_requested",
    "auth.export_requested": "export_requested",
}
"""Which events have a notice. The former address learns of a change by another mail, with a link that undoes it."""


async def notify(
    connection: Connection, outbox: Outbox, here: RequestOrigin, events: Sequence[SecurityEvent], now: datetime
) -> None:
    """Store the notices of events; of logins, only those on a device that the account did not know."""
    for event in events:
        template = NOTICES.get(event.type)
        if template is None or event.account_id is None or (event.type == "auth.login" and not event.is_new_device):
            continue
        owner = await queries.notified(connection, event.account_id)
        if owner is not None:
            details = {name: str(value) for name, value in event.details.items()}
            values = {**details, "name": owner.username, "time": f"{now:%Y-%m-%d %H:%M}", "address": here.address}
            language = here.language or outbox.default_language
            with suppress(QueueFullError):
                await outbox.put(connection, Mail(owner.email, template, language, values))
