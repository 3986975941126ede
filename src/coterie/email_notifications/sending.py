"""Mails users what they missed: a job for each user, some time after the first message that they missed.

What they have read since is left out, and so is what they can no longer view. If nothing is left, or they are
connected, no mail is sent. The texts of messages are read when a mail is sent, and kept nowhere else.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid5

import structlog

from coterie.email_notifications import queries
from coterie.email_notifications.models import FIRST, PAUSES
from coterie.email_notifications.queries import MailedUser, MissedMessage
from coterie.email_notifications.unsubscribing import Unsubscribing
from coterie.jobs.attempt import JobAttempt
from coterie.jobs.models import JobKind
from coterie.mail.composing import Mail, MailQuote
from coterie.mail.outbox import Outbox
from coterie.mail.smtp import MailRefusedError
from coterie.permissions.context import ActionContext

log = structlog.get_logger(__name__)

QUOTED: Final = 20
"""Messages that a mail quotes; of more, the newest."""

EXCERPT_LENGTH: Final = 300

MISSED: Final = JobKind(
    name="missed_messages", payload=UUID, at_once=4, timeout=timedelta(minutes=5), queue_limit=100_000, attempts=None
)
"""It is never given up, or a user would get no more of these mails until the failed job is gone."""


class MissedMail:
    """Sends the mails about missed messages."""

    def __init__(self, context: ActionContext, outbox: Outbox, unsubscribing: Unsubscribing, public_url: str) -> None:
        self._context: Final = context
        self._outbox: Final = outbox
        self._unsubscribing: Final = unsubscribing
        self._public_url: Final = public_url

    async def send(self, attempt: JobAttempt[UUID]) -> None:
        """Send one, if there is a reason left to. What the SMTP server refuses for good is not tried again."""
        user_id, database = attempt.payload, self._context.database
        pending = await queries.missed_ids(database, user_id)
        user = await queries.mailed_user(database, user_id)
        quoted = await self._visible(user_id, pending) if user else []
        if user and quoted:
            id = uuid5(user_id, str(quoted[-1].message_id))  # the same mail has the same one at each attempt
            try:
                await self._outbox.deliver(database, id, self._mail(user_id, user, quoted))
            except MailRefusedError as refused:
                log.warning("email_notifications.refused", user_id=user_id, reason=str(refused))
        async with attempt.transaction() as connection:
            await queries.wait_for_writers(connection, user_id)
            has_more = await queries.delete(connection, user_id, pending)
            pause = PAUSES[user.frequency] if user else FIRST["soon"]
            await attempt.finish(connection, pause if has_more or quoted else None)

    async def _visible(self, user_id: UUID, pending: Sequence[UUID]) -> list[MissedMessage]:
        """The newest of these messages that a user has not read since, where they can view them now."""
        found = await queries.missed(self._context.database, user_id, pending, QUOTED)
        channels = list({each.channel_id for each in found})
        judged = await self._context.permissions.judge(self._context.database, [(each, user_id) for each in channels])
        visible = {channel for channel, authority in zip(channels, judged, strict=True) if authority is not None}
        return [each for each in found if each.channel_id in visible]

    def _mail(self, user_id: UUID, user: MailedUser, quoted: list[MissedMessage]) -> Mail:
        return Mail(
            user.email,
            "missed_messages",
            user.language or self._outbox.default_language,
            {"name": user.username},
            self._public_url,
            quotes=[self._quote(each) for each in quoted],
            unsubscribe=self._unsubscribing.token(user_id),
        )

    def _quote(self, message: MissedMessage) -> MailQuote:
        place = f"#{message.place}" if message.server_id else message.place
        heading = " · ".join(each for each in (message.author, place, message.server) if each)
        home = f"s/{message.server_id}/{message.channel_id}" if message.server_id else f"c/{message.channel_id}"
        return MailQuote(heading, _excerpt(message.content), f"{self._public_url}/#/{home}/m/{message.message_id}")


def _excerpt(content: str) -> str:
    """The beginning of a text; a message can also have none, but files."""
    text = " ".join(content.split())
    return text if len(text) <= EXCERPT_LENGTH else text[: EXCERPT_LENGTH - 1].rstrip() + "…"
