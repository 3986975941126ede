"""Conversations as one user sees them: with the other user, the last message and the unread count.

Any number of them is read with five SQL statements.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from msgspec.structs import asdict, replace

from coterie.accounts.models import User
from coterie.conversations import history_queries, queries
from coterie.conversations.models import ChatMessage, Conversation, DirectMessageChannel, HistoryPage
from coterie.conversations.queries import ListedConversation, PresentParticipant
from coterie.database.connection import Connection
from coterie.log.versions import Lineage, own_name
from coterie.messages import pages, unread
from coterie.messages.models import Message, UnreadCount

PAGE_LIMIT: Final = 1_000
"""The newest conversations, sent at once; a client requests more in pages."""

PREVIEW: Final = 200
"""Characters of a preview."""

UNKNOWN: Final = ("poll", "event")
"""Types of messages which the messenger's clients do not know: they show the text."""

NOBODY: Final = UUID(int=0)
"""The author of a message whose account is deleted: the messenger's clients need an id."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The data of many conversations; everything except the recipients is by conversation id."""

    people: dict[UUID, list[PresentParticipant]]
    recipients: dict[UUID, User]
    last_messages: dict[UUID, tuple[Message, Lineage]]
    unread: dict[UUID, int]


async def shown(
    connection: Connection, viewer: UUID, ids: Sequence[UUID], until: int = unread.LATEST
) -> list[Conversation]:
    """These conversations with their messages up to a position, without those that the viewer takes no part in."""
    return await _complete(connection, viewer, await queries.listed(connection, viewer, ids, until), until)


async def page(
    connection: Connection, viewer: UUID, before: UUID | None, limit: int, *, hidden: bool
) -> list[Conversation]:
    """A page of a user's conversations after the given one, newest activity first; with `hidden`, hidden ones too."""
    return await _complete(
        connection, viewer, await queries.page(connection, viewer, before, limit, hidden=hidden), unread.LATEST
    )


async def newest(connection: Connection, viewer: UUID) -> list[Conversation]:
    """A user's newest conversations, at most PAGE_LIMIT; `counted` adds the unread counts."""
    found = await queries.page(connection, viewer, None, PAGE_LIMIT, hidden=True)
    return await _complete(connection, viewer, found, None)


def counted(conversations: Iterable[Conversation], counts: Iterable[UnreadCount]) -> list[Conversation]:
    """The conversations with their unread counts."""
    unread_of = {each.channel_id: each.unread_count for each in counts}
    return [replace(each, unread_count=unread_of.get(each.id, 0)) for each in conversations]


async def history(connection: Connection, page: HistoryPage) -> list[tuple[Message, Lineage]]:
    """A page of a conversation's messages, newest first, with the versions that their clients gave them."""
    position = await pages.seq_of(connection, page.conversation_id, page.before) if page.before else unread.LATEST
    return await history_queries.history(connection, page, position or 0)


def direct_channels(conversations: Iterable[Conversation]) -> list[DirectMessageChannel]:
    """The direct conversations that are not hidden, in the format of the community's clients."""
    return [direct_channel(each) for each in conversations if each.recipient is not None and not each.is_hidden]


def direct_channel(conversation: Conversation) -> DirectMessageChannel:
    """A direct conversation in the format of the community's clients."""
    assert conversation.recipient is not None, "it is direct, and the other one is there"
    return DirectMessageChannel(
        conversation.id, conversation.recipient, conversation.created_at, conversation.last_message_at
    )


def chat_message(message: Message, people: Sequence[PresentParticipant], lineage: Lineage | None = None) -> ChatMessage:
    """A message in the messenger's format; `people` are the participants of its conversation.

    Without its lineage it has the server's own version id, which is valid too, and no parents.
    """
    version, parents = lineage or (own_name(message.channel_id, message.version), [])
    others = [each for each in people if each.participant.user_id != message.author_id]
    return ChatMessage(
        id=message.id,
        conversation_id=message.channel_id,
        sender_id=message.author_id or NOBODY,
        content=message.content,
        message_type={"type": "text" if message.type in UNKNOWN else message.type, **(message.type_details or {})},
        timestamp=message.created_at,
        is_read=bool(others) and all(each.read_position >= message.seq for each in others),
        is_delivered=bool(others) and all(each.delivered_position >= message.seq for each in others),
        crdt_timestamp=message.version,
        braid_version=version,
        braid_parents=parents,
        version_vector={"versions": {}},
        deleted=message.deleted,
    )


async def _complete(
    connection: Connection, viewer: UUID, listed: Sequence[ListedConversation], until: int | None
) -> list[Conversation]:
    """Unread messages are counted up to the position, if it is given."""
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
    found = Gathered(
        people,
        await queries.recipients(connection, viewer, recipients) if recipients else {},
        await history_queries.last_messages(connection, [each.last_id for each in listed if each.last_id], viewer),
        {each.channel_id: each.unread_count for each in counts},
    )
    return [_conversation(each, viewer, found) for each in listed]


def _conversation(listed: ListedConversation, viewer: UUID, found: Gathered) -> Conversation:
    shared = listed.shared
    people = found.people[shared.id]
    last, lineage = found.last_messages.get(shared.id, (None, None))
    others = [each.participant.user_id for each in people if each.participant.user_id != viewer]
    recipient = found.recipients.get(others[0]) if shared.is_direct and others else None
    return Conversation(
        **asdict(shared),
        participants=[each.participant.user_id for each in people],
        people=[each.participant for each in people],
        recipient=recipient,
        other_username=recipient.username if recipient else None,
        last_message=chat_message(last, people, lineage) if last else None,
        last_message_preview=preview(last.content) if last else "",
        last_message_time=last.created_at if last else shared.created_at,
        last_message_at=last.created_at if last else None,
        last_seq=last.seq if last else 0,
        unread_count=found.unread.get(shared.id, 0),
        joined_at=listed.joined_at,
        hidden_position=listed.hidden_position,
        is_hidden=listed.is_hidden,
        call=listed.call,
    )


def preview(content: str) -> str:
    """The beginning of a text as one line."""
    line = re.sub(r"\s+", " ", content).strip()
    return line if len(line) <= PREVIEW else line[: PREVIEW - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"
