"""How far users had read: read marks, and for conversations the receipts, which only move forward.

The time at which a message was delivered or read is not known; the message's own time is used.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from coterie.database.columns import columns
from coterie.database.connection import Row
from coterie.importing import messages
from coterie.importing.mappings import ACCOUNT, Reference, SourceRow, Stage, TableMapping
from coterie.importing.tables import Query, Table
from coterie.importing.work import ImportWork, find_accounts, find_channels
from coterie.log.append import Change, lock
from coterie.messages.read_marks import ReadMark, move
from coterie.messages.receipts import ReceiptState

PAIR: Final = ("channel_id", "user_id")
NOBODY: Final = "the account or conversation does not exist"


@dataclass(frozen=True, slots=True)
class Readers:
    """The rows of a table that name users and what they read: channels, in `column`, of a kind.

    `messages` is the kind of these channels' messages. `condition` selects the rows.
    """

    table: Table
    column: str
    kind: str
    messages: str
    condition: str = "TRUE"

    def stage(self, kind: TableMapping[Any], **last: str) -> Stage:
        """The stage for rows that have at least one of the last messages, whose ids are given as SQL."""
        shown = ", ".join(f"{sql} AS {name}" for name, sql in last.items())
        rows = (
            f"SELECT {self.table.id(self.column, self.kind)} AS channel_id, {self.table.id('user_id', 'users')} "
            f"AS user_id, {shown} FROM {self.table.name} WHERE {self.condition}"
        )
        some = " OR ".join(f"{name} IS NOT NULL" for name in last)
        tables = f"(SELECT * FROM ({rows}) AS marks WHERE {some}) AS marks"
        return Stage(kind, Query((*PAIR, *last), tables, (("channel_id", "uuid"), ("user_id", "uuid"))))


def read_marks(readers: Readers, last: str, name: str = "read marks") -> Stage:
    """A stage for the last message that each user read in a channel."""

    async def make(work: ImportWork, rows: list[SourceRow]) -> list[ReadMark | None]:
        found = await messages.found(work, readers.messages, [each["message_id"] for each in rows])
        return [
            ReadMark(each.here["user_id"], each.here["channel_id"], found[each["message_id"]]["id"])
            if each["message_id"] in found
            else None
            for each in rows
        ]

    kind = TableMapping[ReadMark](
        name,
        refers={
            "user_id": ACCOUNT,
            "channel_id": Reference(readers.kind, find_channels, "the channel does not exist"),
        },
        make=make,
        store=_mark,
        find=lambda here, channels, people: here.fetch(
            "SELECT channel_id, user_id FROM read_marks WHERE user_id = ANY($2) AND channel_id = ANY($1)",
            channels,
            people,
        ),
        ids=PAIR,
        became=None,
    )
    return readers.stage(kind, message_id=last)


async def _mark(work: ImportWork, made: list[ReadMark]) -> list[Change]:
    await lock(work.connection, {mark.user_id for mark in made})
    await move(work.connection, made)
    return []


class Reached(NamedTuple):
    """The positions up to which messages were delivered to a user and read, each with its time; 0 is nothing."""

    conversation_id: UUID
    user_id: UUID
    delivered: int
    delivered_at: datetime | None
    read: int
    read_at: datetime | None


REACHED: Final = columns(Reached)


def receipts(readers: Readers, delivered: str, read: str, name: str = "receipts") -> Stage:
    """A stage for the last messages of others that were delivered to each user and read."""

    async def make(work: ImportWork, rows: list[SourceRow]) -> list[Reached]:
        ids = [id for each in rows for id in (each["delivered_id"], each["read_id"])]
        found = await messages.found(work, readers.messages, ids)
        await work.remember(name, {each.old_id: each.here["user_id"] for each in rows})
        return [_reached(each, found) for each in rows]

    kind = TableMapping[Reached](
        name,
        refers={
            "channel_id": Reference(readers.kind, find_channels, NOBODY),
            "user_id": Reference("users", find_accounts, NOBODY),
        },
        make=make,
        store=_receive,
        find=lambda here, channels, people: here.fetch(
            """
            SELECT conversation_id, user_id FROM conversation_participants
            WHERE conversation_id = ANY($1) AND user_id = ANY($2) AND delivered_position > 0
            """,
            channels,
            people,
        ),
        ids=PAIR,
        became=None,
    )
    return readers.stage(kind, delivered_id=delivered, read_id=read)


def _reached(row: SourceRow, found: Mapping[UUID, Row]) -> Reached:
    """What was read was also delivered."""
    read = _place(found, row["read_id"])
    delivered = max(_place(found, row["delivered_id"]), read, key=lambda place: place[0])
    return Reached(row.here["channel_id"], row.here["user_id"], *delivered, *read)


def _place(found: Mapping[UUID, Row], old_id: UUID | None) -> tuple[int, datetime | None]:
    row = found.get(old_id) if old_id else None
    return (row["seq"], row["created_at"]) if row else (0, None)


async def _receive(work: ImportWork, made: list[Reached]) -> list[Change]:
    """If several conversations or accounts are one here, the furthest of their positions."""
    await lock(work.connection, {each.conversation_id for each in made})
    rows = await work.connection.fetch(
        f"""
        WITH given AS (
            SELECT conversation_id, user_id, max(delivered) AS delivered, max(read) AS read,
                   (array_agg(delivered_at ORDER BY delivered DESC))[1] AS delivered_at,
                   (array_agg(read_at ORDER BY read DESC))[1] AS read_at
            FROM {REACHED.given} GROUP BY conversation_id, user_id
        )
        UPDATE conversation_participants AS part
        SET delivered_position = greatest(part.delivered_position, given.delivered),
            delivered_at = CASE WHEN given.delivered > part.delivered_position
                                THEN given.delivered_at ELSE part.delivered_at END,
            read_position = greatest(part.read_position, given.read),
            read_at = CASE WHEN given.read > part.read_position THEN given.read_at ELSE part.read_at END
        FROM given
        WHERE part.conversation_id = given.conversation_id AND part.user_id = given.user_id
          AND part.conversation_id = ANY($1)
          AND (given.delivered > part.delivered_position OR given.read > part.read_position)
        RETURNING part.conversation_id, part.user_id, delivered_position, part.delivered_at, read_position, part.read_at
        """,
        *REACHED.arrays(made),
    )
    states = [ReceiptState(**row) for row in rows]
    return [Change(each.conversation_id, f"receipts/{each.user_id}", "RECEIPT_UPDATE", each) for each in states]
