"""A small client for scripts, bots and tests: log in, send, and follow without ever missing anything.

    async with Client("http://127.0.0.1:3000") as client:
        await client.log_in("alice", "password123")
        async for event in client.events():
            if event.type == "MESSAGE_CREATE" and event.data["content"] == "!ping":
                await client.send(event.data["channel_id"], "pong")

`events` keeps the position of each topic, reconnects by itself and resumes exactly: each event comes once, in order,
however often the connection breaks. `send` repeats a message whose outcome is unknown under the same nonce, so it is
stored once.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Final, Self
from uuid import uuid4

import aiohttp
import msgspec
from msgspec import Struct

REFRESH_BEFORE_SECONDS: Final = 60.0
ACCESS_SECONDS: Final = 15 * 60
HEARTBEAT_SECONDS: Final = 30.0
RESUMED_TOPICS: Final = 1_000
"""Topics that one frame may resume."""

ANSWER_SECONDS: Final = 30.0
"""A request or handshake without an answer by then is considered lost: some networks drop packets silently."""

RETRY_SECONDS: Final = 0.1
RETRY_LIMIT_SECONDS: Final = 5.0
TRYING_SECONDS: Final = 60.0
PASSING: Final = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError, ConnectionError)
PASSING_STATUSES: Final = frozenset({408, 429, 502, 503, 504})


class RefusedError(Exception):
    """The server refused a request: `status`, the stable `code`, and the sentence."""

    def __init__(self, status: int, body: Any) -> None:
        given = body if isinstance(body, dict) else {}
        super().__init__(f"{status} {given.get('code', '')}: {given.get('error', body)}")
        self.status: Final = status
        self.code: Final[str] = given.get("code", "")


class Event(Struct, frozen=True):
    """An event. `topic` is None if it is transient; `position` is the topic's position after it."""

    type: str
    data: Any
    topic: str | None = None
    position: int = 0
    previous: int = 0


class _Frame(Struct):
    op: str
    t: str = ""
    d: Any = None
    topic: str | None = None
    position: int = 0
    previous: int = 0
    positions: dict[str, int] = {}


_decoder: Final = msgspec.json.Decoder(_Frame)


class Client:
    """One account on one instance. Use it as an asynchronous context manager.

    It needs an access token, which its owner makes in the account settings, or `log_in`.
    """

    def __init__(self, url: str, token: str = "") -> None:
        self.url: Final = url.rstrip("/")
        self.positions: Final[dict[str, int]] = {}
        self._asked: Final[set[str]] = set()
        self.user: dict[str, Any] = {}
        """The account, after logging in."""
        self._refresh_token = ""
        self._access_token = token
        self._fresh_until = 0.0
        self._refreshing: Final = asyncio.Lock()

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def register(
        self,
        username: str,
        password: str,
        email: str | None = None,
        invite_code: str | None = None,
        setup_code: str | None = None,
    ) -> None:
        """Create an account and log in with it; with an invite code if the instance requires one.

        The first account of an instance needs its set-up code.
        """
        given: dict[str, Any] = {"username": username, "password": password, "email": email}
        codes: dict[str, Any] = {"invite_code": invite_code, "setup_code": setup_code}
        self._take(await self._json("POST", "/api/auth/register", **given, **codes))

    async def log_in(self, username: str, password: str) -> None:
        """Log in with a user name or an e-mail address."""
        self._take(await self._json("POST", "/api/auth/login", username=username, password=password))

    async def call(self, method: str, path: str, **body: Any) -> Any:
        """Any REST request, such as `await client.call("GET", "/api/servers")`; raises RefusedError."""
        return await self._json(method, path, await self._token(), **body)

    async def send(
        self, channel: str, content: str, *, reply_to: str | None = None, nonce: str | None = None
    ) -> dict[str, Any]:
        """Send a message; returns it when it is durable.

        While the server is unreachable, sending is tried again for at most a minute; the message is stored only once.
        """
        body = {"content": content, "reply_to": reply_to, "nonce": nonce or uuid4().hex}
        deadline, wait = time.monotonic() + TRYING_SECONDS, RETRY_SECONDS
        while True:
            try:
                sent: dict[str, Any] = await self.call("POST", f"/api/channels/{channel}/messages", **body)
                return sent
            except (*PASSING, RefusedError) as error:
                is_final = isinstance(error, RefusedError) and error.status not in PASSING_STATUSES
                if is_final or time.monotonic() > deadline:
                    raise
            await asyncio.sleep(wait)
            wait = min(wait * 2, RETRY_LIMIT_SECONDS)

    async def upload(self, message_id: str, filename: str, content: bytes) -> list[dict[str, Any]]:
        """Attach a file to one of your own messages; returns all its attachments."""
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("files", content, filename=filename, content_type="application/octet-stream")
        url = f"{self.url}/api/messages/{message_id}/attachments"
        headers = {"Authorization": f"Bearer {await self._token()}"}
        async with self._http.post(url, data=form, headers=headers) as response:
            answer: list[dict[str, Any]] = await _answer(response)
            return answer

    async def download(self, url: str) -> bytes:
        """The bytes of an attachment, by its `url`, which is relative to /api."""
        headers = {"Authorization": f"Bearer {await self._token()}"}
        async with self._http.get(f"{self.url}/api{url.removeprefix('/api')}", headers=headers) as response:
            if response.status >= 400:
                await _answer(response)
            return await response.read()

    async def events(self) -> AsyncGenerator[Event, None]:
        """Everything that the account may see, as it happens. Ends only when the session does, with RefusedError.

        READY comes once for each connection; the first one has the positions from which everything is followed.
        """
        wait, refused = RETRY_SECONDS, ""
        while True:
            try:
                async for event in self._connection():
                    wait, refused = RETRY_SECONDS, ""
                    yield event
            except aiohttp.WSServerHandshakeError as error:
                if error.status == 401 and refused != self._access_token:
                    refused, self._fresh_until = self._access_token, 0.0  # perhaps only the access token is invalid
                elif error.status not in PASSING_STATUSES:
                    raise RefusedError(error.status, error.message) from None
            except RefusedError as error:
                if error.status not in PASSING_STATUSES:
                    raise
            except PASSING:
                pass
            await asyncio.sleep(wait)
            wait = min(wait * 2, RETRY_LIMIT_SECONDS)

    async def _connection(self) -> AsyncIterator[Event]:
        address, headers = f"{self.url.replace('http', 'ws', 1)}/ws", {"Authorization": f"Bearer {await self._token()}"}
        async with asyncio.timeout(ANSWER_SECONDS):
            socket = await self._http.ws_connect(address, headers=headers, max_msg_size=0, heartbeat=HEARTBEAT_SECONDS)
        async with socket:
            beating = asyncio.create_task(self._beat(socket))
            try:
                async for message in socket:
                    if message.type is not aiohttp.WSMsgType.TEXT:
                        break
                    frame = _decoder.decode(message.data)
                    if frame.op == "DISPATCH" and await self._follows(socket, frame):
                        yield Event(frame.t, frame.d, frame.topic, frame.position, frame.previous)
            finally:
                beating.cancel()

    async def _follows(self, socket: aiohttp.ClientWebSocketResponse, frame: _Frame) -> bool:
        """Whether the frame is new and follows on what is known; requests what is missing if there is a gap."""
        if frame.t == "READY":
            await self._resume(socket, frame.d["positions"])
            return True
        if frame.topic is None:
            return True
        known = self.positions.setdefault(frame.topic, frame.previous)
        if frame.t != "TOPIC_RESET" and frame.position <= known:
            return False
        if frame.t != "TOPIC_RESET" and frame.previous > known:
            await self._ask(socket, {frame.topic: known})
            return False
        self._asked.discard(frame.topic)
        self.positions[frame.topic] = frame.position
        self._begin(frame)
        return True

    def _begin(self, frame: _Frame) -> None:
        """Note the position from which a new topic is followed."""
        if frame.t == "CHANNEL_CREATE":
            self.positions.setdefault(frame.d["id"], 0)
        for topic, position in frame.positions.items():
            self.positions.setdefault(topic, position)

    async def _ask(self, socket: aiohttp.ClientWebSocketResponse, behind: dict[str, int]) -> None:
        """Request what is missing, once for each topic until it arrives."""
        missing = {topic: position for topic, position in behind.items() if topic not in self._asked}
        if missing:
            self._asked.update(missing)
        topics = list(missing)
        for first in range(0, len(topics), RESUMED_TOPICS):
            some = topics[first : first + RESUMED_TOPICS]
            await _say(socket, "RESUME", {"positions": {topic: missing[topic] for topic in some}})

    async def _resume(self, socket: aiohttp.ClientWebSocketResponse, current: dict[str, int]) -> None:
        behind = {topic: at for topic, at in self.positions.items() if topic in current and at != current[topic]}
        for topic in self.positions.keys() - current.keys():
            del self.positions[topic]  # no longer visible to the account
        for topic, position in current.items():
            self.positions.setdefault(topic, position)
        self._asked.clear()
        await self._ask(socket, behind)

    async def _beat(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Show that the client is there, and refresh in time, so that the session of one that only listens goes on."""
        while not socket.closed:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            with contextlib.suppress(*PASSING, RefusedError):  # events() decides what ends it
                await _say(socket, "HEARTBEAT")
                await self._token()

    async def _token(self) -> str:
        async with self._refreshing:
            if self._refresh_token and time.monotonic() > self._fresh_until:
                self._take(await self._json("POST", "/api/auth/refresh", refresh_token=self._refresh_token))
        return self._access_token

    def _take(self, login: dict[str, Any]) -> None:
        self._access_token, self._refresh_token = login["access_token"], login["refresh_token"]
        self._fresh_until = time.monotonic() + ACCESS_SECONDS - REFRESH_BEFORE_SECONDS
        self.user = login["user"]

    async def _json(self, method: str, path: str, token: str = "", **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        call = self._http.request(method, self.url + path, json=body or None, headers=headers, timeout=timeout)
        async with call as response:
            return await _answer(response)


async def _answer(response: aiohttp.ClientResponse) -> Any:
    """The JSON of a response; raises RefusedError."""
    text = await response.read()
    answer = msgspec.json.decode(text) if text and response.content_type == "application/json" else None
    if response.status >= 400:
        raise RefusedError(response.status, answer)
    return answer


async def _say(socket: aiohttp.ClientWebSocketResponse, op: str, d: Any = None) -> None:
    await socket.send_str(msgspec.json.encode({"op": op, "d": d}).decode())
