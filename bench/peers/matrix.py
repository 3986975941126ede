"""A client of Matrix's client-server API, over two HTTP connections: one for requests, and one that waits in /sync.

A message is acknowledged by the answer of `PUT …/send/m.room.message/…`.
"""

import asyncio
import re
from typing import Any, Final, Self
from urllib.parse import quote

import msgspec

from bench.peers.server import PAGE, Client, Marks, OnDelivery, text
from bench.wire import Address, Answer, Http, WrongError

HOST: Final = "localhost"
NEXT: Final = re.compile(rb'"next_batch":"([^"]+)"')
FILTER: Final = quote(
    '{"presence":{"types":[]},"account_data":{"types":[]},"room":{"ephemeral":{"types":[]},'
    '"account_data":{"types":[]},"state":{"lazy_load_members":true},"timeline":{"limit":500}}}'
)
API: Final = "/_matrix/client/v3"


class ChunkedHttp(Http):
    """Also reads bodies in chunks, which is how Synapse sends JSON."""

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, _, body = self._received.partition(b"\r\n\r\n")
        if b"Transfer-Encoding: chunked" not in head:
            super().data_received(b"")
        elif body.endswith(b"0\r\n\r\n") and self._waiting is not None and (whole := joined(body)) is not None:
            self._received = b""
            self._waiting.set_result(Answer(int(head[9:12]), whole))


def joined(body: bytes) -> bytes | None:
    """The chunks' contents, or nothing if the last one has not come."""
    parts, at = list[bytes](), 0
    while (end := body.find(b"\r\n", at)) >= 0:
        size = int(body[at:end], 16)
        if size == 0:
            return b"".join(parts)
        parts.append(body[end + 2 : end + 2 + size])
        at = end + 4 + size
    return None


def request(method: str, path: str, token: str, body: Any = None) -> bytes:
    content = b"" if body is None else msgspec.json.encode(body)
    head = f"{method} {API}{path} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {token}\r\n"
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


class Session(Client):
    def __init__(self, http: Http, token: str) -> None:
        self._http, self._token = http, token
        self._ids: dict[int, str] = {}
        self._marks = Marks()
        self._following: asyncio.Task[None] | None = None
        self._waiting: Http | None = None

    @classmethod
    async def open(cls, address: Address, token: str, on_delivery: OnDelivery | None) -> Self:
        """Ready after a first, empty /sync."""
        self = cls(await ChunkedHttp.open(address), token)
        since = _next((await self._ask("GET", f"/sync?filter={FILTER}&timeout=0")).body)
        if on_delivery is not None:
            self._waiting = await ChunkedHttp.open(address)
            self._following = asyncio.create_task(self._follow(self._waiting, since, on_delivery))
        return self

    async def _follow(self, http: Http, since: str, on_delivery: OnDelivery) -> None:
        while True:
            path = f"/sync?filter={FILTER}&timeout=30000&since={quote(since)}"
            answer = await http.ask(request("GET", path, self._token))
            if answer.status != 200:
                raise WrongError(f"a sync was answered {answer.status}: {answer.body!r}")
            since = _next(answer.body)
            if found := self._marks.take(answer.body):
                on_delivery(len(found))

    async def join(self, room: int) -> None:
        alias = quote(f"#room{room}:{HOST}", safe="")
        answer = await self._http.ask(request("POST", f"/join/{alias}", self._token, {}))
        if answer.status == 404:
            created = {"preset": "public_chat", "room_alias_name": f"room{room}"}
            answer = await self._ask("POST", "/createRoom", created)
        if answer.status != 200:
            raise WrongError(f"a join was answered {answer.status}: {answer.body!r}")
        self._ids[room] = quote(msgspec.json.decode(answer.body)["room_id"], safe="")

    async def send(self, room: int, mark: str) -> None:
        body = {"msgtype": "m.text", "body": text(mark)}
        await self._ask("PUT", f"/rooms/{self._ids[room]}/send/m.room.message/{mark}", body)

    async def page(self, room: int) -> bytes:
        return (await self._ask("GET", f"/rooms/{self._ids[room]}/messages?dir=b&limit={PAGE}")).body

    async def _ask(self, method: str, path: str, body: Any = None) -> Answer:
        answer = await self._http.ask(request(method, path, self._token, body))
        if answer.status != 200:
            raise WrongError(f"{method} {path} was answered {answer.status}: {answer.body!r}")
        return answer

    def close(self) -> None:
        if self._following is not None:
            self._following.cancel()
        for each in (self._http, self._waiting):
            if each is not None:
                each.close()


def _next(body: bytes) -> str:
    found = NEXT.search(body)
    if found is None:
        raise WrongError(f"a sync without next_batch: {body!r}")
    return found[1].decode()
