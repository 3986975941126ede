"""The outbox: each mail is sent, again after failures, with one Message-ID, and what is refused stays visible."""

from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from coterie.database.connection import Database
from coterie.jobs.administration import listed, retry
from coterie.mail import queries
from coterie.mail.composing import Mail
from coterie.mail.outbox import MAIL, MailLink, Outbox, outbox_of
from coterie.settings.record import Settings
from tests.jobs.test_jobs import is_empty, until
from tests.jobs.test_killed import Worker
from tests.mail.server import PUBLIC_URL, Authority, Mailbox, authority, mailbox, receiving, variables
from tests.mail.worker import sending
from tests.startup.conftest import SECRET

__all__ = ["authority", "mailbox"]

ADA: Final = "ada@people.example"
HELLO: Final = Mail(ADA, "password_changed", "de", {"name": "ada", "time": "2026-11-25 10:00"})
TOKEN: Final = "the-token-of-a-link"


@pytest.fixture
def given(mailbox: Mailbox, authority: Authority) -> Iterator[dict[str, str]]:
    """The settings of an instance whose mail goes to the mailbox."""
    with receiving(mailbox, authority.context) as port:
        yield variables(port, authority, JWT_SECRET=SECRET)


@pytest.fixture
def settings(given: dict[str, str]) -> Settings:
    return Settings.read(given)


def link(lifetime: timedelta = timedelta(hours=1)) -> MailLink:
    return MailLink("reset", TOKEN, datetime.now(UTC) + lifetime)


async def put(database: Database, outbox: Outbox, **fields: Any) -> bool:
    async with database.acquire() as connection, connection.transaction():
        return await outbox.put(connection, HELLO, **fields)


async def test_it_works(database_url: str, settings: Settings, mailbox: Mailbox) -> None:
    async with sending(database_url, settings) as (outbox, database):
        await database.execute("INSERT INTO instance_settings (name) VALUES ('Café')")
        assert await put(database, outbox)
        mail = await mailbox.mail(ADA)
        await until(lambda: is_empty(database))
    assert mail["subject"] == "Dein Passwort bei Café wurde geändert"
    assert PUBLIC_URL in str(mail.get_body())


async def test_what_is_rolled_back_is_not_sent(database_url: str, settings: Settings, mailbox: Mailbox) -> None:
    async with sending(database_url, settings) as (outbox, database):
        async with database.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            await outbox.put(connection, HELLO)
            await transaction.rollback()
        assert await put(database, outbox, link=link())
        assert f"{PUBLIC_URL}/#/reset/{TOKEN}" in str((await mailbox.mail(ADA)).get_body())
        await until(lambda: is_empty(database))
    assert len(mailbox.mails) == 1


async def test_a_token_is_stored_encrypted(pool: Database, settings: Settings) -> None:
    await put(pool, Outbox(settings), link=link())
    payload = await pool.fetchval("SELECT payload::text FROM jobs")
    assert ADA in payload
    assert TOKEN not in payload


async def test_a_link_that_has_expired_is_not_sent(database_url: str, settings: Settings, mailbox: Mailbox) -> None:
    async with sending(database_url, settings) as (outbox, database):
        await put(database, outbox, link=link(timedelta(0)))
        await until(lambda: is_empty(database))
    assert mailbox.mails == []


async def test_what_is_refused_for_now_is_tried_again(database_url: str, settings: Settings, mailbox: Mailbox) -> None:
    mailbox.replies.append("451 4.7.1 greylisted")
    async with sending(database_url, settings) as (outbox, database):
        await put(database, outbox)
        await until(lambda: database.fetchval("SELECT error FROM jobs"))
        [job] = await listed(database, "waiting", "mail", 10)
        assert job.error == "MailError: 451 4.7.1 greylisted"
        await retry(database, [job.id])
        mail = await mailbox.mail(ADA)
        await until(lambda: is_empty(database))
        assert not await queries.has_bounced(database, ADA)
    assert mail["message-id"] == f"<{job.id}@chat.example>"


async def test_what_is_refused_for_good_is_shown(database_url: str, settings: Settings, mailbox: Mailbox) -> None:
    mailbox.replies.append(f"550 5.1.1 <{ADA}> unknown")
    async with sending(database_url, settings) as (outbox, database):
        await put(database, outbox)
        await until(lambda: database.fetchval("SELECT failed_at FROM jobs"))
        [job] = await listed(database, "failed", "mail", 10)
        assert (job.attempts, job.error) == (1, "JobFailedError: 550 5.1.1 (address) unknown")
        assert await queries.has_bounced(database, ADA.upper())
        assert not await put(database, outbox)
        await queries.forget_bounce(database, ADA.upper())
        assert await put(database, outbox)
        await mailbox.mail(ADA)


async def test_a_refused_text_does_not_mark_the_address(
    database_url: str, settings: Settings, mailbox: Mailbox
) -> None:
    mailbox.data_replies.append("554 5.6.0 no")
    async with sending(database_url, settings) as (outbox, database):
        await put(database, outbox)
        await until(lambda: database.fetchval("SELECT failed_at FROM jobs"))
        assert not await queries.has_bounced(database, ADA)


async def test_after_another_secret_the_link_is_lost(database_url: str, settings: Settings, mailbox: Mailbox) -> None:
    async with sending(database_url, settings) as (_, database):
        await put(database, Outbox(Settings(jwt_secret="another" * 8)), link=link())
        await until(lambda: database.fetchval("SELECT failed_at FROM jobs"))
        assert "JWT_SECRET" in await database.fetchval("SELECT error FROM jobs")
    assert mailbox.attempts == []


@pytest.mark.longer
async def test_a_process_that_is_killed_before_it_can_say_that_it_sent(
    pool: Database,
    database_url: str,
    given: dict[str, str],
    settings: Settings,
    mailbox: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The server has taken the mail, and its reply finds nobody. The other process sends it again, as the same mail."""
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    mailbox.is_held = True
    await put(pool, Outbox(settings))
    async with AsyncExitStack() as stack:
        victim = await Worker.start(database_url, "tests.mail.worker")
        stack.push_async_callback(victim.kill)
        first = await mailbox.mail(ADA)
        await victim.kill()
        mailbox.is_held = False
        await pool.execute("UPDATE processes SET seen_at = now() - interval '1 hour' WHERE id = $1", victim.id)
        stack.push_async_callback((await Worker.start(database_url, "tests.mail.worker")).kill)
        await until(lambda: is_empty(pool))
    assert [mail["message-id"] for mail in mailbox.mails] == [first["message-id"]] * 2


def test_without_a_server_there_is_no_outbox() -> None:
    assert outbox_of(Settings()) is None
    assert MAIL.name == "mail"
