"""Applies a change of permissions to users who are already in voice channels."""

from uuid import UUID

from msgspec.structs import replace

from coterie.database.connection import Connection
from coterie.log.append import Change, append, lock
from coterie.permissions.context import ActionContext
from coterie.voice import access, changes, queries
from coterie.voice.models import VoiceState


async def apply(context: ActionContext, topic: UUID) -> None:
    """End the voice states in a topic whose users may no longer be there; update who may speak.

    Checks without a lock first, since usually nothing changes.
    """
    if not await _due(context, context.database, topic):
        return
    async with context.database.acquire() as connection, connection.transaction():
        await lock(connection, [topic])
        due = await _due(context, connection, topic)
        changed = await changes.ended(connection, [state for state, may_speak in due if may_speak is None])
        for state, may_speak in due:
            if may_speak is not None:
                changed += await _update_permissions(connection, replace(state, can_speak=may_speak))
        if changed:
            await append(connection, *changed)


async def _due(context: ActionContext, connection: Connection, topic: UUID) -> list[tuple[VoiceState, bool | None]]:
    """Voice states that differ from permissions, and whether the user may speak; None if they may not be there."""
    states = await queries.states_of(connection, topic)
    allowed = await access.allowed(context.permissions, connection, states)
    looked = [
        (state, each.may_speak if each is not None else None) for state, each in zip(states, allowed, strict=True)
    ]
    return [(state, may_speak) for state, may_speak in looked if may_speak != state.can_speak]


async def _update_permissions(connection: Connection, state: VoiceState) -> list[Change]:
    """Store and announce who may speak; a user who may no longer speak cannot show anything either."""
    stopped: list[Change] = []
    if not state.can_speak:
        state = replace(state, self_video=False, self_screen=False)
        stopped = await changes.stop_live(connection, state)
    await queries.update_own(connection, state)
    changed = await queries.state(connection, state.user_id)
    assert changed is not None, "the lock of the topic keeps them in"
    return [*stopped, changes.updated(changed)]
