"""GET /api/users/@me/security-events and /api/admin/security-events: a takeover of an account leaves traces."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import aiohttp
import asyncpg
import pytest
import structlog

from coterie.features import ROW_LIFETIMES
from coterie.identifiers import new_id
from coterie.row_lifetimes.ending import end_all
from coterie.security_events.failures import ACCOUNTS_LIMIT, FAILURES, ROWS_LIMIT, Failure, Failures
from coterie.security_events.origins import shortened
from tests.commands.test_commands import succeed
from tests.metrics.scraping import scrape
from tests.people import PASSWORD, Browser, Person
from tests.serving import LiveServer, serving, settings_for

OWN = "/api/users/@me/security-events"
ALL = "/api/admin/security-events"


@pytest.fixture
async def server(database_url: str) -> AsyncIterator[LiveServer]:
    """An instance of the test's own: its first account is the administrator."""
    async with serving(settings_for(database_url)) as server:
        yield server


@pytest.fixture
async def admin(server: LiveServer, http: aiohttp.ClientSession) -> Person:
    return await Person.register(Browser(server.url, http), "admin")


@pytest.fixture
async def person(admin: Person) -> Person:
    return await Person.register(Browser(admin.url, admin.http))


async def log_in(person: Person, password: str = PASSWORD) -> Any:
    body = {"username": person.username, "password": password}
    return await Browser(person.url, person.http).post("/api/auth/login", body)


async def types(person: Person, path: str = OWN) -> list[str]:
    return [each["type"] for each in await person.expect(200, "GET", path)]


async def test_a_takeover_leaves_traces(person: Person) -> None:
    login = (await log_in(person)).body
    taken = Person(Browser(person.url, person.http), login)
    change = {"current_password": PASSWORD, "new_password": "another good one"}
    await taken.expect(204, "POST", "/api/auth/change-password", change)
    email = {"current_password": "another good one", "email": f"{person.username}@example.org"}
    await taken.expect(200, "POST", "/api/auth/change-email", email)
    found = await taken.expect(200, "GET", OWN)
    assert [each["type"] for each in found] == [
        "auth.email_changed",
        "auth.password_changed",
        "auth.sessions_ended",
        "auth.login",
        "auth.login",
        "auth.registered",
    ]
    [changed, ended] = found[1:3]
    assert (changed["account_id"], changed["username"], changed["actor_id"]) == (person.id, person.username, None)
    assert (changed["address"], changed["occurrences"], changed["details"]) == ("127.0.0.0/24", 1, {})
    assert ended["details"] == {"sessions": 1}
    assert changed["session_id"]


async def test_nobody_sees_those_of_others(person: Person, admin: Person) -> None:
    assert {each["account_id"] for each in await person.expect(200, "GET", OWN)} == {person.id}
    assert (await person.get(ALL)).code == "admins_only"
    assert (await Browser(person.url, person.http).get(OWN)).status == 401
    everyones = await admin.expect(200, "GET", ALL)
    assert {each["account_id"] for each in everyones} == {person.id, admin.id}


async def test_pages_and_filters(person: Person, admin: Person) -> None:
    for _ in range(3):
        assert (await log_in(person)).status == 200
    whole = await person.expect(200, "GET", OWN)
    first = await person.expect(200, "GET", f"{OWN}?limit=2")
    rest = await person.expect(200, "GET", f"{OWN}?before={first[-1]['id']}")
    assert first + rest == whole
    assert set(await types(admin, f"{ALL}?type=auth.registered")) == {"auth.registered"}
    assert [each["id"] for each in await admin.expect(200, "GET", f"{ALL}?account_id={person.id}")] == [
        each["id"] for each in whole
    ]


async def test_a_flood_of_failures_is_one_row(person: Person, admin: Person) -> None:
    for _ in range(20):
        assert (await log_in(person, "a wrong password")).code == "wrong_credentials"
    nobody = {"username": "nobody_here", "password": PASSWORD}
    await Browser(person.url, person.http).post("/api/auth/login", nobody)
    await Browser(person.url, person.http, "no token").expect(401, "GET", "/api/users/@me")
    await Browser(person.url, person.http).expect(401, "GET", "/api/users/@me")
    found = await admin.expect(200, "GET", f"{ALL}?type=auth.login_failed")
    assert {(each["account_id"], each["occurrences"]) for each in found} == {(person.id, 20), (None, 1)}
    [refused] = await admin.expect(200, "GET", f"{ALL}?type=auth.token_refused")
    assert refused["occurrences"] == 1, "a request without a token is no refused one"
    assert "auth.login_failed" in await types(person)


async def test_a_limit_that_was_met_is_counted(database_url: str, http: aiohttp.ClientSession) -> None:
    async with serving(settings_for(database_url, RATE_LIMITS="on")) as server:
        admin = await Person.register(Browser(server.url, http), "admin")
        statuses = [(await log_in(admin, "a wrong password")).status for _ in range(30)]
        assert statuses.count(429)
        [met] = await admin.expect(200, "GET", f"{ALL}?type=limit.met")
        assert met["occurrences"] == statuses.count(429)


async def test_a_repeated_refresh_token_is_shown(person: Person, admin: Person) -> None:
    """A thief who waits for the successor of a copied token does the same."""
    token = {"refresh_token": person.login["refresh_token"]}
    for _ in range(3):
        await Browser(person.url, person.http).expect(200, "POST", "/api/auth/refresh", token)
    await admin.expect(200, "GET", ALL)
    [repeated] = [each for each in await person.expect(200, "GET", OWN) if each["type"] == "auth.refresh_repeated"]
    assert repeated["occurrences"] == 2


async def test_a_stolen_refresh_token_is_known(person: Person, admin: Person) -> None:
    """One that is two generations old: someone else has used the one between."""
    old = {"refresh_token": person.login["refresh_token"]}
    refreshed = await Browser(person.url, person.http).expect(200, "POST", "/api/auth/refresh", old)
    new = {"refresh_token": refreshed["refresh_token"]}
    await Browser(person.url, person.http).expect(200, "POST", "/api/auth/refresh", new)
    await Browser(person.url, person.http).expect(401, "POST", "/api/auth/refresh", old)
    [reused] = [each for each in await admin.expect(200, "GET", ALL) if each["type"] == "auth.refresh_reused"]
    assert reused["account_id"] == person.id
    assert reused["session_id"]


@pytest.mark.longer
async def test_what_operators_do_is_recorded(person: Person, admin: Person, database_url: str) -> None:
    def work() -> str:
        for words in (
            ("user", "create", "another"),
            ("user", "reset-password", person.username),
            ("user", "promote", person.username),
            ("user", "disable", person.username),
            ("user", "enable", person.username),
            ("user", "logout", person.username),
            ("user", "limit", person.username, "messages_sent", "5"),
            ("registration", "closed"),
        ):
            succeed(*words, url=database_url, text="correct horse battery\n")
        return succeed("security-events", "--since", "1h", "--user", person.username, url=database_url)

    printed = await asyncio.to_thread(work)
    expected = [
        *("registration_mode_set", "usage_limit_set", "logged_out", "account_enabled", "account_disabled"),
        *("promoted", "password_set"),
    ]
    found = [each for each in await types(admin, ALL) if each.startswith("admin.")]
    assert found == [f"admin.{each}" for each in [*expected, "account_created"]]
    lines = [line.split()[2] for line in printed.splitlines()]
    assert [each for each in lines if each.startswith("admin.")] == [f"admin.{each}" for each in expected[1:]]


async def test_events_are_log_lines_and_figures(person: Person, admin: Person) -> None:
    before = await scrape(person.http, person.url)
    with structlog.testing.capture_logs() as lines:
        await log_in(person)
        await log_in(person, "a wrong password")
        await admin.expect(200, "GET", ALL)
    found = {line["event"]: line for line in lines}
    assert found["auth.login"]["account"] == found["auth.login_failed"]["account"] == person.id
    assert found["auth.login_failed"]["occurrences"] == 1
    assert not [value for line in lines for value in line.values() if value in (PASSWORD, "a wrong password")]
    after = await scrape(person.http, person.url)
    for type in ("auth.login", "auth.login_failed"):
        name = "coterie_security_events_total"
        assert after.value(name, type=type) - before.value(name, type=type) == 1


async def test_failures_of_many_accounts_fill_no_table(pool: Any) -> None:
    failures = Failures()
    for number in range(10 * ROWS_LIMIT):
        failures.add(Failure("auth.login_failed", None, f"192.0.{number}.0/24"))
    await failures.flush(pool)
    assert await pool.fetchval("SELECT sum(occurrences) FROM security_events") == 10 * ROWS_LIMIT
    assert await pool.fetchval("SELECT count(*) FROM security_events") == ROWS_LIMIT + 1


async def test_failures_of_some_accounts_hide_none_of_another(pool: Any) -> None:
    failures = Failures()
    attacked, *others = await accounts(pool, 3 * ROWS_LIMIT + 1)
    for number, other in enumerate(others):
        failures.add(Failure("auth.login_failed", other, f"192.0.{number % 6}.0/24"))
        failures.add(Failure("auth.token_refused", None, f"198.51.{number}.0/24"))
    for number in range(5):
        failures.add(Failure("auth.login_failed", attacked, f"203.0.{number}.0/24"))
    await failures.flush(pool)
    found = await pool.fetch("SELECT address, occurrences FROM security_events WHERE account_id = $1", attacked)
    assert [tuple(row) for row in found] == [("", 5)]
    assert await pool.fetchval("SELECT sum(occurrences) FROM security_events") == 6 * ROWS_LIMIT + 5


async def test_failures_of_very_many_accounts_are_counted_by_type(pool: Any) -> None:
    failures = Failures()
    for account in await accounts(pool, 2 * ACCOUNTS_LIMIT):
        failures.add(Failure("auth.login_failed", account, "192.0.2.0/24"))
    await failures.flush(pool)
    assert await pool.fetchval("SELECT count(*) FROM security_events") == ROWS_LIMIT + ACCOUNTS_LIMIT + 1
    assert await pool.fetchval("SELECT sum(occurrences) FROM security_events") == 2 * ACCOUNTS_LIMIT


async def accounts(pool: Any, count: int) -> list[UUID]:
    ids = [new_id() for _ in range(count)]
    names = [f"u{id.hex[-24:]}" for id in ids]
    await pool.execute("INSERT INTO topics (id, kind) SELECT *, 'user' FROM unnest($1::uuid[])", ids)
    statement = "INSERT INTO users (id, username, created_at) SELECT *, now() FROM unnest($1::uuid[], $2::text[])"
    await pool.execute(statement, ids, names)
    return ids


async def test_a_failure_of_an_account_that_is_gone_is_counted(pool: Any) -> None:
    failures = Failures()
    failures.add(Failure("auth.login_failed", new_id(), "192.0.2.0/24"))
    await failures.flush(pool)
    assert await pool.fetchval("SELECT account_id IS NULL FROM security_events")


async def test_failures_wait_for_a_database_that_is_away(pool: Any) -> None:
    failures = Failures()
    failures.add(Failure("limit.met", None, ""))
    await pool.execute("ALTER TABLE security_events RENAME TO away")
    with pytest.raises(asyncpg.UndefinedTableError):
        await failures.flush(pool)
    await pool.execute("ALTER TABLE away RENAME TO security_events")
    await failures.flush(pool)
    await failures.flush(pool)
    assert await pool.fetchval("SELECT sum(occurrences) FROM security_events") == 1


async def test_they_are_removed_in_time(person: Person, pool: Any) -> None:
    """`pool` is the database of the server."""
    await pool.execute("UPDATE security_events SET created_at = now() - interval '40 days'")
    await pool.execute("UPDATE security_events SET type = $1 WHERE type = 'auth.login'", FAILURES[0])
    await end_all(pool, settings_for(""), ROW_LIFETIMES)
    assert set(await types(person)) == {"auth.registered"}, "failures are kept for 30 days"
    await end_all(pool, settings_for("", COTERIE_SECURITY_EVENT_DAYS="39"), ROW_LIFETIMES)
    assert await types(person) == []


@pytest.mark.parametrize(
    ("host", "full", "network"),
    [
        ("192.0.2.77", "192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1:2::3", "2001:db8:1::/48"),
        ("unknown", "", ""),
    ],
)
def test_addresses_are_kept_as_far_as_the_operator_wants(host: str, full: str, network: str) -> None:
    assert [shortened(host, kept) for kept in ("full", "network", "none")] == [full, network, ""]


async def test_an_event_is_no_more_than_its_transaction(person: Person, pool: Any) -> None:
    count = await pool.fetchval("SELECT count(*) FROM security_events")
    change = {"current_password": "a wrong one", "new_password": "another good one"}
    await person.expect(403, "POST", "/api/auth/change-password", change)
    assert await pool.fetchval("SELECT count(*) FROM security_events") == count
