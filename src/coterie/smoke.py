"""`coterie smoke`: uses a deployment as people do, from outside, and cleans up behind itself.

Each step goes through the same proxies, certificates and limits that people's browsers meet. A step that fails ends
the run, but not the cleaning up.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp

from coterie.client import Client, Event, RefusedError

PATIENCE_SECONDS: Final = 15.0
"""What has not come by then does not come."""

FILE_BYTES: Final = 200_000

TROUBLE: Final = (aiohttp.ClientError, OSError, TimeoutError, RefusedError, ValueError)


class WrongError(Exception):
    """The deployment answered, but not what it must; the sentence says what."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step that was made: `trouble` is empty if it went well; `note` says something about it."""

    name: str
    milliseconds: float
    note: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """Who to be: an account with its password, or without a name a new one, by way of an invite code if need be."""

    username: str = ""
    password: str = ""
    invite: str = ""


@dataclass(slots=True)
class Smoke:
    """One run, and what it has made so far."""

    client: Client
    account: Account
    server: str = ""
    channel: str = ""
    message: dict[str, Any] = field(default_factory=dict)

    async def run(self) -> AsyncIterator[Step]:
        """Every step, as it is made; nothing after one that failed but cleaning up."""
        steps: list[tuple[str, Callable[[], Awaitable[str]]]] = [
            ("answers and is ready", self._reach),
            ("logs in" if self.account.username else "registers an account", self._enter),
            ("makes a server and a channel", self._found),
            ("sends a message, and hears it live", self._talk),
            ("uploads a file, and gets it back", self._upload),
            ("resumes behind a cut connection", self._resume),
            ("reads it over Braid-HTTP", self._read),
        ]
        for name, deed in steps:
            step = await _made(name, deed)
            yield step
            if step.trouble:
                break
        if self.client.user:
            yield await _made("cleans up", self._clean_up)

    async def _reach(self) -> str:
        ready = await self.client.call("GET", "/api/health/ready")
        if not (isinstance(ready, dict) and ready.get("ready")):
            raise WrongError("what answers there is no Coterie")
        return ""

    async def _enter(self) -> str:
        account = self.account
        if account.username:
            await self.client.log_in(account.username, account.password)
            return ""
        username, password = f"smoke_{secrets.token_hex(6)}", secrets.token_urlsafe(24)
        invite = {"invite_code": account.invite} if account.invite else {}
        await self.client.call("POST", "/api/auth/register", username=username, password=password, **invite)
        await self.client.log_in(username, password)
        if self.client.user["is_admin"]:
            return f"the instance was empty, so {username} is its administrator now, with the password {password}"
        return f"{username}, whose password nobody knows; `coterie user disable {username}` shuts it for good"

    async def _found(self) -> str:
        server = await self.client.call("POST", "/api/servers", name="Smoke test")
        self.server = server["id"]
        path = f"/api/servers/{self.server}/channels"
        self.channel = (await self.client.call("POST", path, name="smoke", type="text"))["id"]
        return ""

    async def _talk(self) -> str:
        async with _listening(self.client) as events:
            await _next(events, lambda event: event.type == "READY")
            self.message = await self.client.send(self.channel, "Is anybody there?")
            began = time.perf_counter()
            await _next(events, lambda event: event.type == "MESSAGE_CREATE" and event.data["id"] == self.message["id"])
        return f"heard {(time.perf_counter() - began) * 1000:.0f} ms after it was acknowledged"

    async def _upload(self) -> str:
        content = secrets.token_hex(FILE_BYTES // 2).encode()
        [attachment] = await self.client.upload(self.message["id"], "smoke.txt", content)
        if await self.client.download(attachment["url"]) != content:
            raise WrongError("the file came back as another one")
        return f"{FILE_BYTES // 1000} kB"

    async def _resume(self) -> str:
        """The connection of before is gone, and what was said meanwhile comes behind READY."""
        missed = await self.client.send(self.channel, "Said while nobody listened.")
        async with _listening(self.client) as events:
            await _next(events, lambda event: event.type == "MESSAGE_CREATE" and event.data["id"] == missed["id"])
        return ""

    async def _read(self) -> str:
        found = await self.client.call("GET", f"/sync/channels/{self.channel}/messages")
        if self.message["id"] not in found:
            raise WrongError("the message is not in the collection")
        return ""

    async def _clean_up(self) -> str:
        if self.server:
            await self.client.call("DELETE", f"/api/servers/{self.server}")
        await self.client.call("POST", "/api/auth/logout")
        return "the server, its messages and files are gone, and the login is ended"


@contextlib.asynccontextmanager
async def _listening(client: Client) -> AsyncIterator[AsyncGenerator[Event, None]]:
    async with contextlib.aclosing(client.events()) as events:
        yield events


async def _next(events: AsyncIterator[Event], matches: Callable[[Event], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        async for event in events:
            if matches(event):
                return


async def _made(name: str, deed: Callable[[], Awaitable[str]]) -> Step:
    began = time.perf_counter()
    note = trouble = ""
    try:
        async with asyncio.timeout(4 * PATIENCE_SECONDS):
            note = await deed()
    except WrongError as error:
        trouble = str(error)
    except TimeoutError:
        trouble = "it did not come in time"
    except TROUBLE as error:
        trouble = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return Step(name, (time.perf_counter() - began) * 1000, note, trouble)
