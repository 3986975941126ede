"""Reads the log, and decides whom each new message has notified while they were not connected.

The decision is that of all notifications (`notifications/deciding.py`). What is mailed of it are mentions and the
messages of conversations. Whether users can view the channel is checked when they are mailed.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from coterie.database.connection import OneConnection
from coterie.email_notifications import queries
from coterie.email_notifications.models import FIRST, EmailFrequency
from coterie.email_notifications.sending import MISSED
from coterie.jobs.actions import enqueue
from coterie.jobs.consumers import Consumer, TopicBatch
from coterie.log.event import Event
from coterie.notifications.deciding import MessageNews, reason

OLDEST: Final = timedelta(days=1)
"""Older messages are not mailed: the reader was off, or they were imported."""

PAUSE: Final = 5.0
TURN: Final = 500
"""Decisions between which others get their turn."""


class SentMessage(msgspec.Struct, frozen=True):
    """What the log says of a message that decides whom it notifies."""

    id: UUID
    seq: int
    created_at: datetime
    author_id: UUID | None = None
    type: str = "text"
    thread_id: UUID | None = None
    mention_user_ids: frozenset[UUID] = frozenset()
    mention_role_ids: frozenset[UUID] = frozenset()
    mention_everyone: bool = False
    mention_here: bool = False
    deleted: bool = False

    @property
    def news(self) -> MessageNews:
        return MessageNews(
            self.author_id,
            is_system=self.type == "system",
            is_reply_in_thread=self.thread_id is not None,
            users=self.mention_user_ids,
            roles=self.mention_role_ids,
            everyone=self.mention_everyone,
            here=self.mention_here,
        )


async def decide(connection: OneConnection, batch: TopicBatch) -> None:
    """Store who missed which message, and that they are to be mailed."""
    now = datetime.now(UTC)
    found = (msgspec.json.decode(event.data, type=SentMessage) for event in batch.events if _is_message(event))
    sent = {
        each.seq: each
        for each in found
        if each.seq > batch.after and not each.deleted and now - each.created_at < OLDEST
    }
    if not sent:
        return
    candidates = await queries.candidates(connection, batch.topic, list(sent))
    missed: list[tuple[UUID, UUID]] = []
    frequencies: dict[UUID, EmailFrequency] = {}
    for start in range(0, len(candidates), TURN):
        for seq, frequency, recipient in candidates[start : start + TURN]:
            why = reason(sent[seq].news, recipient, now)
            if why == "mention" or (why and batch.kind == "conversation"):
                missed.append((recipient.user_id, sent[seq].id))
                frequencies[recipient.user_id] = frequency
        await asyncio.sleep(0)
    if missed:
        await queries.insert(connection, missed)
        await enqueue(connection, *(MISSED.job(str(user), user, FIRST[each]) for user, each in frequencies.items()))


def _is_message(event: Event) -> bool:
    """The log of a conversation also has its participants, receipts and calls."""
    return event.key.count("-") == 4 and "/" not in event.key


DECIDING: Final = Consumer("email_notifications", frozenset({"channel", "conversation"}), decide, PAUSE)
