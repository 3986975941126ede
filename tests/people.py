"""The users of the tests: each with an account of their own, talking to a real server over real sockets."""

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Final, Self
from uuid import uuid4

import aiohttp

from tests.patience import PATIENCE

PASSWORD: Final = "correct horse battery"
SETUP_CODE: Final = "the-code-of-the-tests"
"""For servers that are started as operators start them, whose first registration needs it; others ignore it."""

_numbers: Final = itertools.count()


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, read to its end."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> str | None:
        return self.body.get("code") if isinstance(self.body, dict) else None


class Browser:
    """An anonymous caller."""

    def __init__(self, url: str, http: aiohttp.ClientSession, token: str | None = None) -> None:
        self.url: Final = url
        self.http: Final = http
        self.token = token

    async def call(self, method: str, path: str, **options: Any) -> Answer:
        """Make a request; `json` or `data` for a body, `headers` for more of them."""
        headers = dict(options.pop("headers", {}))
        if self.token is not None:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        async with self.http.request(method, self.url + path, headers=headers, **options) as response:
            text = await response.text(errors="replace")  # archives are not text
            is_json = response.headers.get("content-type", "").startswith("application/json")
            return Answer(response.status, json.loads(text) if is_json and text else text, dict(response.headers))

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.call("GET", path, **options)

    async def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return await self.call("POST", path, json=body, **options)

    async def patch(self, path: str, body: Any, **options: Any) -> Answer:
        return await self.call("PATCH", path, json=body, **options)

    async def delete(self, path: str, **options: Any) -> Answer:
        return await self.call("DELETE", path, **options)

    async def expect(self, status: int, method: str, path: str, body: Any = None) -> Any:
        """Make a request that must be answered with this status; returns the body."""
        answer = await self.call(method, path, json=body) if body is not None else await self.call(method, path)
        assert answer.status == status, f"{method} {path} answered {answer.status}: {answer.body}"
        return answer.body


class Person(Browser):
    """A user who is logged in."""

    def __init__(self, browser: Browser, login: dict[str, Any]) -> None:
        super().__init__(browser.url, browser.http, login["access_token"])
        self.login: Final = login
        account = login["user"].items()
        self.user: Final[dict[str, Any]] = {key: value for key, value in account if key != "subscription_status"}
        self.id: Final[str] = login["user"]["id"]
        self.username: Final[str] = login["user"]["username"]

    @classmethod
    async def register(cls, browser: Browser, name: str = "person", **fields: Any) -> Self:
        """Make an account whose name begins with `name`."""
        username = f"{name}_{next(_numbers)}_{uuid4().hex[:8]}"
        body = {"username": username, "password": PASSWORD, "setup_code": SETUP_CODE, **fields}
        return cls(browser, await browser.expect(201, "POST", "/api/auth/register", body))

    async def socket(self, query: str = "") -> "Socket":
        """Open the gateway, with more of a query if given, and wait for READY."""
        socket = await Socket.open(self, query)
        await socket.wait_for(lambda frame: frame.get("t") == "READY")
        return socket

    async def send(self, channel: str, content: str, **fields: Any) -> dict[str, Any]:
        """Send a message that must be accepted."""
        body = {"content": content, **fields}
        sent: dict[str, Any] = await self.expect(201, "POST", f"/api/channels/{channel}/messages", body)
        return sent


@dataclass
class Socket:
    """A gateway connection that keeps every frame it received."""

    person: Person
    socket: aiohttp.ClientWebSocketResponse
    frames: list[dict[str, Any]] = field(default_factory=list)
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)
    is_closed: bool = False

    @classmethod
    async def open(cls, person: Person, query: str = "") -> Self:
        url = person.url.replace("http", "ws", 1) + f"/ws?{query.removeprefix('&')}"
        headers = {"Authorization": f"Bearer {person.token}"}
        self = cls(person, await person.http.ws_connect(url, headers=headers, max_msg_size=0))
        self.reading = asyncio.create_task(self._read())
        return self

    reading: asyncio.Task[None] = field(init=False)

    async def _read(self) -> None:
        async for message in self.socket:
            async with self.arrived:
                self.frames.append(json.loads(message.data))
                self.arrived.notify_all()
        async with self.arrived:
            self.is_closed = True
            self.arrived.notify_all()

    @property
    def ready(self) -> dict[str, Any]:
        frame: dict[str, Any] = next(frame["d"] for frame in self.frames if frame.get("t") == "READY")
        return frame

    def of(self, *types: str) -> list[dict[str, Any]]:
        """The frames of these types that have arrived."""
        return [frame for frame in self.frames if frame.get("t") in types]

    async def wait_for(self, matches: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first frame that matches, including earlier ones."""
        found: list[dict[str, Any]] = []

        def is_there() -> bool:
            found.extend(frame for frame in self.frames if matches(frame))
            return bool(found) or self.is_closed

        async with asyncio.timeout(PATIENCE), self.arrived:
            await self.arrived.wait_for(is_there)
        assert found, f"the socket closed with {self.socket.close_code} before the frame came: {self.frames}"
        return found[0]

    async def wait_for_type(self, type: str) -> dict[str, Any]:
        return await self.wait_for(lambda frame: frame.get("t") == type)

    async def wait_for_count(self, type: str, count: int) -> None:
        """Until this number of frames of a type has arrived."""

        def are_there() -> bool:
            return len(self.of(type)) >= count or self.is_closed

        async with asyncio.timeout(PATIENCE), self.arrived:
            await self.arrived.wait_for(are_there)
        assert len(self.of(type)) >= count, f"the socket closed before {type} came: {self.frames}"

    async def wait_for_close(self) -> int | None:
        """The code with which the server closes the socket."""
        async with asyncio.timeout(PATIENCE), self.arrived:
            await self.arrived.wait_for(lambda: self.is_closed)
        return self.socket.close_code

    async def say(self, op: str, d: Any = None) -> None:
        """Send a frame as the stock client does."""
        await self.socket.send_json({"op": op, "t": None, "d": d})

    async def settle(self) -> None:
        """Wait until everything committed before now has arrived: what has not come by then was not sent.

        A change of the user's profile comes through the same bus, after everything before it.
        """
        mark = uuid4().hex
        await self.person.expect(200, "PATCH", "/api/users/@me", {"pronouns": mark})
        await self.wait_for(lambda frame: frame.get("t") == "USER_UPDATE" and frame["d"].get("pronouns") == mark)

    async def close(self) -> None:
        await self.socket.close()
        await self.reading


@contextlib.asynccontextmanager
async def receiving(type: str, *sockets: Socket) -> AsyncIterator[None]:
    """What is done meanwhile causes an event of this type, which each socket has received at the end.

    A listener who is behind is told only the latest state; what is undone before it was received may never be.
    """
    wanted = [len(socket.of(type)) + 1 for socket in sockets]
    yield
    for socket, count in zip(sockets, wanted, strict=True):
        await socket.wait_for_count(type, count)


@dataclass(frozen=True, slots=True)
class Community:
    """The fixed cast: a server of the owner's, a member of it, and an outsider who knows all its ids."""

    owner: Person
    member: Person
    outsider: Person
    server: str
    channel: str
    voice: str

    @property
    def place(self) -> str:
        """The address of the channel within the web client."""
        return f"#/s/{self.server}/{self.channel}"


async def befriend(one: Person, other: Person) -> None:
    """Make two users friends: one asks, the other asks back."""
    for person, friend in ((one, other), (other, one)):
        answer = await person.expect(200, "POST", "/api/friends/request", {"to_user_id": friend.id})
        assert answer["success"], answer
