"""The scheduled events of messages: what each announces is stored with its message, and its answers are counted when
it is read.

An answer is one row of a user, so nobody is counted twice. Events and answers change only under the lock of the
channel's topic (`changing/`, `scheduled_events/keeping.py`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from coterie.database.connection import Connection, Row
from coterie.messages import dates
from coterie.messages.models import EventAnswer, Message, ScheduledEvent

ANSWERS: Final[tuple[EventAnswer, ...]] = ("interested", "coming", "declined")
"""The answers by number, from 1."""

CHANGED: Final = "EVENT_UPDATE"
"""The event in the log of a scheduled event that has changed, or of which answers have."""

EVENT: Final = """
    messages.id, name, description, starts_at, messages.author_id AS created_by, messages.created_at,
    scheduled_events.channel_id, ends_at, place, voice_channel_id, time_zone, repeat, reminder_minutes, is_cancelled,
    scheduled_events.version
"""
"""The columns of an event, besides its answers."""

COLUMN_NAMES: Final = tuple(
    name for name in ScheduledEvent.__struct_fields__ if name not in ("interested", "coming", "declined", "user_answer")
)

ANSWERED: Final = """
    ARRAY(SELECT (SELECT count(*) FROM event_answers
                  WHERE event_answers.message_id = messages.id AND answer = number)
          FROM generate_series(1, 3) AS number ORDER BY number) AS counts,
    (SELECT answer FROM event_answers WHERE event_answers.message_id = messages.id AND user_id = $2) AS own
"""
"""How many users answered what, and what the user $2 did."""


@dataclass(frozen=True, slots=True)
class EventUpdate:
    """What becomes of an event: the actor's answer by number, 0 for none; or what it announces from now on.

    With `is_moved` its reminder is due again. With `is_next` too, since it goes on to its next date, and answers are
    reset.
    """

    answer: int | None = None
    event: ScheduledEvent | None = None
    is_moved: bool = False
    is_next: bool = False


class EventRow(msgspec.Struct, frozen=True):
    """A row of `scheduled_events`, without what only the database changes."""

    message_id: UUID
    channel_id: UUID
    name: str
    description: str | None
    place: str | None
    voice_channel_id: UUID | None
    starts_at: datetime
    ends_at: datetime | None
    time_zone: str
    repeat: str | None
    first_local: str
    reminder_minutes: int | None
    is_cancelled: bool
    over_at: datetime
    remind_at: datetime | None
    moves_on_at: datetime | None
    version: int


async def of_messages(
    connection: Connection, messages: Iterable[Message], viewer: UUID | None
) -> dict[UUID, ScheduledEvent]:
    """The event of each message that announces one; without any, nothing is asked."""
    ids = [message.id for message in messages if message.type == "event" and not message.deleted]
    return await read(connection, ids, viewer) if ids else {}


async def read(connection: Connection, ids: Sequence[UUID], viewer: UUID | None) -> dict[UUID, ScheduledEvent]:
    """Events with the numbers of their answers, and the viewer's own answer."""
    rows = await connection.fetch(
        f"""
        SELECT {EVENT}, {ANSWERED}
        FROM scheduled_events JOIN messages ON messages.id = message_id WHERE message_id = ANY($1)
        """,
        ids,
        viewer,
    )
    return {row["id"]: event_of_row(row) for row in rows}


async def insert(connection: Connection, events: Sequence[ScheduledEvent]) -> None:
    """Store the events of messages that the same transaction stores."""
    await connection.execute(
        """
        INSERT INTO scheduled_events (message_id, channel_id, name, description, place, voice_channel_id, starts_at,
            ends_at, time_zone, repeat, first_local, reminder_minutes, is_cancelled, over_at, remind_at, moves_on_at)
        SELECT message_id, channel_id, name, description, place, voice_channel_id, starts_at,
               ends_at, time_zone, repeat, first_local, reminder_minutes, is_cancelled, over_at, remind_at, moves_on_at
        FROM json_populate_recordset(NULL::scheduled_events, $1::json)
        """,
        _rows((event, event.created_at) for event in events),
    )


async def events_of(connection: Connection, asked: Mapping[int, tuple[UUID, UUID]]) -> dict[int, ScheduledEvent]:
    """Events with the answers of those who want to change them, by the numbers of message and actor."""
    if not asked:
        return {}
    rows = await connection.fetch(
        f"""
        SELECT {EVENT}, number, '{{0,0,0}}'::int[] AS counts,
               (SELECT answer FROM event_answers
                WHERE event_answers.message_id = messages.id AND event_answers.user_id = given.actor_id) AS own
        FROM unnest($1::int[], $2::uuid[], $3::uuid[]) AS given (number, event_id, actor_id)
        JOIN messages ON messages.id = given.event_id AND messages.id = ANY($2)
        JOIN scheduled_events ON scheduled_events.message_id = messages.id
        """,
        list(asked),
        [message for message, _ in asked.values()],
        [actor for _, actor in asked.values()],
    )
    return {row["number"]: event_of_row(row) for row in rows}


async def write(connection: Connection, updates: Sequence[tuple[Message, UUID, EventUpdate]], now: datetime) -> None:
    """Store what became of events, each with its message, which has the position of the change, and the actor."""
    await connection.execute(
        """
        UPDATE scheduled_events SET version = given.version
        FROM unnest($1::uuid[], $2::bigint[]) AS given (id, version)
        WHERE scheduled_events.message_id = given.id AND scheduled_events.message_id = ANY($1)
        """,
        [message.id for message, _, _ in updates],
        [message.version for message, _, _ in updates],
    )
    if changed := [(update.event, update) for _, _, update in updates if update.event is not None]:
        await _rewrite(connection, changed, now)
    if gone_on := [message.id for message, _, update in updates if update.is_next]:
        await _reset_answers(connection, gone_on)
    if given := [(message.id, actor, each.answer) for message, actor, each in updates if each.answer is not None]:
        await _answer(connection, given, now)


async def _rewrite(
    connection: Connection, changed: Sequence[tuple[ScheduledEvent, EventUpdate]], now: datetime
) -> None:
    """Replace what events announce. A reminder that was sent is due again only if the event has another date."""
    await connection.execute(
        """
        UPDATE scheduled_events
        SET name = given.name, description = given.description, place = given.place,
            voice_channel_id = given.voice_channel_id, starts_at = given.starts_at, ends_at = given.ends_at,
            time_zone = given.time_zone, repeat = given.repeat, reminder_minutes = given.reminder_minutes,
            first_local = CASE WHEN given.message_id = ANY($2) THEN given.first_local
                               ELSE scheduled_events.first_local END,
            remind_at = CASE WHEN given.message_id = ANY($3) THEN given.remind_at
                             ELSE scheduled_events.remind_at END,
            is_cancelled = given.is_cancelled, over_at = given.over_at, moves_on_at = given.moves_on_at
        FROM json_populate_recordset(NULL::scheduled_events, $1::json) AS given
        WHERE scheduled_events.message_id = given.message_id
        """,
        _rows((event, now) for event, _ in changed),
        [event.id for event, update in changed if update.is_moved],
        [event.id for event, update in changed if update.is_moved or update.is_next],
    )


async def _reset_answers(connection: Connection, events: Sequence[UUID]) -> None:
    await connection.execute(
        """
        WITH gone AS (
            DELETE FROM event_answers WHERE message_id = ANY($1) AND answer = 3
        )
        UPDATE event_answers SET answer = 1 WHERE message_id = ANY($1) AND answer = 2
        """,
        events,
    )


async def _answer(connection: Connection, answers: Sequence[tuple[UUID, UUID, int]], now: datetime) -> None:
    """Replace the answers of users; 0 takes an answer back."""
    await connection.execute(
        """
        WITH given AS (
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS given (id, actor_id, answer)
        ), gone AS (
            DELETE FROM event_answers USING given
            WHERE given.answer = 0 AND event_answers.message_id = given.id
              AND event_answers.user_id = given.actor_id AND event_answers.message_id = ANY($1)
        )
        INSERT INTO event_answers (message_id, user_id, answer, created_at)
        SELECT id, actor_id, answer, $4 FROM given WHERE answer > 0
        ON CONFLICT (message_id, user_id) DO UPDATE SET answer = excluded.answer, created_at = excluded.created_at
        """,
        [message for message, _, _ in answers],
        [actor for _, actor, _ in answers],
        [answer for _, _, answer in answers],
        now,
    )


def event_of_row(row: Row) -> ScheduledEvent:
    """A row of EVENT and ANSWERED."""
    interested, coming, declined = row["counts"]
    event = ScheduledEvent(
        **{name: row[name] for name in COLUMN_NAMES}, interested=interested, coming=coming, declined=declined
    )
    return of_viewer(event, () if row["own"] is None else (row["own"],))


def of_viewer(event: ScheduledEvent, numbers: Sequence[int]) -> ScheduledEvent:
    """The event as the user sees it who gave the answer of this number."""
    return msgspec.structs.replace(event, user_answer=ANSWERS[numbers[0] - 1] if numbers else None)


def _rows(given: Iterable[tuple[ScheduledEvent, datetime]]) -> str:
    """The rows of events as they are at a moment, as JSON."""
    rows = []
    for event, now in given:
        planned = dates.timing(event, now)
        row = EventRow(
            message_id=event.id,
            channel_id=event.channel_id,
            name=event.name,
            description=event.description,
            place=event.place,
            voice_channel_id=event.voice_channel_id,
            starts_at=event.starts_at,
            ends_at=event.ends_at,
            time_zone=event.time_zone,
            repeat=event.repeat,
            first_local=dates.local(event.starts_at, event.time_zone).isoformat(),
            reminder_minutes=event.reminder_minutes,
            is_cancelled=event.is_cancelled,
            over_at=planned.over_at,
            remind_at=planned.remind_at,
            moves_on_at=planned.moves_on_at,
            version=0,
        )
        rows.append(row)
    return msgspec.json.encode(rows).decode()
