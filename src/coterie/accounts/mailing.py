"""What the actions on accounts send by mail, if the instance sends any: links, and what only their owner may learn.

A link has a random token whose hash is stored. How often links can be sent to one address is limited for all callers
together, since the address may be a stranger's.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from coterie.accounts import email_queries
from coterie.accounts.email_queries import REVERSAL_LIFETIME, VERIFICATION_LIFETIME, FormerEmail
from coterie.accounts.tokens import new_token, token_hash
from coterie.database.connection import Connection
from coterie.http.shared_limits import SharedLimits
from coterie.mail import queries as mail
from coterie.mail.composing import Mail, MailTemplate
from coterie.mail.outbox import MailLink, Outbox
from coterie.security_events.actions import COUNTING
from coterie.security_events.origins import origin
from coterie.settings.mail import MailLanguage


@dataclass(frozen=True, slots=True)
class MailRecipient:
    """An address, the name of its account, and the language in which to write to it."""

    email: str
    username: str
    language: MailLanguage


@dataclass(frozen=True, slots=True)
class Mailing:
    """Sends mails of accounts."""

    outbox: Outbox
    limits: SharedLimits

    async def admit(self, email: str) -> None:
        """Count a link to an address, before a transaction begins. Raises RATE_LIMITED."""
        with COUNTING:
            await self.limits.mail(email)

    def recipient(self, email: str, username: str) -> MailRecipient:
        """Someone who reads the language of the request that is being handled."""
        return MailRecipient(email, username, self.language)

    @property
    def language(self) -> MailLanguage:
        return origin.get().language or self.outbox.default_language

    async def verify(self, connection: Connection, user_id: UUID, to: MailRecipient) -> None:
        """Send a link that verifies an address, even if mail could not be delivered to it before."""
        token = new_token()
        await mail.forget_bounce(connection, to.email)
        await email_queries.begin_verification(connection, user_id, to.email, token_hash(token))
        link = MailLink("verify-email", token, datetime.now(UTC) + VERIFICATION_LIFETIME)
        await send_link(self.outbox, connection, to, "verify_email", link)

    async def announce_change(self, connection: Connection, user_id: UUID, to: MailRecipient) -> None:
        """Tell a former address that it was changed, with a link that brings it back."""
        token = new_token()
        await email_queries.insert_reversal(connection, FormerEmail(user_id, to.email), token_hash(token))
        link = MailLink("not-me", token, datetime.now(UTC) + REVERSAL_LIFETIME)
        await send_link(self.outbox, connection, to, "email_changed", link)


async def send_link(
    outbox: Outbox, connection: Connection, to: MailRecipient, template: MailTemplate, link: MailLink
) -> None:
    """Store a mail with a link, in the caller's transaction."""
    values = {"name": to.username, "time": f"{datetime.now(UTC):%Y-%m-%d %H:%M}"}
    await outbox.put(connection, Mail(to.email, template, to.language, values), link)
