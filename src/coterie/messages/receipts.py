"""How far the messages of a conversation were delivered to each participant, and how far they have read them.

A position is that of another participant's message and only ever moves forward; what was read was delivered too. Each
move is logged in the conversation. For a user who does not send read receipts, only what was delivered is stored and
shown.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from msgspec import Struct

from coterie import errors
from coterie.database.connection import Connection, Database
from coterie.errors import CoterieError
from coterie.log.append import Change, append, lock
from coterie.log.writer import Writer
from coterie.messages.models import Message
from coterie.permissions.cache import PermissionCache

LOOKED_AT: Final = 100
"""How many messages are searched for the newest by another user. If all are the reader's own, none is found."""

REACHED_LIMIT: Final = 100_000
"""For how many pairs of person and conversation the last receipt is remembered."""

LATEST: Final = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Receipt:
    """That messages were delivered to a user, or read by them, up to one of them; without one, all there are."""

    user_id: UUID
    conversation_id: UUID
    up_to: UUID | None = None
    is_read: bool = False


class ReceiptState(Struct, frozen=True):
    """The value of `receipts/<user id>` in a conversation's topic; 0 means nothing yet."""

    conversation_id: UUID
    user_id: UUID
    delivered_position: int
    delivered_at: datetime | None
    read_position: int
    read_at: datetime | None


class Receipts:
    """Stores receipts, those of many people in one commit."""

    def __init__(self, database: Database, permissions: PermissionCache) -> None:
        self.writer: Final[Writer[Receipt, None]] = Writer(
            partial(store, database, permissions), weigh=lambda _: 200, key=lambda receipt: receipt
        )
        self._reached: Final[OrderedDict[tuple[UUID, UUID], int]] = OrderedDict()

    async def keep(self, receipt: Receipt) -> None:
        """Store one; raises NOT_FOUND if the user has no such conversation, or it has no such message."""
        await self.writer.submit(receipt)

    def note(self, receipt: Receipt) -> None:
        """Store one some time soon; one that cannot be stored is dropped, since a later one includes it."""
        try:
            self.writer.enqueue(receipt).add_done_callback(_forget)
        except CoterieError:
            return

    def reached(self, user_id: UUID, message: Message) -> None:
        """Note that a user has a message of a conversation, unless they are known to have a later one."""
        known = (user_id, message.channel_id)
        if self._reached.get(known, 0) < message.seq:
            self._reached[known] = message.seq
            self._reached.move_to_end(known)
            if len(self._reached) > REACHED_LIMIT:
                self._reached.popitem(last=False)
            self.note(Receipt(user_id, message.channel_id, message.id))

    async def close(self) -> None:
        """Wait until everything submitted is stored."""
        await self.writer.close()


def _forget(done: "asyncio.Future[None]") -> None:
    """Retrieve the result, so that asyncio does not warn that nothing did."""
    if not done.cancelled():
        done.exception()


async def store(
    database: Database, permissions: PermissionCache, receipts: Sequence[Receipt], *, is_retry: bool
) -> list[CoterieError | None]:
    """Move the positions of a batch in one transaction. Storing a receipt again moves nothing."""
    judged = await permissions.judge(database, [(each.conversation_id, each.user_id) for each in receipts])
    permitted = [
        receipt
        for receipt, authority in zip(receipts, judged, strict=True)
        if authority is not None and authority.place is not None and authority.place.server_id is None
    ]
    found: set[Receipt] = set()
    if permitted:
        async with database.acquire() as connection, connection.transaction():
            await lock(connection, {receipt.conversation_id for receipt in permitted})
            found, moved = await _move(connection, permitted)
            if moved:
                await append(connection, *(_change(state) for state in moved))
    return [None if receipt in found else CoterieError(errors.NOT_FOUND) for receipt in receipts]


async def receipts_of(connection: Connection, conversation_id: UUID) -> list[ReceiptState]:
    """The receipts of all participants who have any."""
    rows = await connection.fetch(
        """
        SELECT conversation_id, user_id, delivered_position, delivered_at, read_position, read_at
        FROM conversation_participants WHERE conversation_id = $1 AND delivered_position > 0 ORDER BY user_id
        """,
        conversation_id,
    )
    return [ReceiptState(**row) for row in rows]


def forgotten(conversation_id: UUID, user_id: UUID) -> Change:
    """The change when a user leaves, and their receipts with them."""
    gone = {"conversation_id": conversation_id, "user_id": user_id}
    return Change(conversation_id, f"receipts/{user_id}", "RECEIPT_DELETE", gone, is_removal=True)


def _change(state: ReceiptState) -> Change:
    return Change(state.conversation_id, f"receipts/{state.user_id}", "RECEIPT_UPDATE", state)


async def _move(connection: Connection, receipts: Sequence[Receipt]) -> tuple[set[Receipt], list[ReceiptState]]:
    """Move positions; returns those receipts whose messages exist, and the states that changed."""
    rows = await connection.fetch(
        f"""
        WITH given AS (
            SELECT given.user_id, given.conversation_id, given.up_to, given.is_read, reached.seq, send_read_receipts
            FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bool[])
                AS given (user_id, conversation_id, up_to, is_read)
            CROSS JOIN LATERAL (
                SELECT send_read_receipts FROM users WHERE users.id = given.user_id LIMIT 1
            ) AS privacy
            LEFT JOIN LATERAL (
                SELECT seq, channel_id FROM messages WHERE messages.id = given.up_to LIMIT 1
            ) AS named ON TRUE
            LEFT JOIN LATERAL (
                SELECT seq FROM (
                    SELECT seq, author_id FROM messages
                    WHERE messages.channel_id = given.conversation_id AND seq <= coalesce(named.seq, {LATEST})
                    ORDER BY seq DESC LIMIT {LOOKED_AT}
                ) AS newest WHERE author_id IS DISTINCT FROM given.user_id ORDER BY seq DESC LIMIT 1
            ) AS reached ON TRUE
            WHERE given.up_to IS NULL OR named.channel_id = given.conversation_id
        ), wanted AS (
            SELECT user_id, conversation_id, coalesce(max(seq), 0) AS delivered,
                   coalesce(max(seq) FILTER (WHERE is_read AND send_read_receipts), 0) AS read
            FROM given GROUP BY user_id, conversation_id
        ), moved AS (
            UPDATE conversation_participants AS part
            SET delivered_position = greatest(part.delivered_position, delivered),
                delivered_at = CASE WHEN delivered > part.delivered_position THEN now() ELSE part.delivered_at END,
                read_position = greatest(part.read_position, read),
                read_at = CASE WHEN read > part.read_position THEN now() ELSE part.read_at END
            FROM wanted
            WHERE part.conversation_id = wanted.conversation_id AND part.user_id = wanted.user_id
              AND part.conversation_id = ANY($2)
              AND (delivered > part.delivered_position OR read > part.read_position)
            RETURNING part.conversation_id, part.user_id, delivered_position, delivered_at, read_position, read_at
        )
        SELECT given.user_id, given.conversation_id, given.up_to, given.is_read,
               delivered_position, delivered_at, read_position, read_at
        FROM given LEFT JOIN moved USING (user_id, conversation_id)
        """,
        [receipt.user_id for receipt in receipts],
        [receipt.conversation_id for receipt in receipts],
        [receipt.up_to for receipt in receipts],
        [receipt.is_read for receipt in receipts],
    )
    found = {Receipt(row["user_id"], row["conversation_id"], row["up_to"], row["is_read"]) for row in rows}
    moved = {
        (row["user_id"], row["conversation_id"]): ReceiptState(
            **{name: row[name] for name in ReceiptState.__struct_fields__}
        )
        for row in rows
        if row["delivered_position"] is not None
    }
    return found, list(moved.values())
