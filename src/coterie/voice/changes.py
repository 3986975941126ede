"""What the log of a server or conversation says of voice, and how places end, for the rooms that end them.

Whoever takes somebody's right to a channel away ends their place in it in the same transaction, with what is answered
here among the changes that they append. The topic must be locked.
"""

from collections.abc import Sequence
from uuid import UUID

from coterie.database.connection import Connection
from coterie.log.append import Change
from coterie.voice import queries
from coterie.voice.models import GoLiveEnd, GoLiveSession, VoiceState


async def leave_topic(connection: Connection, topic: UUID, user_id: UUID) -> list[Change]:
    """End the place that somebody has in a server, or in a conversation, if they have one."""
    state = await queries.state(connection, user_id)
    return await ended(connection, [state]) if state is not None and state.topic == topic else []


async def empty_channel(connection: Connection, channel_id: UUID) -> list[Change]:
    """End every place in a channel."""
    return await ended(connection, await queries.states_in(connection, [channel_id]))


async def ended(connection: Connection, states: Sequence[VoiceState]) -> list[Change]:
    """End these places; whoever was live in one no longer is."""
    if not states:
        return []
    channels = [state.channel_id for state in states if state.channel_id is not None]
    stopped = await _stopped_live(connection, states)
    await queries.delete(connection, [state.user_id for state in states], channels)
    return stopped + [left(state) for state in states]


async def stop_live(connection: Connection, state: VoiceState) -> list[Change]:
    """Somebody is live no more, if they were, though they keep a place."""
    stopped = await _stopped_live(connection, [state])
    if stopped and state.channel_id is not None:
        await queries.delete_live(connection, state.channel_id)
    return stopped


async def _stopped_live(connection: Connection, states: Sequence[VoiceState]) -> list[Change]:
    """That these people are live no more; the rows end with their places."""
    channels = [state.channel_id for state in states if state.channel_id is not None]
    going = {state.user_id for state in states}
    return [
        not_live(states[0].topic, live)
        for live in await queries.live_in(connection, channels)
        if live.broadcaster_id in going
    ]


def told(state: VoiceState) -> Change:
    """That somebody is in a channel, and how."""
    return Change(state.topic, _key(state), "VOICE_STATE_UPDATE", state)


def left(state: VoiceState) -> Change:
    """That somebody is no longer in a channel; the data is the contract's form of a leave."""
    gone = VoiceState(
        user_id=state.user_id,
        username=state.username,
        server_id=state.server_id,
        channel_id=None,
        joined_at=None,
        previous_channel_id=state.channel_id,
    )
    return Change(state.topic, _key(state), "VOICE_STATE_UPDATE", gone, is_removal=True)


def is_live(topic: UUID, live: GoLiveSession) -> Change:
    return Change(topic, f"go_live/{live.channel_id}", "GO_LIVE_START", live)


def not_live(topic: UUID, live: GoLiveSession) -> Change:
    end = GoLiveEnd(live.channel_id, live.broadcaster_id)
    return Change(topic, f"go_live/{live.channel_id}", "GO_LIVE_STOP", end, is_removal=True)


def _key(state: VoiceState) -> str:
    return f"voice_states/{state.channel_id}/{state.user_id}"
