"""The lives of a history, so that a position never means two things.

A database that was restored gives positions out again, which its readers know from the life that was lost. So each new
life goes on far beyond: every topic's position becomes the time in microseconds, and what lies below is its floor. Who
resumes from the lost life, or from before it, is below the floor and gets a snapshot or a reset that is marked as one.
No topic changes a million times a second, so a later life always begins behind an earlier one.

A new epoch begins with a restore, when it is asked for, and when a server finds the database in another cluster, on
another timeline or in another database of the cluster than before: then somebody restored it by other means.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import asyncpg

from coterie.database.connection import Connection, OneConnection

Reason: TypeAlias = Literal["restored", "found elsewhere", "asked for"]

_LOCK: Final = 0x636F746572696532
"""An advisory lock: one process at a time looks whether a new epoch is due."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """One life; `name` is random, and the same for nobody else."""

    number: int
    name: str
    home: str | None


async def current(connection: Connection) -> Epoch:
    """The life that the history is in."""
    row = await connection.fetchrow("SELECT number, name, home FROM epochs ORDER BY number DESC LIMIT 1")
    assert row is not None, "the migration made the first"
    return Epoch(row["number"], row["name"], row["home"])


async def begin(connection: OneConnection, reason: Reason) -> Epoch:
    """Let a new life begin. Who is connected meanwhile is told like everybody else when they come again."""
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
    """The life to serve: a new one if the database is not where it was. Safe from many processes at once."""
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
    """Where the database is; None if PostgreSQL does not tell this user, as some hosts of databases have it."""
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
