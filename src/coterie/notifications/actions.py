"""Sets what users want to be notified of in a place. Only they can see it, so it changes in their own topic.

Setting a level holds the lock of the place's server (or of the conversation), and so does removing the place or a
membership. So no level outlives what it is about.

Levels are stored here and applied by clients. An event that the server withheld would be a gap in what a client knows,
users still read muted channels, and counts would change with every level. What notifies users who are not looking
decides by the same rules (`deciding.py`).
"""

from datetime import UTC, datetime
from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.log.append import Change, append, lock
from coterie.notifications import queries
from coterie.notifications.endings import removal
from coterie.notifications.models import LevelChoice, NotificationLevel, PlaceKind
from coterie.permissions.context import ActionContext


async def set_for_server(
    context: ActionContext, server_id: UUID, user_id: UUID, choice: LevelChoice
) -> NotificationLevel:
    """For a server that the user is a member of."""
    level = _level(server_id, "server", choice)
    async with context.database.acquire() as connection, connection.transaction():
        await context.permissions.locked(connection, server_id, user_id, also=[user_id])
        return await _set(connection, user_id, level)


async def set_for_place(
    context: ActionContext, place_id: UUID, user_id: UUID, choice: LevelChoice, *, is_conversation: bool = False
) -> NotificationLevel:
    """For a channel that the user may view, or a conversation; `is_conversation` accepts nothing else."""
    async with context.database.acquire() as connection, connection.transaction():
        authority = await context.permissions.in_channel(connection, place_id, user_id)
        assert authority.place is not None, "it was asked for"
        home = authority.place.server_id
        if is_conversation and home is not None:
            raise CoterieError(errors.NOT_FOUND)
        level = _level(place_id, "conversation" if home is None else "channel", choice)
        await lock(connection, [home or place_id, user_id])
        await context.permissions.in_channel(
            connection, place_id, user_id
        )  # the right may have been lost before the lock
        return await _set(connection, user_id, level)


def _level(place_id: UUID, kind: PlaceKind, choice: LevelChoice) -> NotificationLevel:
    return NotificationLevel(place_id, kind, choice.level, _end(choice.muted_until))


def _end(muted_until: datetime | None) -> datetime | None:
    """The time in UTC, as it is stored; None if it has passed."""
    try:
        end = muted_until.astimezone(UTC) if muted_until else None
    except OverflowError:
        raise CoterieError(errors.INVALID, fields={"muted_until": "must be a time before the year 10000"}) from None
    return end if end and end > datetime.now(UTC) else None


async def _set(connection: Connection, user_id: UUID, level: NotificationLevel) -> NotificationLevel:
    """Store a level and notify the user's own devices; setting the same level again changes nothing."""
    if not level.is_set:
        if await queries.delete(connection, user_id, level.place_id):
            await append(connection, removal(user_id, level.place_id))
    elif await queries.put(connection, user_id, level):
        key = f"notification_levels/{level.place_id}"
        await append(connection, Change(user_id, key, "NOTIFICATION_LEVEL_UPDATE", level))
    return level
