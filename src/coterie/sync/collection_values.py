"""A whole collection, as clients fetch it: every key with its value, the same for every viewer who may see it.

Here are the keys without which a topic would not be what it is; packages declare further ones (`permissions/keys.py`).
"""

from dataclasses import dataclass
from uuid import UUID

import msgspec
from msgspec.structs import asdict

from coterie import errors
from coterie.accounts import queries as accounts
from coterie.accounts import session_queries
from coterie.conversations import queries as conversations
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.messages import pages, read_marks
from coterie.messages.parts import with_parts
from coterie.messages.receipts import receipts_of
from coterie.permissions.keys import Collections, Extract
from coterie.servers import queries as servers
from coterie.servers.models import Server
from coterie.voice import call_queries


@dataclass(frozen=True, slots=True)
class View:
    """What a viewer sees of a server: the channels that they may view, and the restricted kinds of keys."""

    channels: frozenset[UUID]
    restricted: frozenset[str]


async def participants(connection: Connection, *, collections: Collections, conversation_id: UUID) -> dict[str, object]:
    """A conversation with its participants, how far its messages have reached them, its call, and who is in it."""
    conversation = await conversations.conversation(connection, conversation_id)
    if conversation is None:
        raise CoterieError(errors.NOT_FOUND)
    people = await conversations.participants(connection, conversation_id)
    reached = await receipts_of(connection, conversation_id)
    call = await call_queries.call(connection, conversation_id)
    return {
        "conversation": conversation,
        **({"call": call} if call else {}),
        **{f"participants/{each.user_id}": each for each in people},
        **{f"receipts/{each.user_id}": each for each in reached},
        **await collections.read(connection, "conversation", Extract(conversation_id, [conversation_id])),
    }


async def messages(connection: Connection, *, channel_id: UUID, limit: int) -> dict[str, object]:
    """The newest messages, in threads too, without deleted ones. Clients that had a message receive its tombstone."""
    newest = await pages.newest_of_all(connection, channel_id, limit)
    return {str(message.id): message for message in await with_parts(connection, newest, None)}


async def structure(
    connection: Connection, *, collections: Collections, server_id: UUID, view: View
) -> dict[str, object]:
    """What a member may know of the server."""
    server = await servers.server(connection, server_id)
    if server is None:
        raise CoterieError(errors.NOT_FOUND)
    extract = Extract(server_id, view.channels)
    return {
        "server": msgspec.convert(asdict(server), Server),
        **await collections.read(connection, "server", extract, view.restricted),
    }


async def own_data(connection: Connection, *, collections: Collections, user_id: UUID) -> dict[str, object]:
    sessions = await session_queries.sessions(connection, user_id, user_id)  # none is marked as the current one
    joined = await servers.memberships_of(connection, user_id)
    return {
        "profile": await accounts.user(connection, user_id),
        **{f"servers/{membership.id}": membership for membership in joined},
        **{f"conversations/{each.id}": each for each in await conversations.participations_of(connection, user_id)},
        **{f"sessions/{session.id}": session for session in sessions},
        **{f"read_marks/{mark.channel_id}": mark for mark in await read_marks.marks_of(connection, user_id)},
        **await collections.read(connection, "user", Extract(user_id)),
    }
