"""Voice channels come through here: loaded together with what somebody may do in them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from coterie import errors
from coterie.channels.models import Channel
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.log.append import lock
from coterie.permissions.bits import Permission
from coterie.permissions.rights import Rights, Seen
from coterie.voice import queries
from coterie.voice.models import VoiceState


@dataclass(frozen=True, slots=True)
class SeenVoice:
    """A voice channel, and what somebody may do in it."""

    channel: Channel
    seen: Seen

    @property
    def server_id(self) -> UUID:
        return self.channel.server_id

    @property
    def may_connect(self) -> bool:
        return self.seen.may(Permission.CONNECT_VOICE)

    @property
    def may_speak(self) -> bool:
        return self.seen.may(Permission.SPEAK)


async def seen(rights: Rights, connection: Connection, channel_id: UUID, user_id: UUID) -> SeenVoice:
    """A voice channel that somebody may view; NOT_FOUND otherwise, NOT_A_VOICE_CHANNEL for another kind."""
    return _voice(await rights.in_channel(connection, channel_id, user_id), channel_id)


async def locked(
    rights: Rights, connection: Connection, channel_id: UUID, user_id: UUID, *, also: Collection[UUID] = ()
) -> SeenVoice:
    """As `seen`, but what they may stays as it is until commit: the server's topic is locked, and those `also`."""
    before = await seen(rights, connection, channel_id, user_id)
    await lock(connection, {before.server_id, *also})
    return await seen(rights, connection, channel_id, user_id)


async def allowed(rights: Rights, connection: Connection, states: Sequence[VoiceState]) -> list[SeenVoice | None]:
    """For each place what its owner may do there; None if they may not be there."""
    pairs = [(state.channel_id, state.user_id) for state in states if state.channel_id is not None]
    found = [
        _voice(each, channel) if each is not None else None
        for (channel, _), each in zip(pairs, await rights.judge(connection, pairs), strict=True)
    ]
    return [each if each is not None and each.may_connect else None for each in found]


async def visible_states(rights: Rights, connection: Connection, server_id: UUID, user_id: UUID) -> list[VoiceState]:
    """Everybody in those voice channels of a server that a member may view."""
    visible = (await rights.in_server(connection, server_id, user_id)).visible_channels
    return await queries.states_in(connection, visible)


async def present(connection: Connection, channel_id: UUID, user_id: UUID) -> VoiceState:
    """Somebody's place in the channel; NOT_IN_VOICE if they are not in it."""
    state = await queries.state(connection, user_id)
    if state is None or state.channel_id != channel_id:
        raise CoterieError(errors.NOT_IN_VOICE)
    return state


def _voice(seen: Seen, channel_id: UUID) -> SeenVoice:
    channel = seen.structure.channels.get(channel_id) if seen.structure else None
    if channel is None or channel.type != "voice":
        raise CoterieError(errors.NOT_A_VOICE_CHANNEL)
    return SeenVoice(channel, seen)
