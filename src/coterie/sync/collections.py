"""Every topic as a keyed collection: an object whose keys are ids, and whose values are what the log keeps.

Here an address becomes a topic, together with the right to follow it: `find` loads the one with the other, and names
the removals that end the right. A value is the same for every viewer, in the snapshot as in the log, so that snapshot
plus changes equals a later snapshot.
"""

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec.structs import asdict

from coterie import errors
from coterie.accounts import queries as accounts
from coterie.accounts.models import Viewer
from coterie.channels import queries as channels
from coterie.conversations import queries as conversations
from coterie.conversations.receipts import receipts_of
from coterie.database.connection import Connection
from coterie.documents import queries as documents
from coterie.emojis import queries as emojis
from coterie.errors import CoterieError
from coterie.friends import privacy
from coterie.friends import queries as friends
from coterie.friends.models import Block
from coterie.invites import queries as invites
from coterie.log import versions
from coterie.messages import pages, read_marks
from coterie.messages.actions import with_reactions
from coterie.moderation import queries as moderation
from coterie.notifications import queries as notifications
from coterie.permissions import queries as permissions
from coterie.permissions.rights import Seen
from coterie.servers import queries as servers
from coterie.servers.models import Server
from coterie.services import Services
from coterie.sync.hearing import restricted
from coterie.voice import queries as voice

MESSAGES: Final = 50
MESSAGES_LIMIT: Final = 1_000
"""Messages of one snapshot, when not asked otherwise and at most."""

ID: Final = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
ADDRESS: Final = re.compile(
    rf"/sync/(?:(?P<place>channel|conversation)s/(?P<place_id>{ID})/messages(?:/(?P<message_id>{ID}))?"
    rf"|conversations/(?P<conversation_id>{ID})|servers/(?P<server_id>{ID})|me)"
)

Kind: TypeAlias = Literal["channel", "conversation", "participants", "server", "me"]
"""What a collection is of: messages of a channel or conversation, who takes part in one, a server, the own affairs."""

Values: TypeAlias = Callable[[Connection], Awaitable[dict[str, object]]]


@dataclass(frozen=True, slots=True)
class Target:
    """What an address means: a collection, or with `message_id` one of its values. `limit` bounds a snapshot."""

    kind: Kind
    id: UUID
    message_id: UUID | None
    limit: int


@dataclass(frozen=True, slots=True)
class Collection:
    """A topic that a viewer may follow.

    `endings` are the keys, each with its topic, whose removal ends the right to it; `values` reads the whole object,
    of whose topic it has the keys that it `takes`.
    `seen` is what the viewer may do in its server, if it is of one; `visible` the channels that they could view, and
    `restricted` the kinds that not everybody hears of but they did. `channel` is the channel or conversation whose
    rights count, if it is one's.
    """

    topic: UUID
    endings: frozenset[tuple[UUID, str]]
    values: Values
    seen: Seen | None = None
    visible: frozenset[UUID] = frozenset()
    restricted: frozenset[str] = frozenset()
    takes: Callable[[str], bool] = lambda key: True
    channel: UUID | None = None

    @property
    def home(self) -> UUID | None:
        """The server that it is of."""
        return self.seen.structure.server_id if self.seen and self.seen.structure else None

    @property
    def conversation(self) -> UUID | None:
        """The conversation that it is of."""
        return self.channel if self.seen is None else None

    @property
    def topics(self) -> frozenset[UUID]:
        """What has to be listened to: the collection, and where losing it would be told."""
        return frozenset({self.topic, *(topic for topic, _ in self.endings)})

    def name(self, position: int) -> str:
        """The server's own version id of a position."""
        return versions.own_name(self.topic, position)

    def position(self, name: str) -> int | None:
        """The position that a version id of the server's own means; None if it is none of this topic."""
        number, _, tag = name.partition("@")
        is_own = tag == self.topic.hex[-12:] and number.isascii() and number.isdigit() and len(number) <= 18
        return int(number) if is_own else None


def target(path: str, limit: str | None, viewer: Viewer) -> Target:
    """What an address means to this viewer; raises NOT_FOUND, or INVALID for a limit that is no number."""
    found = ADDRESS.fullmatch(path)
    if found is None:
        raise CoterieError(errors.NOT_FOUND)
    if limit is not None and not re.fullmatch("[0-9]{1,9}", limit):
        raise CoterieError(errors.INVALID, "limit: a number of messages", fields={"limit": "a number of messages"})
    size = min(max(int(limit or MESSAGES), 1), MESSAGES_LIMIT)
    if found["place"]:
        message_id = UUID(found["message_id"]) if found["message_id"] else None
        kind: Kind = "channel" if found["place"] == "channel" else "conversation"
        return Target(kind, UUID(found["place_id"]), message_id, size)
    if found["conversation_id"]:
        return Target("participants", UUID(found["conversation_id"]), None, size)
    if found["server_id"]:
        return Target("server", UUID(found["server_id"]), None, size)
    return Target("me", viewer.user_id, None, size)


async def find(services: Services, viewer: Viewer, target: Target) -> Collection:
    """The collection, if the viewer may follow it at this moment; NOT_FOUND otherwise."""
    own = viewer.user_id
    session = (own, f"sessions/{viewer.session_id}")
    if target.kind == "me":
        return Collection(own, frozenset({session}), partial(_affairs, user_id=own))
    if target.kind == "server":
        seen = await services.rights.in_server(services.database, target.id, own)
        visible = seen.visible_channels
        endings = frozenset({session, (own, f"servers/{target.id}"), (target.id, f"members/{own}")})
        told = restricted(seen)
        values = partial(_structure, server_id=target.id, visible=visible, told=told)
        return Collection(target.id, endings, values, seen, visible, told)
    seen = await services.rights.in_channel(services.database, target.id, own)
    place = seen.place
    assert place is not None, "it was asked for"
    if (place.server_id is None) != (target.kind in ("conversation", "participants")):
        raise CoterieError(errors.NOT_FOUND)
    messages = partial(_messages, channel_id=place.id, limit=target.limit)
    if place.server_id is None:
        endings = frozenset({session, (own, f"conversations/{place.id}"), (place.id, f"participants/{own}")})
        if target.kind == "conversation":
            return Collection(place.id, endings, messages, takes=_is_of_message, channel=place.id)
        values = partial(_participants, conversation_id=place.id)
        return Collection(place.id, endings, values, takes=lambda key: not _is_of_message(key), channel=place.id)
    membership = {(own, f"servers/{place.server_id}"), (place.server_id, f"members/{own}")}
    endings = frozenset({session, *membership, (place.server_id, f"channels/{place.id}")})
    return Collection(place.id, endings, messages, seen, channel=place.id)


def _is_of_message(key: str) -> bool:
    """Whether a key of a conversation's topic is a message's id."""
    return re.fullmatch(ID, key) is not None


async def _participants(connection: Connection, *, conversation_id: UUID) -> dict[str, object]:
    """A conversation, who takes part in it, how far its messages have reached them, and who talks."""
    conversation = await conversations.conversation(connection, conversation_id)
    if conversation is None:
        raise CoterieError(errors.NOT_FOUND)
    people = await conversations.participants(connection, conversation_id)
    reached = await receipts_of(connection, conversation_id)
    return {
        "conversation": conversation,
        **{f"participants/{each.user_id}": each for each in people},
        **{f"receipts/{each.user_id}": each for each in reached},
        **await _voice(connection, [conversation_id]),
        **await _documents(connection, [conversation_id]),
    }


async def _messages(connection: Connection, *, channel_id: UUID, limit: int) -> dict[str, object]:
    """The newest messages that stand, in threads too. A deleted one is told as its tombstone to those who had it."""
    newest = await pages.newest_of_all(connection, channel_id, limit)
    return {str(message.id): message for message in await with_reactions(connection, newest, None)}


async def _structure(
    connection: Connection, *, server_id: UUID, visible: frozenset[UUID], told: frozenset[str]
) -> dict[str, object]:
    """What a member who may view these channels, and is told of these restricted kinds, may know of the server."""
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
        **{f"roles/{role.id}": role for role in await permissions.roles(connection, server_id)},
        **{
            f"overrides/{override.id}": override
            for override in await permissions.overrides(connection, server_id)
            if override.channel_id in visible
        },
        **{f"emojis/{emoji.id}": emoji for emoji in await emojis.emojis(connection, server_id)},
        **await _voice(connection, visible),
        **await _documents(connection, visible),
        **{f"members/{member.user_id}": member for member in await servers.every_member(connection, server_id)},
        **(await _invites(connection, server_id) if "invites" in told else {}),
        **(await _bans(connection, server_id) if "bans" in told else {}),
    }


async def _voice(connection: Connection, channels: Iterable[UUID]) -> dict[str, object]:
    """Who talks in these channels, and who shows something."""
    among = list(channels)
    return {
        **{
            f"voice_states/{state.channel_id}/{state.user_id}": state
            for state in await voice.states_in(connection, among)
        },
        **{f"go_live/{live.channel_id}": live for live in await voice.live_in(connection, among)},
    }


async def _documents(connection: Connection, channels: Iterable[UUID]) -> dict[str, object]:
    """The documents of these channels as they were told last, which is not with each edit."""
    told = await documents.told_in(connection, list(channels))
    return {key: msgspec.Raw(data.encode()) for key, data in told.items()}


async def _invites(connection: Connection, server_id: UUID) -> dict[str, object]:
    return {f"invites/{invite.id}": invite for invite in await invites.invites(connection, server_id)}


async def _bans(connection: Connection, server_id: UUID) -> dict[str, object]:
    return {f"bans/{ban.user_id}": ban for ban in await moderation.every_ban(connection, server_id)}


async def _affairs(connection: Connection, *, user_id: UUID) -> dict[str, object]:
    sessions = await accounts.sessions(connection, user_id, user_id)  # nobody's current one: alike for every viewer
    joined = await servers.memberships_of(connection, user_id)
    return {
        "profile": await accounts.user(connection, user_id),
        **(await _company(connection, user_id)),
        "privacy": await privacy.privacy(connection, user_id),
        **{f"servers/{membership.id}": membership for membership in joined},
        **{f"conversations/{each.id}": each for each in await conversations.participations_of(connection, user_id)},
        **{f"sessions/{session.id}": session for session in sessions},
        **{f"read_marks/{mark.channel_id}": mark for mark in await read_marks.marks_of(connection, user_id)},
        **{
            f"notification_levels/{level.place_id}": level
            for level in await notifications.levels_of(connection, user_id)
        },
    }


async def _company(connection: Connection, user_id: UUID) -> dict[str, object]:
    """Friends, open requests, and whom one blocks."""
    blocks = await friends.blocks(connection, user_id)
    return {
        **{f"contacts/{friend.id}": friend for friend in await friends.friends(connection, user_id)},
        **{f"friend_requests/{request.id}": request for request in await friends.pending(connection, user_id)},
        **{f"blocks/{block.user_id}": Block(block.user_id, block.username, block.created_at) for block in blocks},
    }
