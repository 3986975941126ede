"""A whole collection, as clients fetch it: every key with its value, the same for every viewer who may see it."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import asdict

from coterie import errors
from coterie.accounts import queries as accounts
from coterie.accounts import session_queries
from coterie.automod.actions import KEY as AUTOMOD
from coterie.bots import queries as bots
from coterie.channels import queries as channels
from coterie.conversations import queries as conversations
from coterie.database.connection import Connection
from coterie.documents import queries as documents
from coterie.emojis import queries as emojis
from coterie.errors import CoterieError
from coterie.friends import privacy
from coterie.friends import queries as friends
from coterie.friends.models import Block
from coterie.invites import queries as invites
from coterie.log.read import logged
from coterie.messages import pages, read_marks
from coterie.messages.parts import with_parts
from coterie.messages.receipts import receipts_of
from coterie.moderation import queries as moderation
from coterie.notifications import queries as notifications
from coterie.reports import announcing as reported
from coterie.roles import queries as role_queries
from coterie.servers import queries as servers
from coterie.servers.models import Server
from coterie.voice import call_queries
from coterie.voice import queries as voice
from coterie.webhooks import queries as webhooks

LOGGED: Final = (AUTOMOD, reported.QUEUE)
"""Keys of a server whose value is only in its log."""


async def participants(connection: Connection, *, conversation_id: UUID) -> dict[str, object]:
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
        **await _voice(connection, [conversation_id]),
        **await _documents(connection, [conversation_id]),
    }


async def messages(connection: Connection, *, channel_id: UUID, limit: int) -> dict[str, object]:
    """The newest messages, in threads too, without deleted ones. Clients that had a message receive its tombstone."""
    newest = await pages.newest_of_all(connection, channel_id, limit)
    return {str(message.id): message for message in await with_parts(connection, newest, None)}


async def structure(
    connection: Connection, *, server_id: UUID, visible: frozenset[UUID], restricted: frozenset[str]
) -> dict[str, object]:
    """What a member may know of the server: one who may view these channels and receives these restricted kinds."""
    server = await servers.server(connection, server_id)
    if server is None:
        raise CoterieError(errors.NOT_FOUND)
    return {
        "server": msgspec.convert(asdict(server), Server),
        **{
            f"channels/{channel.id}": channel
            for channel in await channels.channels(connection, server_id)
            if channel.id in visible
        },
        **{f"roles/{role.id}": role for role in await role_queries.roles(connection, server_id)},
        **{
            f"overrides/{override.id}": override
            for override in await role_queries.overrides(connection, server_id)
            if override.channel_id in visible
        },
        **{f"emojis/{emoji.id}": emoji for emoji in await emojis.emojis(connection, server_id)},
        **await _voice(connection, visible),
        **await _documents(connection, visible),
        **{f"members/{member.user_id}": member for member in await servers.every_member(connection, server_id)},
        **(await _invites(connection, server_id) if "invites" in restricted else {}),
        **(await _bans(connection, server_id) if "bans" in restricted else {}),
        **(await _webhooks(connection, server_id) if "webhooks" in restricted else {}),
        **await logged(connection, server_id, [kind for kind in LOGGED if kind in restricted]),
    }


async def _voice(connection: Connection, channels: Iterable[UUID]) -> dict[str, object]:
    """Who is in the calls of these channels, and who is sharing something."""
    among = list(channels)
    return {
        **{
            f"voice_states/{state.channel_id}/{state.user_id}": state
            for state in await voice.states_in(connection, among)
        },
        **{f"go_live/{live.channel_id}": live for live in await voice.live_in(connection, among)},
    }


async def _documents(connection: Connection, channels: Iterable[UUID]) -> dict[str, object]:
    """The documents of these channels as last announced; not every edit is announced."""
    logged = await documents.logged_in(connection, list(channels))
    return {key: msgspec.Raw(data.encode()) for key, data in logged.items()}


async def _invites(connection: Connection, server_id: UUID) -> dict[str, object]:
    return {f"invites/{invite.id}": invite for invite in await invites.invites(connection, server_id)}


async def _bans(connection: Connection, server_id: UUID) -> dict[str, object]:
    return {f"bans/{ban.user_id}": ban for ban in await moderation.every_ban(connection, server_id)}


async def _webhooks(connection: Connection, server_id: UUID) -> dict[str, object]:
    return {f"webhooks/{webhook.id}": webhook for webhook in await webhooks.logged(connection, server_id)}


async def own_data(connection: Connection, *, user_id: UUID) -> dict[str, object]:
    sessions = await session_queries.sessions(connection, user_id, user_id)  # none is marked as the current one
    joined = await servers.memberships_of(connection, user_id)
    return {
        "profile": await accounts.user(connection, user_id),
        **(await _relations(connection, user_id)),
        "privacy": await privacy.privacy(connection, user_id),
        **{f"servers/{membership.id}": membership for membership in joined},
        **{f"conversations/{each.id}": each for each in await conversations.participations_of(connection, user_id)},
        **{f"sessions/{session.id}": session for session in sessions},
        **{f"bots/{bot.id}": bot for bot in await bots.bots(connection, user_id)},
        **{f"read_marks/{mark.channel_id}": mark for mark in await read_marks.marks_of(connection, user_id)},
        **{
            f"notification_levels/{level.place_id}": level
            for level in await notifications.levels_of(connection, user_id)
        },
        **await logged(connection, user_id, [reported.ANSWER, reported.INSTANCE]),
    }


async def _relations(connection: Connection, user_id: UUID) -> dict[str, object]:
    """Friends, open requests, and the users whom this user blocks."""
    blocks = await friends.blocks(connection, user_id)
    return {
        **{f"contacts/{friend.id}": friend for friend in await friends.friends(connection, user_id)},
        **{f"friend_requests/{request.id}": request for request in await friends.pending(connection, user_id)},
        **{f"blocks/{block.user_id}": Block(block.user_id, block.username, block.created_at) for block in blocks},
    }
