"""Up to where people had read: marks that only move forward, and among each one's own affairs."""

from typing import Final
from uuid import UUID

from coterie.database.connection import Row
from coterie.importing import messages
from coterie.importing.engine import Compared, Stage
from coterie.importing.source import Query
from coterie.importing.work import Work
from coterie.log.append import Change, append, lock
from coterie.messages.read_marks import MarkedPosition

KIND: Final = "read marks"


def stage(marks: str, places: str, texts: str, name: str = KIND) -> Stage:
    """A stage for a statement that answers `channel_id`, `user_id` and `message_id`, the last that was read.

    `places` and `texts` are the kinds of both. Where nothing was read there is nothing to bring.
    """
    columns = ("channel_id", "user_id", "message_id")
    read = f"(SELECT * FROM ({marks}) AS marks WHERE message_id IS NOT NULL) AS marks"
    query = Query(columns, read, (("channel_id", "uuid"), ("user_id", "uuid")))

    async def store(work: Work, rows: list[Row]) -> None:
        channels = await work.channels(places, [row["channel_id"] for row in rows])
        people = await work.accounts([row["user_id"] for row in rows])
        last = await _positions(work, texts, rows)
        marks = {
            (people[row["user_id"]], channels[row["channel_id"]]): last[row["message_id"]][1]
            for row in rows
            if row["user_id"] in people
            and row["channel_id"] in channels
            and last.get(row["message_id"], (None, 0))[0] == channels[row["channel_id"]]
        }
        for row in rows:
            if row["user_id"] not in people:
                work.leave(name, f"{row['channel_id']}/{row['user_id']}", "there is no such account")
            elif row["channel_id"] not in channels:
                work.leave(name, f"{row['channel_id']}/{row['user_id']}", "there is no such channel")
        await _mark(work, marks)

    async def compare(work: Work, rows: list[Row]) -> list[Compared]:
        return await _compare(work, places, rows)

    return Stage(name, query, store, compare)


async def _positions(work: Work, kind: str, rows: list[Row]) -> dict[UUID, tuple[UUID, int]]:
    """The channel and position of the messages that were read last."""
    ids = await messages.ids_of(work, kind, [row["message_id"] for row in rows])
    found = await work.connection.fetch(
        "SELECT id, channel_id, seq FROM messages WHERE id = ANY($1)", list(ids.values())
    )
    places = {row["id"]: (row["channel_id"], row["seq"]) for row in found}
    return {old: places[id] for old, id in ids.items() if id in places}


async def _mark(work: Work, marks: dict[tuple[UUID, UUID], int]) -> None:
    await lock(work.connection, {user for user, _ in marks})
    moved = await work.connection.fetch(
        """
        INSERT INTO read_marks (user_id, channel_id, position)
        SELECT user_id, channel_id, position FROM unnest($1::uuid[], $2::uuid[], $3::bigint[])
            AS given (user_id, channel_id, position) ORDER BY user_id, channel_id
        ON CONFLICT (user_id, channel_id) DO UPDATE SET position = excluded.position
        WHERE read_marks.position < excluded.position
        RETURNING user_id, channel_id, position
        """,
        [user for user, _ in marks],
        [channel for _, channel in marks],
        list(marks.values()),
    )
    changes = [
        Change(
            row["user_id"],
            f"read_marks/{row['channel_id']}",
            "READ_MARK_UPDATE",
            MarkedPosition(row["channel_id"], row["position"]),
        )
        for row in moved
    ]
    if changes:
        await append(work.connection, *changes)


async def _compare(work: Work, places: str, rows: list[Row]) -> list[Compared]:
    channels = await work.known(places, [row["channel_id"] for row in rows])
    people = await work.known("users", [row["user_id"] for row in rows])
    found = await work.connection.fetch(
        "SELECT user_id, channel_id FROM read_marks WHERE user_id = ANY($1) AND channel_id = ANY($2)",
        list(people.values()),
        list(channels.values()),
    )
    there = {(row["user_id"], row["channel_id"]) for row in found}
    return [
        Compared(
            old_id := f"{row['channel_id']}/{row['user_id']}",
            (old_id,),
            (old_id,) if (people.get(str(row["user_id"])), channels.get(str(row["channel_id"]))) in there else None,
        )
        for row in rows
    ]
