"""How calls in conversations begin, ring and end: the changes to append, for transactions that hold the topic's lock.

The first participant who joins begins a call, which rings all others. It ends with the last voice state in it, in the
same transaction, which also writes the system message that remains of it: so there is exactly one for each call. Whom a
call rings is the same for every participant. Clients decide whether they make a sound of it: not if the user does not
want to be disturbed, has muted the conversation or blocks the caller. So nobody learns who has done that.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID

from msgspec.structs import replace

from coterie.database.connection import Connection
from coterie.log.append import Change
from coterie.messages.actions import add_system_messages
from coterie.messages.author import SystemAuthor
from coterie.messages.system_messages import SystemMessage
from coterie.voice import call_queries
from coterie.voice.models import Call, CallEnd, VoiceState


async def entered(connection: Connection, state: VoiceState) -> list[Change]:
    """A participant has joined: begins a call, or answers it. Nothing in a voice channel."""
    if state.server_id is not None:
        return []
    before = await call_queries.call(connection, state.topic)
    if before is None:
        others = await call_queries.others(connection, state.topic, state.user_id)
        return await _put(connection, Call(state.topic, state.user_id, datetime.now(UTC), None, others, []))
    if before.caller_id == state.user_id:
        return []
    answered = replace(_without(before, state.user_id), answered_at=before.answered_at or datetime.now(UTC))
    return await _put(connection, answered, before)


async def declined(connection: Connection, conversation_id: UUID, user_id: UUID) -> list[Change]:
    """A participant whom a call rings has declined it; nothing if none rings them."""
    before = await call_queries.call(connection, conversation_id)
    if before is None or user_id not in before.ringing:
        return []
    without = _without(before, user_id)
    return await _put(connection, replace(without, declined=[*without.declined, user_id]), before)


async def withdrawn(connection: Connection, conversation_id: UUID, user_id: UUID) -> list[Change]:
    """A participant leaves the conversation, so its call no longer rings them."""
    before = await call_queries.call(connection, conversation_id)
    return await _put(connection, _without(before, user_id), before) if before else []


async def unanswered(connection: Connection, conversation_id: UUID, started_before: datetime) -> list[Change]:
    """A call stops ringing if it began before this time."""
    before = await call_queries.call(connection, conversation_id)
    if before is None or before.started_at >= started_before:
        return []
    return await _put(connection, replace(before, ringing=[]), before)


async def emptied(connection: Connection, conversations: Collection[UUID]) -> list[Change]:
    """End the calls of these conversations in which nobody is left, each with its system message."""
    if not conversations:
        return []
    ended = await call_queries.delete_empty(connection, conversations)
    for call in ended:
        await add_system_messages(connection, call.conversation_id, _told(call, datetime.now(UTC)))
    return [
        Change(call.conversation_id, "call", "CALL_END", CallEnd(call.conversation_id), is_removal=True)
        for call in ended
    ]


async def _put(connection: Connection, call: Call, before: Call | None = None) -> list[Change]:
    """Store a call and announce it, unless nothing has changed."""
    if call == before:
        return []
    await call_queries.put(connection, call)
    return [Change(call.conversation_id, "call", "CALL_UPDATE", call)]


def _without(call: Call, user_id: UUID) -> Call:
    ringing, declined = ([each for each in users if each != user_id] for users in (call.ringing, call.declined))
    return replace(call, ringing=ringing, declined=declined)


def _told(call: Call, now: datetime) -> SystemMessage:
    """What remains of a call: how long it was since it was answered, in seconds; None if nobody answered.

    Then it also says who declined it: everyone else but the caller missed it.
    """
    author = SystemAuthor(call.caller_id)
    if call.answered_at is None:
        declined = [str(user) for user in call.declined]
        return SystemMessage(author, "Missed call", {"kind": "call", "seconds": None, "declined": declined})
    seconds = int((now - call.answered_at).total_seconds())
    minutes = max(1, round(seconds / 60))
    content = "Call, 1 minute" if minutes == 1 else f"Call, {minutes} minutes"
    return SystemMessage(author, content, {"kind": "call", "seconds": seconds})
