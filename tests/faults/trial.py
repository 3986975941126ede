"""A trial: people write and listen while something fails, and afterwards the log is compared with what they were told.

What is found out (what people saw, for how long nobody could write, how soon it went again) is recorded for
docs/operating/faults.md by `make faults`. No test asserts a time: it asserts that nothing acknowledged was lost or
doubled, that listeners were told everything once and in order, and that service came back by itself.
"""

import asyncio
import contextlib
import itertools
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import uuid4

import aiohttp
import msgspec
import pytest

from coterie.client import Client
from tests.laws.test_live import check_log, check_told, listening, stored
from tests.laws.world import Listener
from tests.patience import PATIENCE
from tests.people import Browser, Community, Person
from tests.serving import gather_community

IS_LONG: Final = os.environ.get("FAULTS") == "long"
"""`make faults`: with the settings that people have, and faults that last."""

only_long: Final = pytest.mark.skipif(not IS_LONG, reason="takes longer: `make faults` does it")

SECONDS: Final = float(os.environ.get("FAULTS_SECONDS", "12" if IS_LONG else "0.7"))
"""How long a fault lasts."""

RETURN_SECONDS: Final = 1.5 * PATIENCE
"""After which a service is considered not to come back: its parts wait for each other before they try again."""

CLIENT_SECONDS: Final = 15.0 if IS_LONG else 2.0
"""How long a client waits for a response before it retries."""

VARIABLES: Final = {} if IS_LONG else {"COTERIE_REQUEST_DEADLINE": "1.5", "COTERIE_POOL_ACQUIRE_TIMEOUT": "0.5"}
WRITERS: Final = 4
PAUSE: Final = 0.05 if IS_LONG else 0.01


@dataclass
class Writer:
    """Sends one message after the other, each until it is acknowledged, under one nonce."""

    person: Person
    channel: str
    acknowledged: list[str] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    tried: set[str] = field(default_factory=set)

    async def write(self, done: asyncio.Event) -> None:
        while not done.is_set():
            content = uuid4().hex
            self.tried.add(content)
            while (seen := await self._send(content)) != "201":
                self.seen[seen] += 1
                if seen.startswith("401"):
                    await self._log_in()
                if done.is_set():
                    return
                await asyncio.sleep(0.05)
            self.acknowledged.append(content)
            self.moments.append(time.monotonic())
            await asyncio.sleep(PAUSE)

    async def _send(self, content: str) -> str:
        body = {"content": content, "nonce": content}
        try:
            answer = await self.person.post(f"/api/channels/{self.channel}/messages", body)
        except TimeoutError:
            return "no answer"
        except aiohttp.ClientError:
            return "connection refused or cut"
        return "201" if answer.status == 201 else f"{answer.status} `{answer.code}`"

    async def _log_in(self) -> None:
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            body = {"username": self.person.username, "password": "correct horse battery"}
            answer = await self.person.call("POST", "/api/auth/login", json=body, headers={"Authorization": ""})
            if answer.status == 200:
                self.person.token = answer.body["access_token"]


@dataclass(frozen=True, slots=True)
class Row:
    """What a fault caused, in seconds: how long a user could not write, or received nothing at all, and how soon
    everyone could write again after it was over."""

    fault: str
    lasted: float
    seen: list[str]
    silence: float
    deafness: float
    back: float
    acknowledged: int


def session() -> aiohttp.ClientSession:
    """Connections of a client that does not wait forever."""
    timeout = aiohttp.ClientTimeout(total=CLIENT_SECONDS)
    return aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), timeout=timeout)


Step = Callable[[], Awaitable[None] | None]


@dataclass
class Trial:
    """A community behind an address, and the database behind it for looking at."""

    url: str
    database_url: str
    community: Community
    listener: Listener

    @classmethod
    @contextlib.asynccontextmanager
    async def at(cls, url: str, database_url: str) -> AsyncIterator["Trial"]:
        async with contextlib.AsyncExitStack() as stack:
            http = await stack.enter_async_context(session())
            community = await gather_community(lambda name: Person.register(Browser(url, http), name))
            client = await stack.enter_async_context(Client(url))
            await client.log_in(community.member.username, "correct horse battery")
            yield cls(url, database_url, community, await listening(client, stack))

    async def run(self, fault: str, begin: Step, end: Step, seconds: float = SECONDS) -> Row:
        """Write before, during and after the fault; raises if a law was broken."""
        async with contextlib.AsyncExitStack() as stack:
            writers = [Writer(await self._owner(stack), self.community.channel) for _ in range(WRITERS)]
            return await self._run(fault, begin, end, seconds, writers)

    async def _owner(self, stack: contextlib.AsyncExitStack) -> Person:
        """With a connection of their own, so that each server has some of the writers."""
        http = await stack.enter_async_context(session())
        return Person(
            Browser(self.url, http), {**self.community.owner.login, "access_token": self.community.owner.token}
        )

    async def _run(self, fault: str, begin: Step, end: Step, seconds: float, writers: list[Writer]) -> Row:
        done = asyncio.Event()
        writing = [asyncio.create_task(writer.write(done)) for writer in writers]
        heard: list[float] = []
        hearing = asyncio.create_task(self._hear(heard))
        try:
            await _all_acknowledged(writers, writing)
            began = time.monotonic()
            await _do(begin)
            await asyncio.sleep(seconds)
            await _do(end)
            ended = time.monotonic()
            await _all_acknowledged(writers, writing)
            await asyncio.sleep(0.2)  # the writers go on as before
        finally:
            done.set()
            await asyncio.gather(*writing)
        await self._check(writers)
        hearing.cancel()
        heard.append(time.monotonic())  # everything, by now
        return _record(fault, writers, heard, (began, ended))

    async def _hear(self, moments: list[float]) -> None:
        """Note when the listener receives anything."""
        position = 0
        while True:
            if (now := self.listener.client.positions.get(self.community.channel, 0)) != position:
                position = now
                moments.append(time.monotonic())
            await asyncio.sleep(0.01)

    async def _check(self, writers: list[Writer]) -> None:
        channel = self.community.channel
        messages = await stored(self.database_url, channel)
        contents = Counter(message["content"] for message in messages.values())
        acknowledged = [content for writer in writers for content in writer.acknowledged]
        assert acknowledged, "nothing was written at all"
        assert not set(acknowledged) - contents.keys(), "acknowledged, and lost"
        assert max(contents.values()) == 1, "stored twice"
        position = max(message["version"] for message in messages.values())
        check_log(messages, position)
        async with asyncio.timeout(RETURN_SECONDS):
            while self.listener.client.positions.get(channel, 0) < position:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        check_told(self.listener, channel, messages)


async def _do(step: Step) -> None:
    waiting = step()
    if waiting is not None:
        await waiting


async def _all_acknowledged(writers: list[Writer], writing: list[asyncio.Task[None]]) -> None:
    """Wait until each of them has succeeded from now on."""
    before = [len(writer.acknowledged) for writer in writers]
    async with asyncio.timeout(RETURN_SECONDS):
        while any(len(writer.acknowledged) <= count for writer, count in zip(writers, before, strict=True)):
            for task in writing:
                assert not task.done(), task
            await asyncio.sleep(0.02)


def _record(fault: str, writers: list[Writer], heard: list[float], span: tuple[float, float]) -> Row:
    began, ended = span
    seen = sum((writer.seen for writer in writers), Counter[str]())
    row = Row(
        fault,
        lasted=ended - began,
        seen=[outcome for outcome, _ in seen.most_common()],
        silence=max(_longest_gap(writer.moments, began) for writer in writers),
        deafness=_longest_gap(heard, began),
        back=max(next(moment for moment in writer.moments if moment > ended) - ended for writer in writers),
        acknowledged=sum(len(writer.acknowledged) for writer in writers),
    )
    if path := os.environ.get("FAULTS_RESULTS"):
        with Path(path).open("a") as file:
            file.write(msgspec.json.encode(row).decode() + "\n")
    return row


def _longest_gap(moments: list[float], since: float) -> float:
    return max(after - before for before, after in itertools.pairwise(moments) if after > since)
