"""The changes of voice states in the topic of a server or conversation, and how voice states end, for other packages.

A transaction that takes a user's right to a channel away also ends their voice state in it, and appends the changes
that are returned here with its own. The topic must be locked.
"""

from collections.abc import Sequence
from uuid import UUID

from coterie.database.connection import Connection
from coterie.log.append import Change
from coterie.voice import calls, queries
from coterie.voice.models import GoLiveEnd, GoLiveSession, VoiceState


async def leave_topic(connection: Connection, topic: UUID, user_id: UUID) -> list[Change]:
    """End a user's voice state in a server or a conversation, if they have one."""
    state = await queries.state(connection, user_id)
    return await ended(connection, [state]) if state is not None and state.topic == topic else []


async def empty_channel(connection: Connection, channel_id: UUID) -> list[Change]:
    """End every voice state in a channel."""
    return await ended(connection, await queries.states_in(connection, [channel_id]))


async def ended(connection: Connection, states: Sequence[VoiceState]) -> list[Change]:
    """End these voice states, the live sessions of their users, and the calls in which nobody is left."""
    if not states:
        return []
    channels = [state.channel_id for state in states if state.channel_id is not None]
    stopped = await _stopped_live(connection, states)
    await queries.delete(connection, [state.user_id for state in states], channels)
    emptied = await calls.emptied(connection, {state.topic for state in states if state.server_id is None})
    return [*stopped, *(left(state) for state in states), *emptied]


async def stop_live(connection: Connection, state: VoiceState) -> list[Change]:
    """End a user's live session, if there is one; they stay in the channel."""
    stopped = await _stopped_live(connection, [state])
    if stopped and state.channel_id is not None:
        await queries.delete_live(connection, state.channel_id)
    return stopped


async def _stopped_live(connection: Connection, states: Sequence[VoiceState]) -> list[Change]:
    """The changes that end these users' live sessions; the rows are deleted with their voice states."""
    channels = [state.channel_id for state in states if state.channel_id is not None]
    going = {state.user_id for state in states}
    return [
        live_ended(states[0].topic, live)
        for live in await queries.live_in(connection, channels)
        if live.broadcaster_id in going
    ]


def updated(state: VoiceState) -> Change:
    """The change that sets a voice state."""
    return Change(state.topic, _key(state), "VOICE_STATE_UPDATE", state)


def left(state: VoiceState) -> Change:
    """The change that removes a voice state; its data is a leave as the contract defines it."""
    gone = VoiceState(
        user_id=state.user_id,
        username=state.username,
        server_id=state.server_id,
        channel_id=None,
        joined_at=None,
        previous_channel_id=state.channel_id,
    )
    return Change(state.topic, _key(state), "VOICE_STATE_UPDATE", gone, is_removal=True)


def live_started(topic: UUID, live: GoLiveSession) -> Change:
    return Change(topic, f"go_live/{live.channel_id}", "GO_LIVE_START", live)


def live_ended(topic: UUID, live: GoLiveSession) -> Change:
    end = GoLiveEnd(live.channel_id, live.broadcaster_id)
    return Change(topic, f"go_live/{live.channel_id}", "GO_LIVE_STOP", end, is_removal=True)


def _key(state: VoiceState) -> str:
    return f"voice_states/{state.channel_id}/{state.user_id}"
