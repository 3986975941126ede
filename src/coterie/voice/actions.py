"""What users can do in voice channels and calls: join, mute, leave, go live, and moderate others.

Each is one transaction under the lock of the server's or conversation's topic, so that a channel never exceeds its
limit, an account is never in two channels, and everyone receives the changes in the order in which they were made.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from coterie import errors
from coterie.audit.actions import record
from coterie.audit.models import AuditEntry
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.http import patch
from coterie.log.append import Change, append
from coterie.permissions.bits import Permission
from coterie.permissions.context import ActionContext
from coterie.viewer import Viewer
from coterie.voice import access, calls, changes, queries
from coterie.voice.access import SeenVoice
from coterie.voice.audit_actions import MEMBER_VOICE_DISCONNECT, MEMBER_VOICE_UPDATE
from coterie.voice.errors import (
    MAY_NOT_SPEAK,
    NOT_ABOVE_THEM,
    NOT_IN_VOICE_YET,
    NOT_LIVE,
    NOT_THE_BROADCASTER,
    SOMEBODY_IS_LIVE,
    THEY_MAY_NOT_CONNECT,
    VOICE_CHANNEL_FULL,
)
from coterie.voice.models import GoLive, GoLiveSession, OwnVoiceChange, VoiceModeration, VoiceState

if TYPE_CHECKING:
    from coterie.voice.keeper import Keeper


async def join(context: ActionContext, keeper: "Keeper", channel_id: UUID, viewer: Viewer) -> VoiceState:
    """Join a channel, and leave any other. Joining the same channel again resets all but `joined_at`."""
    async with context.database.acquire() as connection, connection.transaction():
        await queries.take_turns(connection, viewer.user_id)
        before = await queries.state(connection, viewer.user_id)
        also = [before.topic] if before else []
        voice = await access.locked(context.permissions, connection, channel_id, viewer.user_id, also=also)
        await _check_entry(connection, voice, viewer.user_id)
        before = await queries.state(connection, viewer.user_id)
        ended = await _leave_for(connection, before, channel_id)
        await queries.insert(connection, _arriving(voice, before, viewer), viewer.session_id, keeper.holder(viewer))
        state = await access.present(connection, channel_id, viewer.user_id)
        await append(connection, *ended, changes.updated(state), *await calls.entered(connection, state))
    if keeper.holder(viewer) is not None:
        keeper.note_join(state.topic)
    return state


async def leave(context: ActionContext, channel_id: UUID, user_id: UUID) -> None:
    """Leave the channel."""
    async with context.database.acquire() as connection, connection.transaction():
        await access.locked(context.permissions, connection, channel_id, user_id)
        state = await access.present(connection, channel_id, user_id)
        await append(connection, *await changes.ended(connection, [state]))


async def decline(context: ActionContext, conversation_id: UUID, user_id: UUID) -> None:
    """Decline the call that rings the user, on all their devices; does nothing if none does."""
    async with context.database.acquire() as connection, connection.transaction():
        voice = await access.locked(context.permissions, connection, conversation_id, user_id)
        if voice.place.server_id is not None:
            raise CoterieError(errors.NOT_FOUND)
        await append(connection, *await calls.declined(connection, conversation_id, user_id))


async def change(context: ActionContext, channel_id: UUID, user_id: UUID, change: OwnVoiceChange) -> VoiceState:
    """Mute or deafen yourself, or report that your camera or screen is on."""
    given = patch.provided(change)
    if not given:
        raise CoterieError(errors.INVALID, "Give at least one of self_mute, self_deaf, self_video and self_screen.")
    async with context.database.acquire() as connection, connection.transaction():
        await access.locked(context.permissions, connection, channel_id, user_id)
        state = await access.present(connection, channel_id, user_id)
        if not state.can_speak and (given.get("self_video") or given.get("self_screen")):
            raise CoterieError(MAY_NOT_SPEAK)
        state = patch.apply(state, change)
        await queries.update_own(connection, state)
        await append(connection, changes.updated(state))
        return state


async def moderate(
    context: ActionContext, channel_id: UUID, user_id: UUID, target: UUID, change: VoiceModeration
) -> VoiceState:
    """Mute or deafen a user for everyone, or move them to another channel of the server."""
    if not patch.provided(change):
        raise CoterieError(errors.INVALID, "Give at least one of server_mute, server_deaf and channel_id.")
    async with context.database.acquire() as connection, connection.transaction():
        state = await _moderated(context, connection, channel_id, user_id, target)
        server_id = _server(state)
        mute, deaf = (None if value is msgspec.UNSET else value for value in (change.server_mute, change.server_deaf))
        await queries.moderate(connection, server_id, target, mute, deaf)
        ended: list[Change] = []
        if change.channel_id is not msgspec.UNSET and change.channel_id != channel_id:
            ended = await _move(context, connection, state, change.channel_id, user_id)
        moved = await queries.state(connection, target)
        assert moved is not None, "the lock of the topic keeps them in"
        details: dict[str, object] = {"from_channel_id": channel_id, **patch.provided(change)}
        await record(connection, AuditEntry(server_id, user_id, MEMBER_VOICE_UPDATE, target, details))
        await append(connection, *ended, changes.updated(moved))
        return moved


async def disconnect(context: ActionContext, channel_id: UUID, user_id: UUID, target: UUID) -> None:
    """Disconnect a user from a channel; they may join again."""
    async with context.database.acquire() as connection, connection.transaction():
        state = await _moderated(context, connection, channel_id, user_id, target)
        details: dict[str, object] = {"channel_id": channel_id}
        await record(connection, AuditEntry(_server(state), user_id, MEMBER_VOICE_DISCONNECT, target, details))
        await append(connection, *await changes.ended(connection, [state]))


async def go_live(context: ActionContext, channel_id: UUID, user_id: UUID, wish: GoLive) -> GoLiveSession:
    """Go live in the channel; only one user at a time can."""
    async with context.database.acquire() as connection, connection.transaction():
        voice = await access.locked(context.permissions, connection, channel_id, user_id)
        state = await queries.state(connection, user_id)
        if state is None or state.channel_id != channel_id:
            raise CoterieError(NOT_IN_VOICE_YET)
        if not state.can_speak:
            raise CoterieError(MAY_NOT_SPEAK)
        current = await queries.live_in(connection, [channel_id])
        if current and current[0].broadcaster_id != user_id:
            raise CoterieError(SOMEBODY_IS_LIVE)
        live = GoLiveSession(channel_id, user_id, wish.quality, datetime.now(UTC))
        await queries.put_live(connection, live)
        await append(connection, changes.live_started(voice.topic, live))
        return live


async def stop_live(context: ActionContext, channel_id: UUID, user_id: UUID) -> None:
    async with context.database.acquire() as connection, connection.transaction():
        voice = await access.locked(context.permissions, connection, channel_id, user_id)
        live = await live_in(connection, channel_id)
        if live.broadcaster_id != user_id:
            raise CoterieError(NOT_THE_BROADCASTER)
        await queries.delete_live(connection, channel_id)
        await append(connection, changes.live_ended(voice.topic, live))


async def live_in(connection: Connection, channel_id: UUID) -> GoLiveSession:
    """The live session in a channel; NOT_LIVE if there is none."""
    current = await queries.live_in(connection, [channel_id])
    if not current:
        raise CoterieError(NOT_LIVE)
    return current[0]


async def _check_entry(connection: Connection, voice: SeenVoice, user_id: UUID) -> None:
    """Users who may manage the channel may enter a full one, since they could raise the limit."""
    voice.authority.check(Permission.CONNECT_VOICE)
    limit = voice.user_limit
    if limit is None or voice.authority.may(Permission.MANAGE_CHANNELS):
        return
    if await queries.count(connection, voice.place.id, besides=user_id) >= limit:
        raise CoterieError(VOICE_CHANNEL_FULL)


async def _leave_for(connection: Connection, state: VoiceState | None, channel_id: UUID) -> list[Change]:
    if state is None:
        return []
    if state.channel_id != channel_id:
        return await changes.ended(connection, [state])
    return await changes.stop_live(connection, state)


def _arriving(voice: SeenVoice, before: VoiceState | None, viewer: Viewer) -> VoiceState:
    is_here = before is not None and before.channel_id == voice.place.id
    return VoiceState(
        user_id=viewer.user_id,
        username=viewer.username,
        server_id=voice.place.server_id,
        channel_id=voice.place.id,
        joined_at=before.joined_at if before and is_here else datetime.now(UTC),
        can_speak=voice.may_speak,
    )


def _server(state: VoiceState) -> UUID:
    assert state.server_id is not None, "in a conversation nobody moderates"
    return state.server_id


async def _moderated(
    context: ActionContext, connection: Connection, channel_id: UUID, user_id: UUID, target: UUID
) -> VoiceState:
    """The voice state of a user whom the caller may moderate: needs MUTE_MEMBERS there, and a higher rank."""
    voice = await access.locked(context.permissions, connection, channel_id, user_id)
    voice.authority.check(Permission.MUTE_MEMBERS)
    state = await access.present(connection, channel_id, target)
    theirs = await access.authority(context.permissions, connection, channel_id, target)
    if theirs.authority.rank >= voice.authority.rank:
        raise CoterieError(NOT_ABOVE_THEM)
    return state


async def _move(
    context: ActionContext, connection: Connection, state: VoiceState, channel_id: UUID, user_id: UUID
) -> list[Change]:
    """Both users must be allowed to join the other channel; only the caller can override that it is full."""
    mover = await access.authority(context.permissions, connection, channel_id, user_id)
    if mover.place.server_id != state.server_id:
        raise CoterieError(errors.NOT_FOUND)
    await _check_entry(connection, mover, state.user_id)
    moved = await _entering(context, connection, channel_id, state.user_id)
    stopped = await changes.stop_live(connection, state)
    await queries.move(connection, state.user_id, channel_id, datetime.now(UTC), can_speak=moved.may_speak)
    return [*stopped, changes.left(state)]


async def _entering(context: ActionContext, connection: Connection, channel_id: UUID, user_id: UUID) -> SeenVoice:
    """A moved user's permissions in the new channel; THEY_MAY_NOT_CONNECT if they could not join it themselves."""
    moved = await context.permissions.judge(connection, [(channel_id, user_id)])
    if moved[0] is None or not moved[0].may(Permission.CONNECT_VOICE):
        raise CoterieError(THEY_MAY_NOT_CONNECT)
    return await access.authority(context.permissions, connection, channel_id, user_id)
