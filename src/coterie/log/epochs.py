"""The epochs of a history, so that a position never means two things.

A database that was restored assigns positions again that readers know from the lost epoch. So each new epoch continues
far beyond: every topic's position becomes the time in microseconds, and everything below is under its floor. A client
that resumes from the lost epoch, or from before it, is below the floor and gets a snapshot or a reset that is marked as
one. No topic changes a million times a second, so a later epoch always begins after an earlier one.

A new epoch begins with a restore, on request, and when a server process finds the database in another cluster, on
another timeline or in another database of the cluster than before: then it was restored by other means.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import asyncpg

from coterie.database.connection import Connection, OneConnection

Reason: TypeAlias = Literal["restored", "found elsewhere", "asked for"]

_LOCK: Final = 0x636F746572696532
"""An advisory lock: one process at a time checks whether a new epoch is due."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch; `name` is random and unique."""

    number: int
    name: str
    home: str | None


async def current(connection: Connection) -> Epoch:
    """The epoch that the history is in."""
    row = await connection.fetchrow("SELECT number, name, home FROM epochs ORDER BY number DESC LIMIT 1")
    assert row is not None, "the migration made the first"
    return Epoch(row["number"], row["name"], row["home"])


async def begin(connection: OneConnection, reason: Reason) -> Epoch:
    """Begin a new epoch. Clients that are connected meanwhile learn of it when they reconnect, as all others do."""
    home = await _home(connection)
    async with connection.transaction():
        await connection.execute("SELECT FROM topics ORDER BY id FOR UPDATE")
        await connection.execute(
            """
            UPDATE topics SET position = moved.position, floor = moved.position
            FROM (SELECT id, greatest(position + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
                  FROM topics) AS moved (id, position)
            WHERE topics.id = moved.id
            """
        )
        await connection.execute(
            """
            INSERT INTO epochs (number, name, reason, home)
            SELECT max(number) + 1, right(gen_random_uuid()::text, 12), $1, $2 FROM epochs
            """,
            reason,
            home,
        )
        return await current(connection)


async def settle(connection: OneConnection) -> Epoch:
    """The epoch to serve: a new one if the database has moved. Many processes may call this at once."""
    home = await _home(connection)
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        epoch = await current(connection)
        if home is None or epoch.home == home:
            return epoch
        if epoch.home is not None:
            return await begin(connection, "found elsewhere")
        await connection.execute("UPDATE epochs SET home = $2 WHERE number = $1", epoch.number, home)
        return Epoch(epoch.number, epoch.name, home)


async def _home(connection: OneConnection) -> str | None:
    """Which database this is; None if PostgreSQL does not reveal it to this user, as with some database hosts."""
    try:
        home: str = await connection.fetchval(
            """
            SELECT format('%s/%s/%s', system_identifier, timeline_id,
                          (SELECT oid FROM pg_database WHERE datname = current_database()))
            FROM pg_control_system(), pg_control_checkpoint()
            """
        )
    except asyncpg.InsufficientPrivilegeError:
        return None
    return home
