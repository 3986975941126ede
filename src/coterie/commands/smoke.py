"""`coterie smoke`: uses a deployment from outside, as users do, and cleans up after itself.

Each step goes through the same proxies, certificates and limits as users' browsers. A failed step ends the run, except
for the clean-up.
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
"""How long to wait for a response or an event."""

FILE_BYTES: Final = 200_000

TROUBLE: Final = (aiohttp.ClientError, OSError, TimeoutError, RefusedError, ValueError)


class WrongError(Exception):
    """The deployment responded, but incorrectly; the message says how."""


@dataclass(frozen=True, slots=True)
class SmokeStep:
    """A finished step: `trouble` is empty if it succeeded; `note` adds information."""

    name: str
    milliseconds: float
    note: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class SmokeAccount:
    """The account to use, with its password; without a name, a new one, with an invite code if necessary."""

    username: str = ""
    password: str = ""
    invite: str = ""


@dataclass(slots=True)
class Smoke:
    """One run, and what it has created so far."""

    client: Client
    account: SmokeAccount
    server: str = ""
    channel: str = ""
    message: dict[str, Any] = field(default_factory=dict)

    async def run(self) -> AsyncIterator[SmokeStep]:
        """Yield each step when it is done; after a failed one, only the clean-up follows."""
        steps: list[tuple[str, Callable[[], Awaitable[str]]]] = [
            ("answers and is ready", self._check_ready),
            ("logs in" if self.account.username else "registers an account", self._enter),
            ("creates a server and a channel", self._found),
            ("sends a message and receives it live", self._talk),
            ("uploads a file and downloads it", self._upload),
            ("resumes after a lost connection", self._resume),
            ("reads it over Braid-HTTP", self._read),
        ]
        for name, check in steps:
            step = await _run_step(name, check)
            yield step
            if step.trouble:
                break
        if self.client.user:
            yield await _run_step("cleans up", self._clean_up)

    async def _check_ready(self) -> str:
        ready = await self.client.call("GET", "/api/health/ready")
        if not (isinstance(ready, dict) and ready.get("ready")):
            raise WrongError("what answers there is not Coterie")
        return ""

    async def _enter(self) -> str:
        account = self.account
        if account.username:
            await self.client.log_in(account.username, account.password)
            return ""
        instance = await self.client.call("GET", "/api/instance")
        if instance["needs_setup"]:
            raise WrongError("there is no account yet, and the first one becomes the administrator; register yours")
        username, password = f"smoke_{secrets.token_hex(6)}", secrets.token_urlsafe(24)
        await self.client.register(username, password, invite_code=account.invite or None)
        return f"{username}, whose password no one knows; `coterie user disable {username}` disables it"

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
        return f"received {(time.perf_counter() - began) * 1000:.0f} ms after it was acknowledged"

    async def _upload(self) -> str:
        content = secrets.token_hex(FILE_BYTES // 2).encode()
        [attachment] = await self.client.upload(self.message["id"], "smoke.txt", content)
        if await self.client.download(attachment["url"]) != content:
            raise WrongError("the downloaded file differs from the uploaded one")
        return f"{FILE_BYTES // 1000} kB"

    async def _resume(self) -> str:
        """The earlier connection has ended; what was sent meanwhile must come after READY."""
        missed = await self.client.send(self.channel, "Sent while no one was listening.")
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
        return "the server, its messages and files are deleted, and the session is ended"


@contextlib.asynccontextmanager
async def _listening(client: Client) -> AsyncIterator[AsyncGenerator[Event, None]]:
    async with contextlib.aclosing(client.events()) as events:
        yield events


async def _next(events: AsyncIterator[Event], matches: Callable[[Event], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        async for event in events:
            if matches(event):
                return


async def _run_step(name: str, check: Callable[[], Awaitable[str]]) -> SmokeStep:
    began = time.perf_counter()
    note = trouble = ""
    try:
        async with asyncio.timeout(4 * PATIENCE_SECONDS):
            note = await check()
    except WrongError as error:
        trouble = str(error)
    except TimeoutError:
        trouble = "it did not arrive in time"
    except TROUBLE as error:
        trouble = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return SmokeStep(name, (time.perf_counter() - began) * 1000, note, trouble)
