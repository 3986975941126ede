"""An instance that sends mail, and its users."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import aiohttp
import asyncpg
import pytest

from coterie.database.pool import OwnConnection
from tests.mail.server import Authority, Mailbox, receiving, variables
from tests.people import PASSWORD, Browser, Person
from tests.serving import serving, settings_for


@dataclass(frozen=True, slots=True)
class Instance:
    """The instance: `browser` is an anonymous caller, `rows` its database."""

    browser: Browser
    mailbox: Mailbox
    rows: OwnConnection

    async def register(self, **fields: Any) -> Person:
        return await Person.register(self.browser, **fields)

    async def verified(self, email: str) -> Person:
        """A user with a verified address."""
        person = await self.register(email=email)
        await self.verify(await self.token("verify-email", email))
        return person

    async def verify(self, token: str, status: int = 200) -> Any:
        return await self.browser.expect(status, "POST", "/api/auth/verify-email", {"token": token})

    async def token(self, page: str, email: str, number: int = 1) -> str:
        """The token in the link of the mail with this number to an address, of those that lead to a page."""

        def found() -> list[str]:
            return [token for led_to, token in self.mailbox.links(email) if led_to == page]

        return (await self.mailbox.until(found, number))[number - 1]

    async def state(self, person: Person) -> tuple[str | None, bool, str | None]:
        """The address, whether it is verified, and the one that waits for it."""
        found = await person.expect(200, "GET", "/api/auth/email")
        return found["email"], found["is_verified"], found["pending"]

    async def log_in(self, name: str, password: str = PASSWORD, **options: Any) -> int:
        body = {"username": name, "password": password}
        return (await self.browser.post("/api/auth/login", body, **options)).status


def address() -> str:
    return f"{uuid4().hex[:12]}@people.example"


@contextlib.asynccontextmanager
async def running(database_url: str, authority: Authority, mailbox: Mailbox, **given: str) -> AsyncIterator[Instance]:
    with receiving(mailbox, authority.context) as port:
        settings = settings_for(database_url, **variables(port, authority, **given))
        connection = await asyncpg.connect(database_url)
        try:
            async with serving(settings) as server, aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
                yield Instance(Browser(server.url, http), mailbox, connection)
        finally:
            await connection.close()


@pytest.fixture
async def instance(database_url: str, authority: Authority, mailbox: Mailbox) -> AsyncIterator[Instance]:
    async with running(database_url, authority, mailbox) as instance:
        yield instance
