"""How far the messages of conversations had reached people, and how far they had read them: the ticks of old messages.

When it was is not known; it counts as the moment of the message.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from coterie.conversations.receipts import ReceiptState
from coterie.database.connection import Row
from coterie.importing import messages
from coterie.importing.engine import Compared, Stage
from coterie.importing.source import Query
from coterie.importing.work import Work
from coterie.log.append import Change, append, lock

NOTHING: Final[tuple[int, datetime | None]] = (0, None)


@dataclass(frozen=True, slots=True)
class Reached:
    """Up to which position messages were delivered and read, each with its moment."""

    delivered: tuple[int, datetime | None]
    read: tuple[int, datetime | None]


def stage(marks: str, places: str, texts: str, name: str = "receipts") -> Stage:
    """A stage for a statement that answers `channel_id`, `user_id`, `delivered_id`, `read_id`, of others' messages."""
    columns = ("channel_id", "user_id", "delivered_id", "read_id")
    some = f"(SELECT * FROM ({marks}) AS marks WHERE delivered_id IS NOT NULL OR read_id IS NOT NULL) AS marks"

    async def store(work: Work, rows: list[Row]) -> None:
        channels = await work.channels(places, [row["channel_id"] for row in rows])
        people = await work.accounts([row["user_id"] for row in rows])
        known = await _positions(work, texts, rows)
        reached: dict[tuple[UUID, UUID], Reached] = {}
        for row in rows:
            if row["channel_id"] in channels and row["user_id"] in people:
                key = (channels[row["channel_id"]], people[row["user_id"]])
                reached[key] = _further(reached.get(key), _reached(row, known))
            else:
                work.leave(name, f"{row['channel_id']}/{row['user_id']}", "there is no such account or conversation")
        await _write(work, reached)
        await work.remember(
            name,
            {
                f"{row['channel_id']}/{row['user_id']}": people[row["user_id"]]
                for row in rows
                if row["user_id"] in people
            },
        )

    async def compare(work: Work, rows: list[Row]) -> list[Compared]:
        return await _compare(work, places, rows)

    return Stage(name, Query(columns, some, (("channel_id", "uuid"), ("user_id", "uuid"))), store, compare)


async def _positions(work: Work, kind: str, rows: list[Row]) -> dict[UUID, tuple[int, datetime | None]]:
    ids = await messages.ids_of(work, kind, [id for row in rows for id in (row["delivered_id"], row["read_id"])])
    found = await work.connection.fetch(
        "SELECT id, seq, created_at FROM messages WHERE id = ANY($1)", list(ids.values())
    )
    places = {row["id"]: (row["seq"], row["created_at"]) for row in found}
    return {old: places[id] for old, id in ids.items()}


def _reached(row: Row, known: dict[UUID, tuple[int, datetime | None]]) -> Reached:
    """What was read was delivered too."""
    read = known.get(row["read_id"], NOTHING)
    return Reached(max(known.get(row["delivered_id"], NOTHING), read, key=_position), read)


def _further(one: Reached | None, other: Reached) -> Reached:
    if one is None:
        return other
    return Reached(
        max(one.delivered, other.delivered, key=_position),
        max(one.read, other.read, key=_position),
    )


def _position(place: tuple[int, datetime | None]) -> int:
    return place[0]


async def _write(work: Work, reached: dict[tuple[UUID, UUID], Reached]) -> None:
    await lock(work.connection, {conversation for conversation, _ in reached})
    rows = await work.connection.fetch(
        """
        UPDATE conversation_participants AS part
        SET delivered_position = greatest(part.delivered_position, given.delivered),
            delivered_at = CASE WHEN given.delivered > part.delivered_position
                                THEN given.delivered_at ELSE part.delivered_at END,
            read_position = greatest(part.read_position, given.read),
            read_at = CASE WHEN given.read > part.read_position THEN given.read_at ELSE part.read_at END
        FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::timestamptz[], $5::bigint[], $6::timestamptz[])
            AS given (conversation_id, user_id, delivered, delivered_at, read, read_at)
        WHERE part.conversation_id = given.conversation_id AND part.user_id = given.user_id
          AND part.conversation_id = ANY($1)
          AND (given.delivered > part.delivered_position OR given.read > part.read_position)
        RETURNING part.conversation_id, part.user_id, delivered_position, part.delivered_at, read_position, part.read_at
        """,
        [conversation for conversation, _ in reached],
        [user for _, user in reached],
        [each.delivered[0] for each in reached.values()],
        [each.delivered[1] for each in reached.values()],
        [each.read[0] for each in reached.values()],
        [each.read[1] for each in reached.values()],
    )
    states = [ReceiptState(**row) for row in rows]
    if states:
        await append(
            work.connection,
            *(Change(each.conversation_id, f"receipts/{each.user_id}", "RECEIPT_UPDATE", each) for each in states),
        )


async def _compare(work: Work, places: str, rows: list[Row]) -> list[Compared]:
    channels = await work.known(places, [row["channel_id"] for row in rows])
    people = await work.known("users", [row["user_id"] for row in rows])
    found = await work.connection.fetch(
        """
        SELECT conversation_id, user_id FROM conversation_participants
        WHERE conversation_id = ANY($1) AND user_id = ANY($2) AND delivered_position > 0
        """,
        list(channels.values()),
        list(people.values()),
    )
    there = {(row["conversation_id"], row["user_id"]) for row in found}
    return [
        Compared(
            old_id := f"{row['channel_id']}/{row['user_id']}",
            (old_id,),
            (old_id,) if (channels.get(str(row["channel_id"])), people.get(str(row["user_id"]))) in there else None,
        )
        for row in rows
    ]
