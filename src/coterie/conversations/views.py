"""Conversations as one person sees them: with the other one, the last message, and what is not read.

Whatever their number, they are read with five statements.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from msgspec.structs import asdict, replace

from coterie.accounts.models import User
from coterie.conversations import queries
from coterie.conversations.models import ChatMessage, Conversation, DirectMessageChannel
from coterie.conversations.queries import Listed, PresentParticipant
from coterie.database.connection import Connection
from coterie.log.versions import own_name
from coterie.messages import pages, unread
from coterie.messages.models import Message, UnreadCount

PAGE_LIMIT: Final = 1_000
"""Conversations that are told at once, the newest; a client asks for more by pages."""

PREVIEW: Final = 200
"""Characters of a preview."""

NOBODY: Final = UUID(int=0)
"""Who wrote a message whose author has no account any more: the messenger's clients need an id."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is read of many conversations at once; all but the recipients by the conversation's id."""

    people: dict[UUID, list[PresentParticipant]]
    recipients: dict[UUID, User]
    last_messages: dict[UUID, Message]
    unread: dict[UUID, int]


async def shown(
    connection: Connection, viewer: UUID, ids: Sequence[UUID], until: int = unread.LATEST
) -> list[Conversation]:
    """These conversations with their messages up to a position; those in which the viewer takes no part are missing."""
    return await _complete(connection, viewer, await queries.listed(connection, viewer, ids, until), until)


async def page(
    connection: Connection, viewer: UUID, before: UUID | None, limit: int, *, hidden: bool
) -> list[Conversation]:
    """A page of somebody's conversations behind the given one, the newest activity first; `hidden` ones too."""
    return await _complete(
        connection, viewer, await queries.page(connection, viewer, before, limit, hidden=hidden), unread.LATEST
    )


async def newest(connection: Connection, viewer: UUID) -> list[Conversation]:
    """All of somebody's conversations, at most PAGE_LIMIT; `counted` says what is not read of them."""
    found = await queries.page(connection, viewer, None, PAGE_LIMIT, hidden=True)
    return await _complete(connection, viewer, found, None)


def counted(conversations: Iterable[Conversation], counts: Iterable[UnreadCount]) -> list[Conversation]:
    """The conversations with what is not read of them."""
    unread_of = {each.channel_id: each.unread_count for each in counts}
    return [replace(each, unread_count=unread_of.get(each.id, 0)) for each in conversations]


async def history(
    connection: Connection, conversation_id: UUID, before: UUID | None, limit: int, offset: int
) -> list[Message]:
    """A page of a conversation's messages, newest first, behind `offset` of them, before one of them if it is given."""
    position = await pages.seq_of(connection, conversation_id, before) if before else unread.LATEST
    return await queries.history(connection, conversation_id, position or 0, limit, offset)


def direct_channels(conversations: Iterable[Conversation]) -> list[DirectMessageChannel]:
    """The direct ones among them that are not hidden, as the community's clients know them."""
    return [direct_channel(each) for each in conversations if each.recipient is not None and not each.is_hidden]


def direct_channel(conversation: Conversation) -> DirectMessageChannel:
    """A direct conversation as the community's clients know it."""
    assert conversation.recipient is not None, "it is direct, and the other one is there"
    return DirectMessageChannel(
        conversation.id, conversation.recipient, conversation.created_at, conversation.last_message_at
    )


def chat_message(message: Message, people: Sequence[PresentParticipant]) -> ChatMessage:
    """A message in the messenger's shape; `people` are those who take part in its conversation."""
    others = [each for each in people if each.participant.user_id != message.author_id]
    return ChatMessage(
        id=message.id,
        conversation_id=message.channel_id,
        sender_id=message.author_id or NOBODY,
        content=message.content,
        message_type={"type": message.type, **(message.type_details or {})},
        timestamp=message.created_at,
        is_read=bool(others) and all(each.read_position >= message.seq for each in others),
        is_delivered=bool(others) and all(each.delivered_position >= message.seq for each in others),
        crdt_timestamp=message.version,
        braid_version=own_name(message.channel_id, message.version),
        braid_parents=[],
        version_vector={"versions": {}},
        deleted=message.deleted,
    )


async def _complete(
    connection: Connection, viewer: UUID, listed: Sequence[Listed], until: int | None
) -> list[Conversation]:
    """What is not read is counted up to a position; without one it is not counted."""
    if not listed:
        return []
    people: dict[UUID, list[PresentParticipant]] = {each.shared.id: [] for each in listed}
    for each in await queries.people(connection, list(people)):
        people[each.conversation_id].append(each)
    recipients = {
        person.participant.user_id
        for each in listed
        if each.shared.is_direct
        for person in people[each.shared.id]
        if person.participant.user_id != viewer
    }
    counts = [] if until is None else await unread.counts(connection, viewer, dict.fromkeys(people, until))
    found = Found(
        people,
        await queries.recipients(connection, viewer, recipients) if recipients else {},
        await queries.last_messages(connection, [each.last_id for each in listed if each.last_id]),
        {each.channel_id: each.unread_count for each in counts},
    )
    return [_conversation(each, viewer, found) for each in listed]


def _conversation(listed: Listed, viewer: UUID, found: Found) -> Conversation:
    shared = listed.shared
    people, last = found.people[shared.id], found.last_messages.get(shared.id)
    others = [each.participant.user_id for each in people if each.participant.user_id != viewer]
    recipient = found.recipients.get(others[0]) if shared.is_direct and others else None
    return Conversation(
        **asdict(shared),
        participants=[each.participant.user_id for each in people],
        people=[each.participant for each in people],
        recipient=recipient,
        other_username=recipient.username if recipient else None,
        last_message=chat_message(last, people) if last else None,
        last_message_preview=preview(last.content) if last else "",
        last_message_time=last.created_at if last else shared.created_at,
        last_message_at=last.created_at if last else None,
        last_seq=last.seq if last else 0,
        unread_count=found.unread.get(shared.id, 0),
        joined_at=listed.joined_at,
        hidden_position=listed.hidden_position,
        is_hidden=listed.is_hidden,
    )


def preview(content: str) -> str:
    """The beginning of a text in one line."""
    line = re.sub(r"\s+", " ", content).strip()
    return line if len(line) <= PREVIEW else line[: PREVIEW - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"
