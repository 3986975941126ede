"""A plain message alone is stored by a shorter statement: exactly as a batch would store it, or not at all."""

import dataclasses
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

import asyncpg
import pytest
from msgspec.structs import replace

from coterie.database.pool import OwnConnection
from coterie.messages.mentions import Mentions
from coterie.messages.models import MessageCreation
from coterie.messages.sending.attempt import Attempt, Sending
from coterie.messages.sending.drafts import created
from coterie.messages.sending.insert import insert
from coterie.messages.sending.insert_plain import insert_plain, is_plain
from coterie.permissions.cache import PermissionCache
from coterie.usage.models import period_at
from tests.people import Community

Way = Callable[[Any, Attempt], Awaitable[Attempt]]

PERIOD: Final = period_at(datetime.now(UTC), "month")


class Publishing:
    """A connection that returns bus messages instead of notifying."""

    def __init__(self, connection: OwnConnection) -> None:
        self.messages: list[str] = []
        self.publish = self.messages.append
        self.fetch = connection.fetch
        self.fetchrow = connection.fetchrow

    def is_in_transaction(self) -> bool:
        return True

    @property
    def held(self) -> list[str]:
        return self.messages


async def attempt(rows: OwnConnection, community: Community, content: str = "hello", **given: Any) -> Attempt:
    author, channel = UUID(community.member.id), UUID(community.channel)
    sending = created(channel, author, MessageCreation(content=content, nonce=uuid4().hex, **given))
    return Attempt(0, sending, await PermissionCache().in_channel(rows, channel, author))


class Stored(NamedTuple):
    """What became of a message, and all that its statement changed."""

    attempt: Attempt
    row: asyncpg.Record | None
    counted: list[asyncpg.Record]
    position: int
    bus_messages: list[str]


async def stored_by(way: Way, rows: OwnConnection, tried: Attempt) -> Stored:
    """What a way of storing does; nothing stays."""
    bus: Any = Publishing(rows)
    transaction = rows.transaction()
    await transaction.start()
    try:
        found = await way(bus, tried)
        row = await rows.fetchrow("SELECT * FROM messages WHERE id = $1", tried.draft.id)
        counted = await rows.fetch(
            "SELECT * FROM usage_tracking WHERE user_id = $1 AND metric <> 'api_requests'", tried.author_id
        )  # requests are counted when a batch of them is stored, now and then
        position = await rows.fetchval("SELECT position FROM topics WHERE id = $1", tried.draft.channel_id)
        return Stored(found, row, counted, position, bus.messages)
    finally:
        await transaction.rollback()


async def in_batch(connection: Any, tried: Attempt) -> Attempt:
    [found] = await insert(connection, [tried], PERIOD)
    return found


async def alone(connection: Any, tried: Attempt) -> Attempt:
    assert is_plain([tried])
    return await insert_plain(connection, tried, PERIOD)


@pytest.mark.parametrize("content", ["hello", 'quotes " and \\ and \n', "ö" * 4000])
async def test_both_ways_store_the_same(community: Community, rows: OwnConnection, content: str) -> None:
    await community.member.send(community.channel, "counted already")
    tried = await attempt(rows, community, content)
    short, long = await stored_by(alone, rows, tried), await stored_by(in_batch, rows, tried)
    assert short == long
    assert short.attempt.stored is not None
    assert short.row is not None
    assert len(short.bus_messages) == 1


async def test_both_pass_over_the_same(community: Community, rows: OwnConnection) -> None:
    """A key that is taken, a right that was judged too early, a channel that is none."""
    tried = await attempt(rows, community)
    earlier = await community.member.send(community.channel, "earlier", nonce="taken")
    assert tried.authority is not None
    draft = tried.sending.draft
    refused = [
        replace(tried, sending=Sending(replace(draft, id=UUID(earlier["id"])))),
        replace(tried, sending=Sending(replace(draft, nonce="taken"))),
        replace(tried, sending=Sending(replace(draft, channel_id=uuid4()))),
        replace(tried, authority=dataclasses.replace(tried.authority, as_of=0)),
    ]
    for each in refused:
        short, long = await stored_by(alone, rows, each), await stored_by(in_batch, rows, each)
        assert short == long
        assert short.attempt.outcome is None


async def test_what_refers_to_anything_is_not_plain(community: Community, rows: OwnConnection) -> None:
    tried = await attempt(rows, community)
    draft = tried.sending.draft
    for field, value in {"reply_to": uuid4(), "thread_id": uuid4(), "type_details": {"url": "x"}}.items():
        sending = Sending(replace(draft, **{field: value}))
        assert not is_plain([replace(tried, sending=sending)])
    assert not is_plain([replace(tried, sending=Sending(draft, "own-name", b"digest"))])
    assert tried.authority is not None
    assert not is_plain([replace(tried, authority=dataclasses.replace(tried.authority, structure=None))])
    assert not is_plain([tried, tried])
    mentioned = Mentions(users=(uuid4(),))
    assert not is_plain([replace(tried, mentions=mentioned)])
