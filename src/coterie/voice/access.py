"""Voice channels, and the calls of conversations, come through here: with what somebody may do in them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from coterie import errors
from coterie.channels.models import Place
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.log.append import lock
from coterie.permissions.bits import Permission
from coterie.permissions.rights import Rights, Seen
from coterie.voice import queries
from coterie.voice.models import VoiceState


@dataclass(frozen=True, slots=True)
class SeenVoice:
    """A voice channel or a conversation, how many it takes, and what somebody may do in it."""

    place: Place
    user_limit: int | None
    seen: Seen

    @property
    def topic(self) -> UUID:
        """Where what happens in it is told: its server, or itself."""
        return self.place.server_id or self.place.id

    @property
    def may_connect(self) -> bool:
        return self.seen.may(Permission.CONNECT_VOICE)

    @property
    def may_speak(self) -> bool:
        return self.seen.may(Permission.SPEAK)


async def seen(rights: Rights, connection: Connection, channel_id: UUID, user_id: UUID) -> SeenVoice:
    """Where somebody may see who talks; NOT_FOUND otherwise, NOT_A_VOICE_CHANNEL for another kind of channel."""
    return _voice(await rights.in_channel(connection, channel_id, user_id))


async def locked(
    rights: Rights, connection: Connection, channel_id: UUID, user_id: UUID, *, also: Collection[UUID] = ()
) -> SeenVoice:
    """As `seen`, but what they may stays as it is until commit: the topic is locked, and those `also`."""
    before = await seen(rights, connection, channel_id, user_id)
    await lock(connection, {before.topic, *also})
    return await seen(rights, connection, channel_id, user_id)


async def allowed(rights: Rights, connection: Connection, states: Sequence[VoiceState]) -> list[SeenVoice | None]:
    """For each place what its owner may do there; None if they may not be there."""
    pairs = [(state.channel_id, state.user_id) for state in states if state.channel_id is not None]
    found = [_voice(each) if each is not None else None for each in await rights.judge(connection, pairs)]
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


def _voice(seen: Seen) -> SeenVoice:
    place = seen.place
    assert place is not None, "it was asked for"
    channel = seen.structure.channels.get(place.id) if seen.structure else None
    if place.server_id is not None and (channel is None or channel.type != "voice"):
        raise CoterieError(errors.NOT_A_VOICE_CHANNEL)
    return SeenVoice(place, channel.user_limit if channel else None, seen)
