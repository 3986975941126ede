"""`coterie mail test` and what `coterie doctor` says of the SMTP server."""

import asyncio
from typing import Final

import pytest

from coterie.commands.mail_examination import examine_mail
from coterie.process.refusals import Exit
from coterie.settings.record import Settings
from tests.mail.server import (
    PASSWORD,
    USER,
    Authority,
    Mailbox,
    authenticator,
    authority,
    mailbox,
    receiving,
    variables,
)
from tests.startup.conftest import Ended, coterie

__all__ = ["authority", "mailbox"]

ADA: Final = "ada@people.example"


async def run(url: str, address: str, given: dict[str, str]) -> Ended:
    return await asyncio.to_thread(coterie, "mail", "test", address, variables={"DATABASE_URL": url, **given})


async def found(**given: str) -> list[tuple[str, str]]:
    return [(each.state, each.found) async for each in examine_mail(Settings.read(given))]


@pytest.mark.longer
async def test_a_test_mail(database_url: str, mailbox: Mailbox, authority: Authority) -> None:
    with receiving(mailbox, authority.context) as port:
        ended = await run(database_url, ADA, variables(port, authority))
        assert (ended.code, ended.complaint) == (0, "")
        assert [each["to"] for each in mailbox.mails] == [ADA]
        mailbox.replies.append("550 5.1.1 no such user")
        refused = await run(database_url, ADA, variables(port, authority))
        refused.assert_refused(Exit.MAIL, "550 5.1.1 no such user")
    (await run(database_url, "nowhere", variables(port, authority))).assert_refused(Exit.USAGE, "email")
    (await run(database_url, ADA, {})).assert_refused(Exit.SETTINGS, "COTERIE_MAIL_SERVER is not set")


async def test_a_server_that_works(mailbox: Mailbox, authority: Authority) -> None:
    with receiving(mailbox, authority.context, **authenticator(mailbox)) as port:
        given = {"COTERIE_MAIL_USER": USER, "COTERIE_MAIL_PASSWORD": PASSWORD}
        [(state, text)] = await found(**variables(port, authority, **given))
        assert (state, "chat can log in" in text, mailbox.logins) == ("ok", True, [USER])
        [(state, text)] = await found(**variables(port, authority, **{**given, "COTERIE_MAIL_PASSWORD": "hunter2"}))
        assert (state, "535" in text, "hunter2" in text) == ("fail", True, False)
    assert mailbox.mails == []


async def test_a_server_that_does_not_answer() -> None:
    [(state, text)] = await found(**variables(1, None))
    assert (state, "localhost:1" in text) == ("fail", True)


async def test_settings_that_do_not_fit() -> None:
    [(state, text)] = await found(**variables(25, None, COTERIE_MAIL_FROM=""))
    assert (state, "COTERIE_MAIL_FROM" in text) == ("fail", True)


async def test_nothing_is_said_without_a_server() -> None:
    assert await found() == []
