"""Who can register, set on the machine itself: a running server applies it at once."""

import asyncio

import aiohttp
import pytest

from coterie.process.refusals import Exit
from tests.commands.test_commands import refused, succeed
from tests.people import PASSWORD, Browser, Person
from tests.serving import LiveServer, Register, serving, settings_for
from tests.startup.conftest import SECRET


def test_accounts_are_shut_opened_and_listed(database_url: str) -> None:
    url = database_url
    for name in ("mia", "noah"):
        succeed("user", "create", name, url=url, text="correct horse\n")
    assert succeed("user", "list", "--admins", "--names", "--since", "1h", url=url).split() == ["mia"]
    assert "2 accounts are disabled" in succeed("user", "disable", "mia", "noah", url=url)
    assert "noah is enabled" in succeed("user", "enable", "noah", url=url)
    [mia, noah] = succeed("user", "list", url=url).splitlines()
    assert mia.endswith("not logged in  admin disabled")
    assert noah.endswith("not logged in")


def test_one_unknown_name_and_nobody_is_disabled(database_url: str) -> None:
    succeed("user", "create", "mia", url=database_url, text="correct horse\n")
    assert "no account named nobody" in refused(Exit.NOT_FOUND, "user", "disable", "mia", "nobody", url=database_url)
    assert "disabled" not in succeed("user", "list", url=database_url)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("list", "--since", "yesterday"), "30m, 2h or 7d"),
        (("logout",), "--all"),
        (("logout", "mia", "--all"), "--all"),
    ],
)
def test_refusals_of_what_is_said_wrongly(words: tuple[str, ...], complaint: str) -> None:
    url = "postgresql://coterie@127.0.0.1:1/coterie"
    assert complaint in refused(Exit.USAGE, "user", *words, url=url)


async def test_a_logout_ends_tokens_and_connections(register: Register, live_server: LiveServer) -> None:
    person = await register()
    socket = await person.socket()
    said = await asyncio.to_thread(succeed, "user", "logout", person.username, url=live_server.settings.database_url)
    assert said == "1 session ended.\n"
    await socket.wait_for_close()
    assert (await person.get("/api/users/@me")).code == "session_ended"


async def test_a_new_secret_ends_tokens_and_this_ends_logins(database_url: str, http: aiohttp.ClientSession) -> None:
    async with serving(settings_for(database_url)) as server:
        person = await Person.register(Browser(server.url, http))
    given = {"refresh_token": person.login["refresh_token"]}
    async with serving(settings_for(database_url, JWT_SECRET=f"another {SECRET}")) as server:
        assert (await Browser(server.url, http, person.token).get("/api/users/@me")).status == 401
        renewed = await Browser(server.url, http).expect(200, "POST", "/api/auth/refresh", given)
        ended = await asyncio.to_thread(succeed, "user", "logout", "--all", url=database_url)
        assert ended == "1 session ended.\n"
        given = {"refresh_token": renewed["refresh_token"]}
        assert (await Browser(server.url, http).post("/api/auth/refresh", given)).status == 401


async def test_registration_is_closed_and_opened(database_url: str, http: aiohttp.ClientSession) -> None:
    async with serving(settings_for(database_url)) as server:
        browser = Browser(server.url, http)
        await Person.register(browser)

        async def set_mode(mode: str) -> str:
            return await asyncio.to_thread(succeed, "registration", mode, url=database_url)

        assert (await set_mode("closed")).startswith("closed: No one can register")
        stranger = {"username": "stranger", "password": PASSWORD}
        assert (await browser.post("/api/auth/register", stranger)).status == 403
        await set_mode("open")
        await browser.expect(201, "POST", "/api/auth/register", stranger)
    assert (await asyncio.to_thread(succeed, "registration", url=database_url)).startswith("open: ")
    assert "invite_only" in await asyncio.to_thread(refused, Exit.USAGE, "registration", "shut", url=database_url)
