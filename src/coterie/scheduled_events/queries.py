"""SQL statements for lists of scheduled events, and for who answered."""

from collections.abc import Collection
from uuid import UUID

from coterie.database.connection import Connection
from coterie.messages.models import ScheduledEvent
from coterie.messages.scheduled import ANSWERED, ANSWERS, EVENT, event_of_row
from coterie.scheduled_events.models import AnswerPage, Attendee


async def upcoming(
    connection: Connection, channels: Collection[UUID], viewer: UUID, limit: int
) -> list[ScheduledEvent]:
    """The events of these channels that are not over or cancelled, the next first, with the viewer's answers."""
    rows = await connection.fetch(
        f"""
        SELECT {EVENT}, {ANSWERED}
        FROM scheduled_events JOIN messages ON messages.id = message_id
        WHERE scheduled_events.channel_id = ANY($1) AND over_at > now() AND NOT is_cancelled AND deleted_at IS NULL
        ORDER BY starts_at, messages.id LIMIT $3
        """,
        channels,
        viewer,
        limit,
    )
    return [event_of_row(row) for row in rows]


async def attendees(connection: Connection, event_id: UUID, page: AnswerPage) -> list[Attendee]:
    """The users who gave this answer, ordered by id, after one of them."""
    rows = await connection.fetch(
        """
        SELECT user_id, username, display_name, avatar_url, event_answers.created_at
        FROM event_answers JOIN users ON users.id = user_id
        WHERE message_id = $1 AND answer = $2 AND user_id > $3 ORDER BY user_id LIMIT $4
        """,
        event_id,
        ANSWERS.index(page.answer) + 1,
        page.after or UUID(int=0),
        page.limit,
    )
    return [Attendee(**row) for row in rows]
