"""Figures of the instance, added up at most every few seconds however many administrators look.

What each costs does not grow with the history: messages of the last 30 days are counted along the index of their times,
up to `DAYS_COUNTED` of them, and files are added up over the `ATTACHMENTS_COUNTED` newest attachments. All messages are
counted up to `EXACT`, and estimated beyond by PostgreSQL's own statistics. Accounts, servers, channels and files are
counted in full, which are as many rows as there are of each.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Generic, TypeVar

from coterie.administration.models import ChannelStorage, DayFigures, ServerStorage, Statistics
from coterie.database.connection import Connection, Database
from coterie.feature import Core

Found = TypeVar("Found")

EXACT: Final = 10_000
"""Messages that are counted; more are estimated."""

DAYS: Final = 30
DAYS_COUNTED: Final = 1_000_000
"""Messages that are counted by day, the newest first."""

ATTACHMENTS_COUNTED: Final = 200_000
LARGEST: Final = 20
TOTALS_SECONDS: Final = 10.0
STATISTICS_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class Totals:
    """How much there is now."""

    users: int
    servers: int
    channels: int
    messages: int
    storage_bytes: int


class Fresh(Generic[Found]):
    """What was found last, looked up again when it is older than some seconds; all who ask meanwhile wait for it."""

    def __init__(self, look: Callable[[], Awaitable[Found]], seconds: float) -> None:
        self._look: Final = look
        self._seconds: Final = seconds
        self._asking: Final = asyncio.Lock()
        self._known: tuple[float, Found] | None = None

    async def get(self) -> Found:
        async with self._asking:
            if self._known is None or time.monotonic() - self._known[0] > self._seconds:
                found = await self._look()
                self._known = (time.monotonic(), found)
            return self._known[1]


class Figures:
    """The figures that one process has added up."""

    def __init__(self, database: Database) -> None:
        self.totals: Final = Fresh(lambda: totals(database), TOTALS_SECONDS)
        self.statistics: Final = Fresh(lambda: statistics(database, datetime.now(UTC)), STATISTICS_SECONDS)


def opened(core: Core) -> AbstractAsyncContextManager[Figures]:
    return nullcontext(Figures(core.database))


async def totals(connection: Connection) -> Totals:
    row = await connection.fetchrow(
        """
        WITH counted AS (SELECT count(*) AS messages FROM (SELECT FROM messages LIMIT $1) AS first)
        SELECT (SELECT count(*) FROM users WHERE deleted_at IS NULL) AS users,
               (SELECT count(*) FROM servers) AS servers,
               (SELECT count(*) FROM channels WHERE server_id IS NOT NULL) AS channels,
               (SELECT CASE WHEN messages < $1 THEN messages ELSE greatest(messages, (
                    SELECT n_live_tup FROM pg_stat_user_tables WHERE relid = 'messages'::regclass)) END
                FROM counted) AS messages,
               (SELECT coalesce(sum(size), 0)::bigint FROM files) AS storage_bytes
        """,
        EXACT,
    )
    assert row is not None, "it has no condition"
    return Totals(**row)


async def statistics(connection: Connection, now: datetime) -> Statistics:
    days, seen = await _days(connection, now), await _seen(connection, now)
    servers, channels, conversation_bytes, is_partial = await _storage(connection)
    return Statistics(now, days, *seen, servers, channels, conversation_bytes, is_partial)


async def _days(connection: Connection, now: datetime) -> list[DayFigures]:
    """What each of the last days brought, the oldest first."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    since = today - timedelta(days=DAYS - 1)
    rows = await connection.fetch(
        """
        SELECT 'messages' AS kind, (created_at AT TIME ZONE 'UTC')::date AS day, count(*) FROM (
            SELECT created_at FROM messages WHERE created_at >= $1 ORDER BY created_at DESC LIMIT $2
        ) AS newest GROUP BY day
        UNION ALL SELECT 'users', (created_at AT TIME ZONE 'UTC')::date AS day, count(*)
        FROM users WHERE created_at >= $1 AND deleted_at IS NULL GROUP BY day
        UNION ALL SELECT 'servers', (created_at AT TIME ZONE 'UTC')::date AS day, count(*)
        FROM servers WHERE created_at >= $1 GROUP BY day
        """,
        since,
        DAYS_COUNTED,
    )
    found = {(row["kind"], row["day"]): row["count"] for row in rows}
    counted = [day for kind, day in found if kind == "messages"]
    is_cut = sum(found["messages", day] for day in counted) >= DAYS_COUNTED
    every = [(since + timedelta(days=number)).date() for number in range(DAYS)]
    return [
        DayFigures(
            day,
            found.get(("users", day), 0),
            found.get(("servers", day), 0),
            None if is_cut and day <= min(counted) else found.get(("messages", day), 0),
        )
        for day in every
    ]


async def _seen(connection: Connection, now: datetime) -> tuple[int, int, int]:
    """How many people were connected in the last day, 7 and 30 days."""
    row = await connection.fetchrow(
        """
        SELECT count(*) FILTER (WHERE seen_at > $1::timestamptz - INTERVAL '1 day') AS day,
               count(*) FILTER (WHERE seen_at > $1::timestamptz - INTERVAL '7 days') AS week,
               count(*) FILTER (WHERE seen_at > $1::timestamptz - INTERVAL '30 days') AS month
        FROM (
            SELECT CASE WHEN id IN (SELECT user_id FROM presences) THEN $1 ELSE last_seen_at END AS seen_at
            FROM users WHERE NOT is_bot AND deleted_at IS NULL
        ) AS people
        """,
        now,
    )
    assert row is not None, "an aggregate answers one row"
    return row["day"], row["week"], row["month"]


async def _storage(connection: Connection) -> tuple[list[ServerStorage], list[ChannelStorage], int, bool]:
    """The servers and channels whose messages have the largest files, the bytes of conversations, whether it is all."""
    rows = await connection.fetch(
        """
        WITH newest AS MATERIALIZED (
            SELECT message_id, file_size + coalesce(thumbnail_size, 0) AS bytes FROM attachments
            ORDER BY id DESC LIMIT $1
        ), sized AS (
            SELECT channel_id, sum(newest.bytes)::bigint AS bytes
            FROM newest JOIN messages ON messages.id = message_id GROUP BY channel_id
        ), placed AS MATERIALIZED (
            SELECT channel_id, channels.name, server_id, servers.name AS server_name, bytes
            FROM sized JOIN channels ON channels.id = channel_id LEFT JOIN servers ON servers.id = server_id
        )
        (SELECT 'server' AS kind, server_id AS id, server_name AS name, server_name, sum(bytes)::bigint AS bytes
         FROM placed WHERE server_id IS NOT NULL GROUP BY server_id, server_name ORDER BY bytes DESC, id LIMIT $2)
        UNION ALL
        (SELECT 'channel', channel_id, name, server_name, bytes
         FROM placed WHERE server_id IS NOT NULL ORDER BY bytes DESC, channel_id LIMIT $2)
        UNION ALL
        SELECT 'conversations', NULL, NULL, NULL, coalesce(sum(bytes), 0)::bigint FROM placed WHERE server_id IS NULL
        UNION ALL SELECT 'counted', NULL, NULL, NULL, count(*) FROM newest
        """,
        ATTACHMENTS_COUNTED,
        LARGEST,
    )
    sums = {row["kind"]: row["bytes"] for row in rows if row["id"] is None}
    return (
        [ServerStorage(row["id"], row["name"], row["bytes"]) for row in rows if row["kind"] == "server"],
        [
            ChannelStorage(row["id"], row["name"], row["server_name"], row["bytes"])
            for row in rows
            if row["kind"] == "channel"
        ],
        sums["conversations"],
        sums["counted"] >= ATTACHMENTS_COUNTED,
    )
