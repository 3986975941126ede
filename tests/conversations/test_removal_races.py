"""A message and the removal of its author at the same time: one comes first, and nothing comes after the removal."""

import asyncio
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import pytest

from coterie import errors
from coterie.conversations.opening import open_direct
from coterie.database.connection import Database
from coterie.errors import CoterieError
from coterie.log.append import lock
from coterie.messages import actions as messages
from coterie.messages.actions import Messages
from coterie.messages.models import MessageCreation
from coterie.permissions.cache import PermissionCache
from coterie.usage.counting import Usage
from tests.conversations.accounts import make_account
from tests.patience import PATIENCE

# A lock on a row is waited for as a lock on the transaction that holds it, which belongs to no database.
WAITING: Final = """
SELECT TRUE FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE NOT granted AND datname = current_database() LIMIT 1
"""


async def waiting(pool: Database) -> None:
    """Wait until a statement waits for a lock; the test's own database, as the cluster belongs to all of them."""
    async with asyncio.timeout(PATIENCE):
        while not await pool.fetchval(WAITING):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_what_waits_for_a_removal_is_refused(pool: Database) -> None:
    one, other = [await make_account(pool) for _ in range(2)]
    writing = Messages(pool, PermissionCache(), Usage(pool))
    async with pool.acquire() as connection, connection.transaction():
        conversation, _ = await open_direct(connection, one, other)
    async with pool.acquire() as connection, connection.transaction():
        await lock(connection, [conversation])
        sending = asyncio.create_task(messages.send(writing, conversation, one, MessageCreation("too late")))
        await waiting(pool)
        await connection.execute(
            "DELETE FROM conversation_participants WHERE conversation_id = $1 AND user_id = $2", conversation, one
        )
    with pytest.raises(CoterieError) as refused:
        await sending
    assert refused.value.entry is errors.NOT_FOUND
    assert await pool.fetchval("SELECT count(*) FROM messages") == 0
    await messages.send(writing, conversation, other, MessageCreation("still there"))
    assert await pool.fetchval("SELECT position FROM topics WHERE id = $1", conversation) == 4


async def test_what_waits_for_another_change_of_the_row_is_stored(pool: Database) -> None:
    """The row was changed but is still there: participants can write."""
    one, other = [await make_account(pool) for _ in range(2)]
    writing = Messages(pool, PermissionCache(), Usage(pool))
    async with pool.acquire() as connection, connection.transaction():
        conversation, _ = await open_direct(connection, one, other)
    async with pool.acquire() as connection, connection.transaction():
        await lock(connection, [conversation])
        sending = asyncio.create_task(messages.send(writing, conversation, one, MessageCreation("hello")))
        await waiting(pool)
        await connection.execute(
            "UPDATE conversation_participants SET read_position = 3, read_at = $3 "
            "WHERE conversation_id = $1 AND user_id = $2",
            conversation,
            one,
            datetime.now(UTC),
        )
    assert (await sending).seq == 4


async def test_a_batch_loses_only_what_is_refused(pool: Database) -> None:
    people = [await make_account(pool) for _ in range(3)]
    writing = Messages(pool, PermissionCache(), Usage(pool))
    async with pool.acquire() as connection, connection.transaction():
        conversation, _ = await open_direct(connection, people[0], people[1])
    async with asyncio.timeout(PATIENCE):
        outcomes = await asyncio.gather(
            *(messages.send(writing, conversation, person, MessageCreation("hello")) for person in people),
            return_exceptions=True,
        )
    refused = [each for each in outcomes if isinstance(each, CoterieError)]
    assert [each.entry for each in refused] == [errors.NOT_FOUND]
    seqs: list[UUID] = await pool.fetchval("SELECT array_agg(seq ORDER BY seq) FROM messages")
    assert seqs == [4, 5]
