"""Ends sessions when they expire, and extends those that a socket or stream is using.

A connection is only checked when it opens, and its token expires while it goes on; so its session must end by an event.
One statement finds the expired sessions and one the next expiry, for which the work then waits: no timer per session.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from coterie.accounts import session_queries
from coterie.accounts.lifetimes import Lifetimes
from coterie.accounts.sessions import endings
from coterie.database.connection import Database
from coterie.log.append import Change, append

EXPIRY_SECONDS: Final = 60.0
"""The longest pause between two looks."""

BATCH: Final = 500

KEEP_SECONDS: Final = 3600.0
"""How often the sessions of open connections are extended."""


async def end_expired(database: Database) -> float:
    """End the sessions that have expired; returns in how many seconds the next one does."""
    async with database.acquire() as connection, connection.transaction():
        expired = await session_queries.delete_expired(connection, BATCH)
        await append(connection, *(change for user, session in expired for change in endings(user, [session])))
    if len(expired) == BATCH:
        return 0.0
    seconds = await session_queries.next_expiry(database)
    return EXPIRY_SECONDS if seconds is None else min(EXPIRY_SECONDS, seconds)


async def keep(database: Database, lifetimes: Lifetimes, sessions: Collection[UUID]) -> None:
    """Extend these sessions as a use would."""
    if not sessions:
        return
    async with database.acquire() as connection, connection.transaction():
        kept = await session_queries.extend(connection, sessions, lifetimes, datetime.now(UTC))
        await append(connection, *(Change(user, f"sessions/{each.id}", "SESSION_UPDATE", each) for user, each in kept))
