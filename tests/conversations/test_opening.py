"""Two users have exactly one direct conversation, however often either of them opens it at the same time."""

import asyncio
from uuid import UUID

import pytest

from coterie import errors
from coterie.conversations.opening import open_direct
from coterie.database.connection import Database
from coterie.errors import CoterieError
from coterie.log.append import Change
from tests.conversations.accounts import make_account

OPENERS = 20


async def opened(pool: Database, one: UUID, other: UUID, *also: Change) -> tuple[UUID, bool]:
    async with pool.acquire() as connection, connection.transaction():
        return await open_direct(connection, one, other, *also)


async def test_it_is_made_once(pool: Database) -> None:
    one, other = [await make_account(pool) for _ in range(2)]
    id, was_made = await opened(pool, one, other)
    assert was_made
    assert await opened(pool, other, one) == (id, False)
    people = await pool.fetch("SELECT user_id FROM conversation_participants WHERE conversation_id = $1", id)
    assert {row["user_id"] for row in people} == {one, other}


async def test_many_at_once_find_the_same(pool: Database) -> None:
    one, other = [await make_account(pool) for _ in range(2)]
    pairs = [(one, other), (other, one)] * (OPENERS // 2)
    found = await asyncio.gather(*(opened(pool, *pair) for pair in pairs))
    assert len({id for id, _ in found}) == 1
    assert [was_made for _, was_made in found].count(True) == 1
    assert await pool.fetchval("SELECT count(*) FROM conversations") == 1


async def test_the_log_says_it_to_everybody_concerned(pool: Database) -> None:
    one, other = sorted([await make_account(pool) for _ in range(2)])
    id, _ = await opened(pool, one, other, Change(one, "friend", "FRIEND", {}))
    await opened(pool, one, other, Change(one, "friend", "FRIEND_AGAIN", {}))
    rows = await pool.fetch("SELECT topic_id, key, position, type FROM changes ORDER BY position, topic_id")
    assert [tuple(row) for row in rows if row["topic_id"] == id] == [
        (id, "conversation", 1, "CONVERSATION_UPDATE"),
        (id, f"participants/{one}", 2, "PARTICIPANT_ADD"),
        (id, f"participants/{other}", 3, "PARTICIPANT_ADD"),
    ]
    assert [tuple(row) for row in rows if row["topic_id"] != id] == [
        *((user, f"conversations/{id}", 1, "DM_CHANNEL_CREATE") for user in (one, other)),
        (one, "friend", 3, "FRIEND_AGAIN"),
    ]


async def test_nobody_talks_to_themselves(pool: Database) -> None:
    one = await make_account(pool)
    with pytest.raises(CoterieError) as refused:
        await opened(pool, one, one)
    assert refused.value.entry is errors.NOT_YOURSELF
