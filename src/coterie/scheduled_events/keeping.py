"""What happens to scheduled events by time: reminders, and that one which repeats goes on to its next date.

A repeated job looks for what is due. It decides under the lock of the channel's topic, and what it does and
that it is done commit together, so that nobody is reminded twice, and after a restart nothing is left out. A
reminder is a system message in the channel which mentions those who are interested or coming, so it is in their inbox.
"""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

import structlog
from msgspec.structs import replace

from coterie.database.connection import Connection, Database
from coterie.database.trouble import PASSING, report
from coterie.feature import Core
from coterie.jobs.models import Repeated
from coterie.log.append import lock
from coterie.messages import dates, scheduled
from coterie.messages.actions import add_system_messages, carry_out
from coterie.messages.author import SystemAuthor
from coterie.messages.changing.request import ChangeRequest
from coterie.messages.models import Details, ScheduledEvent
from coterie.messages.scheduled_operations import move_on
from coterie.messages.system_messages import SystemMessage

LOOK_SECONDS: Final = 15
BATCH: Final = 50
"""Events that are looked at in one go."""

REMINDED: Final = 1000
"""Users whom a reminder mentions at most: those who answered first."""

log = structlog.get_logger(__name__)


def repeats(core: Core) -> list[Repeated]:
    """What does this for the instance."""
    return [Repeated("events.keeping", partial(keep, core.database), LOOK_SECONDS, is_soon=False)]


async def keep(database: Database) -> float | None:
    """Do what is due; if there may be more, it is looked for again at once. One event that fails holds up no other."""
    found = await due(database)
    is_going_on = len(found) == BATCH
    for channel_id, event_id in found:
        try:
            async with database.acquire() as connection, connection.transaction():
                await _keep_one(connection, channel_id, event_id)
        except PASSING:
            raise
        except Exception as error:  # whatever it is: the events behind it are due too
            report(log, "events.not_kept", error, scheduled_event=str(event_id))
            is_going_on = False
    return 0 if is_going_on else None


async def due(connection: Connection) -> list[tuple[UUID, UUID]]:
    """Channels and events, those first that have waited for the longest time."""
    rows = await connection.fetch(
        """
        SELECT channel_id, message_id FROM scheduled_events
        WHERE least(remind_at, moves_on_at) IS NOT NULL AND least(remind_at, moves_on_at) <= now()
        ORDER BY least(remind_at, moves_on_at) LIMIT $1
        """,
        BATCH,
    )
    return [(row["channel_id"], row["message_id"]) for row in rows]


async def _keep_one(connection: Connection, channel_id: UUID, event_id: UUID) -> None:
    is_there = channel_id in await lock(connection, [channel_id])
    row = await connection.fetchrow(
        "SELECT first_local, remind_at, moves_on_at FROM scheduled_events WHERE message_id = $1", event_id
    )
    found = await scheduled.read(connection, [event_id], None)
    if not is_there or row is None or event_id not in found:
        return  # deleted since
    now, event = datetime.now(UTC), found[event_id]
    if row["moves_on_at"] is not None and row["moves_on_at"] <= now:
        after = _next(event, row["first_local"], now)
        await carry_out(connection, [ChangeRequest(event_id, SystemAuthor(), move_on(after), counted="event")])
    elif row["remind_at"] is not None and row["remind_at"] <= now:
        await _remind(connection, event)


async def _remind(connection: Connection, event: ScheduledEvent) -> None:
    """Mention those who are interested or coming in a system message, if there are any."""
    await connection.execute("UPDATE scheduled_events SET remind_at = NULL WHERE message_id = $1", event.id)
    is_late = dates.finish(event) <= datetime.now(UTC)
    if people := [] if is_late else await _awaiting(connection, event):
        reminder = SystemMessage(SystemAuthor(), _sentence(event), _details(event), event.id, people)
        await add_system_messages(connection, event.channel_id, reminder)


async def _awaiting(connection: Connection, event: ScheduledEvent) -> list[UUID]:
    """Those who are interested or coming and still there."""
    rows = await connection.fetch(
        """
        SELECT user_id FROM event_answers
        WHERE message_id = $1 AND answer IN (1, 2) AND (
            EXISTS (SELECT FROM channels JOIN server_members ON server_members.server_id = channels.server_id
                    WHERE channels.id = $2 AND server_members.user_id = event_answers.user_id)
            OR EXISTS (SELECT FROM conversation_participants AS part
                       WHERE part.conversation_id = $2 AND part.user_id = event_answers.user_id))
        ORDER BY created_at, user_id LIMIT $3
        """,
        event.id,
        event.channel_id,
        REMINDED,
    )
    return [row["user_id"] for row in rows]


def _next(event: ScheduledEvent, first_local: str, now: datetime) -> ScheduledEvent:
    """The event at its next date."""
    assert event.repeat is not None, "only what repeats moves on"
    lasting = dates.finish(event) - event.starts_at
    first, after = datetime.fromisoformat(first_local), _after(event, now, lasting)
    starts_at = dates.next_start(first, event.time_zone, event.repeat, after)
    return replace(event, starts_at=starts_at, ends_at=None if event.ends_at is None else starts_at + lasting)


def _after(event: ScheduledEvent, now: datetime, lasting: timedelta) -> datetime:
    """The next date is behind the last, and one that is not over yet."""
    return max(event.starts_at, now - lasting)


def _sentence(event: ScheduledEvent) -> str:
    if event.is_cancelled:
        return f"The event of {event.starts_at:%Y-%m-%d %H:%M} UTC was cancelled."
    return f"Reminder: this event begins on {event.starts_at:%Y-%m-%d at %H:%M} UTC."


def _details(event: ScheduledEvent) -> Details:
    """The event by its id only, so that one that is deleted later leaves nothing behind."""
    kind = "event_cancelled" if event.is_cancelled else "event_reminder"
    return {"kind": kind, "event_id": str(event.id), "starts_at": event.starts_at.isoformat()}
