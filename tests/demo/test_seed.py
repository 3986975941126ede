"""The demo community: believable, complete, and never there twice."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest

from coterie.accounts.actions import Accounts
from coterie.accounts.guesses import Guesses
from coterie.accounts.passwords import Passwords
from coterie.accounts.tokens import Tokens
from coterie.database.connection import Database
from coterie.demo.seed import CHANNELS, PASSWORD, PEOPLE, seed
from coterie.demo.transcript import lines
from coterie.limits import Limits
from coterie.messages.actions import Cursor, Messages, page
from coterie.permissions.rights import Rights
from coterie.servers.queries import servers_of
from coterie.usage.counting import Usage

NOW = datetime(2026, 3, 12, 0, 20, tzinfo=UTC)


@pytest.fixture
def context(pool: Database) -> Accounts:
    return Accounts(pool, Passwords(), Tokens("0" * 32), Guesses("0" * 32, Limits(is_on=False)))


@pytest.mark.parametrize("hour", [0, 3, 5, 12, 23])
def test_the_conversation_is_a_week_in_order_and_in_the_past(hour: int) -> None:
    now = NOW.replace(hour=hour)
    spoken = lines(now)
    assert len(spoken) > 200
    assert all(earlier.said_at < later.said_at for earlier, later in pairwise(spoken))
    assert spoken[-1].said_at < now
    assert spoken[-1].said_at - spoken[0].said_at > timedelta(days=6)
    assert {line.author for line in spoken} == set(PEOPLE)
    assert {line.channel for line in spoken} == {each.name for each in CHANNELS if each.type == "text"}
    assert sum(1 for line in spoken if line.reactions) == 6
    assert sum(1 for line in spoken if line.answers is not None) > 30


def test_people_sleep() -> None:
    earlier = [line for line in lines(NOW) if line.said_at < NOW - timedelta(days=1)]
    hours = Counter(line.said_at.hour for line in earlier)
    assert not set(hours) & set(range(7))


async def test_it_makes_everything_once(context: Accounts, pool: Database) -> None:
    first = await seed(context, NOW)
    assert (first.people, first.messages) == (5, len(lines(NOW)))
    second = await seed(context, NOW + timedelta(days=1))
    assert (second.people, second.messages) == (0, 0)
    counts = await pool.fetchrow(
        """
        SELECT (SELECT count(*) FROM servers) AS servers, (SELECT count(*) FROM roles) AS roles,
               (SELECT count(*) FROM channels WHERE type = 'text') AS text,
               (SELECT count(*) FROM channels WHERE type = 'voice') AS voice,
               (SELECT count(*) FROM server_members) AS members,
               (SELECT count(DISTINCT message_id) FROM reactions) AS reacted,
               (SELECT count(*) FROM users WHERE is_admin) AS admins,
               (SELECT count(*) FROM documents WHERE is_pinned) AS documents
        """
    )
    assert counts is not None
    assert dict(counts) == {
        "servers": 1, "roles": 3, "text": 4, "voice": 3, "members": 5, "reacted": 6, "admins": 1,
        "documents": 1,
    }  # fmt: skip


async def test_it_can_be_read_by_its_people(context: Accounts, pool: Database) -> None:
    await seed(context, NOW)
    alice = await pool.fetchval("SELECT id FROM users WHERE username = 'alice'")
    [server] = await servers_of(pool, alice)
    assert server.name == "Gaming Squad"
    general = await pool.fetchval("SELECT id FROM channels WHERE name = 'general'")
    newest = await page(Messages(pool, Rights(), Usage(pool)), general, alice, Cursor(50))
    assert [message.seq for message in newest] == sorted((message.seq for message in newest), reverse=True)
    assert all(a.created_at > b.created_at for a, b in pairwise(newest))
    assert any(message.reply_to for message in newest)
    assert msgspec.json.encode(newest)
    password_hash = await pool.fetchval("SELECT password_hash FROM users WHERE username = 'eve'")
    assert await context.passwords.verify(PASSWORD, password_hash)


async def test_positions_have_no_holes(context: Accounts, pool: Database) -> None:
    """Each message and each reaction has one position, and the last is the channel's."""
    await seed(context, NOW)
    rows = await pool.fetch(
        """
        SELECT position, count(DISTINCT messages.id) + count(emoji) AS changes
        FROM topics JOIN messages ON channel_id = topics.id LEFT JOIN reactions ON message_id = messages.id
        GROUP BY topics.id, position
        """
    )
    assert len(rows) == 4
    for row in rows:
        assert row["position"] == row["changes"]
