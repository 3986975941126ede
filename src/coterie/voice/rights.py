"""What a change of rights does to people who are in voice channels already."""

from uuid import UUID

from msgspec.structs import replace

from coterie.community import Community
from coterie.database.connection import Connection
from coterie.log.append import Change, append, lock
from coterie.voice import access, changes, queries
from coterie.voice.models import VoiceState


async def apply(community: Community, topic: UUID) -> None:
    """End the places in a server or conversation of those who may no longer be there; say who may (not) speak now.

    Looks first without a lock, since mostly nothing changes.
    """
    if not await _due(community, community.database, topic):
        return
    async with community.database.acquire() as connection, connection.transaction():
        await lock(connection, [topic])
        due = await _due(community, connection, topic)
        told = await changes.ended(connection, [state for state, may_speak in due if may_speak is None])
        for state, may_speak in due:
            if may_speak is not None:
                told += await _tell(connection, replace(state, can_speak=may_speak))
        if told:
            await append(connection, *told)


async def _due(community: Community, connection: Connection, topic: UUID) -> list[tuple[VoiceState, bool | None]]:
    """Those whose rights differ from what their place says, with whether they may speak; None if not even be there."""
    states = await queries.states_of(connection, topic)
    allowed = await access.allowed(community.rights, connection, states)
    looked = [
        (state, each.may_speak if each is not None else None) for state, each in zip(states, allowed, strict=True)
    ]
    return [(state, may_speak) for state, may_speak in looked if may_speak != state.can_speak]


async def _tell(connection: Connection, state: VoiceState) -> list[Change]:
    """Who may no longer speak shows nothing either."""
    stopped: list[Change] = []
    if not state.can_speak:
        state = replace(state, self_video=False, self_screen=False)
        stopped = await changes.stop_live(connection, state)
    await queries.update_own(connection, state)
    changed = await queries.state(connection, state.user_id)
    assert changed is not None, "the lock of the topic keeps them in"
    return [*stopped, changes.told(changed)]
