"""Loads voice channels and the calls of conversations, together with what a user may do in them.

None of the fifteen permissions is for moving or disconnecting users. Both silence a user where they are, so they need
MUTE_MEMBERS and a higher rank, and the moved user must be allowed to join the other channel. A user with
MANAGE_CHANNELS may enter a full channel, since they could raise the limit. Without SPEAK, users are muted, and cannot
show a camera or a screen.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.log.append import lock
from coterie.permissions.authority import Authority
from coterie.permissions.bits import Permission
from coterie.permissions.cache import PermissionCache
from coterie.permissions.models import Place
from coterie.voice import queries
from coterie.voice.errors import NOT_A_VOICE_CHANNEL, NOT_IN_VOICE
from coterie.voice.models import VoiceState


@dataclass(frozen=True, slots=True)
class SeenVoice:
    """A voice channel or a conversation, its user limit, and what a user may do in it."""

    place: Place
    user_limit: int | None
    authority: Authority

    @property
    def topic(self) -> UUID:
        """The topic of its voice states: its server, or the conversation itself."""
        return self.place.server_id or self.place.id

    @property
    def may_connect(self) -> bool:
        return self.authority.may(Permission.CONNECT_VOICE)

    @property
    def may_speak(self) -> bool:
        return self.authority.may(Permission.SPEAK)


async def authority(permissions: PermissionCache, connection: Connection, channel_id: UUID, user_id: UUID) -> SeenVoice:
    """A voice channel that the user may see; else NOT_FOUND, or NOT_A_VOICE_CHANNEL for another kind of channel."""
    return _voice(await permissions.in_channel(connection, channel_id, user_id))


async def locked(
    permissions: PermissionCache,
    connection: Connection,
    channel_id: UUID,
    user_id: UUID,
    *,
    also: Collection[UUID] = (),
) -> SeenVoice:
    """As `authority`, but their permissions cannot change until commit: locks the topic, and the topics `also`."""
    before = await authority(permissions, connection, channel_id, user_id)
    await lock(connection, {before.topic, *also})
    return await authority(permissions, connection, channel_id, user_id)


async def allowed(
    permissions: PermissionCache, connection: Connection, states: Sequence[VoiceState]
) -> list[SeenVoice | None]:
    """For each voice state, what its user may do in that channel; None if they may not be in it."""
    pairs = [(state.channel_id, state.user_id) for state in states if state.channel_id is not None]
    found = [_voice(each) if each is not None else None for each in await permissions.judge(connection, pairs)]
    return [each if each is not None and each.may_connect else None for each in found]


async def may_relay(permissions: PermissionCache, connection: Connection, user_id: UUID) -> bool:
    """Whether a user is in a call, or could join one that is under way."""
    pairs = [(channel, user_id) for channel in await queries.calls_near(connection, user_id)]
    found = await permissions.judge(connection, pairs)
    return any(each is not None and each.may(Permission.CONNECT_VOICE) for each in found)


async def visible_states(
    permissions: PermissionCache, connection: Connection, server_id: UUID, user_id: UUID
) -> list[VoiceState]:
    """Everyone in the voice channels of a server that a member may view."""
    visible = (await permissions.in_server(connection, server_id, user_id)).visible_channels
    return await queries.states_in(connection, visible)


async def present(connection: Connection, channel_id: UUID, user_id: UUID) -> VoiceState:
    """A user's voice state in the channel; NOT_IN_VOICE if they are not in it."""
    state = await queries.state(connection, user_id)
    if state is None or state.channel_id != channel_id:
        raise CoterieError(NOT_IN_VOICE)
    return state


def _voice(authority: Authority) -> SeenVoice:
    place = authority.place
    assert place is not None, "it was asked for"
    channel = authority.structure.channels.get(place.id) if authority.structure else None
    if place.server_id is not None and (channel is None or channel.type != "voice"):
        raise CoterieError(NOT_A_VOICE_CHANNEL)
    return SeenVoice(place, channel.user_limit if channel else None, authority)
