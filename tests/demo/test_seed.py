"""The demo community: believable, complete, and never created twice."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import aiohttp
import asyncpg
import msgspec
import pytest
import structlog

from coterie.accounts.actions import Accounts
from coterie.accounts.authentication import Authentication
from coterie.accounts.guesses import Guesses
from coterie.accounts.passwords import Passwords
from coterie.accounts.tokens import Tokens
from coterie.commands.database_examination import examine_database
from coterie.database.connection import Database
from coterie.demo.seed import CHANNELS, PASSWORD, PEOPLE, seed
from coterie.demo.transcript import lines
from coterie.http.shared_limits import SharedLimits
from coterie.messages.actions import Messages
from coterie.messages.history import HistoryCursor, page
from coterie.permissions.cache import PermissionCache
from coterie.servers.queries import servers_of
from coterie.startup.preparation import warn_of_demo
from coterie.usage.counting import Usage
from tests.commands.test_commands import succeed
from tests.people import Browser
from tests.serving import LiveServer, serving, settings_for
from tests.startup.conftest import coterie

NOW = datetime(2026, 3, 12, 0, 20, tzinfo=UTC)


@pytest.fixture
def context(pool: Database) -> Accounts:
    tokens, guesses = Tokens("0" * 32), Guesses("0" * 32, SharedLimits(pool, "0" * 32, is_on=False))
    return Accounts(pool, Passwords(), tokens, guesses, Authentication(pool, tokens))


async def log_in(server: LiveServer, http: aiohttp.ClientSession, password: str) -> str:
    answer = await Browser(server.url, http).post("/api/auth/login", {"username": "alice", "password": password})
    return answer.code or str(answer.status)


async def test_the_published_password_opens_nothing_for_strangers(
    context: Accounts, database_url: str, http: aiohttp.ClientSession
) -> None:
    await seed(context, NOW)
    async with serving(settings_for(database_url, APP_ENV="development")) as server:
        assert await log_in(server, http, PASSWORD) == "200"
    async with serving(settings_for(database_url, COTERIE_ALLOW_DEMO_ACCOUNTS="on")) as server:
        assert await log_in(server, http, PASSWORD) == "200"
    async with serving(settings_for(database_url)) as server:
        assert await log_in(server, http, PASSWORD) == "demo_account"
        assert await log_in(server, http, "a wrong one") == "wrong_credentials"
        await asyncio.to_thread(succeed, "user", "reset-password", "alice", url=database_url, text="another one\n")
        assert await log_in(server, http, "another one") == "200"


async def test_operators_learn_of_demo_accounts(context: Accounts, database_url: str, tmp_path: Path) -> None:
    await seed(context, NOW)
    file = str(tmp_path / "backup.tar")
    words = ("backup", file, "--exclude-files")
    made = await asyncio.to_thread(coterie, *words, variables={"DATABASE_URL": database_url})
    assert "published password: alice, bob" in made.output
    settings = msgspec.structs.replace(settings_for(database_url), allow_demo_accounts=True)
    found = [each async for each in examine_database(settings) if each.name == "demo accounts"]
    assert [(each.state, each.found[:10]) for each in found] == [("fail", "alice, bob")]
    connection = await asyncpg.connect(database_url)
    with structlog.testing.capture_logs() as lines:
        await warn_of_demo(connection, settings)
    await connection.close()
    assert lines[0]["accounts"].startswith("alice, bob")


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
    newest = await page(Messages(pool, PermissionCache(), Usage(pool)), general, alice, HistoryCursor(50))
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
