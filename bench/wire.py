"""HTTP and WebSocket clients that do as little as the load needs, so that the load does not measure itself.

A frame is masked with a key of zeros, which leaves it unchanged. A socket that follows a topic checks that its frames
are contiguous.
"""

import asyncio
import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Self

import msgspec

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
MESSAGE: Final = b'{"op":"DISPATCH","t":"MESSAGE_CREATE","topic":"'
READY: Final = b'{"op":"DISPATCH","t":"READY"'
ACKNOWLEDGED: Final = b'{"op":"MESSAGE_ACK"'
DISPATCHED: Final = b'{"op":"DISPATCH"'
LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class WrongError(Exception):
    """The server broke a guarantee; there is no figure."""


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes


class Http(asyncio.Protocol):
    """A connection that is kept open; one request at a time."""

    def __init__(self) -> None:
        self._received = b""
        self._waiting: asyncio.Future[Answer] | None = None

    @classmethod
    async def open(cls, address: Address) -> Self:
        _, self = await asyncio.get_running_loop().create_connection(cls, address.host, address.port)
        return self

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport

    def ask(self, request: bytes) -> "asyncio.Future[Answer]":
        """Send a whole request; the future holds its response."""
        self._waiting = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self._waiting

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if not found or length is None or len(body) < int(length[1]) or self._waiting is None:
            return
        self._received = b""
        self._waiting.set_result(Answer(int(head[9:12]), body))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(WrongError(f"the server closed the connection: {exc}"))

    def close(self) -> None:
        self._waiting = None
        self.transport.close()


def get(path: str, token: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nhost: bench\r\n{_authorization(token)}\r\n".encode()


def post(path: str, body: Any, token: str = "") -> bytes:
    text = body if isinstance(body, bytes) else msgspec.json.encode(body)
    head = f"POST {path} HTTP/1.1\r\nhost: bench\r\n{_authorization(token)}content-type: application/json\r\n"
    return f"{head}content-length: {len(text)}\r\n\r\n".encode() + text


def _authorization(token: str) -> str:
    return f"authorization: Bearer {token}\r\n" if token else ""


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """A frame as a client sends it."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2)
    return bytes([0x80 | opcode]) + length + bytes(4) + payload


class Socket(asyncio.Protocol):
    """A WebSocket that follows the topics that it receives.

    `positions` holds the last position received of each topic; `count` counts the messages that were delivered here.
    `on_frame` receives everything that is not an event, `on_failure` errors. A chunk that many sockets receive alike is
    parsed once, and then found in `CHUNKS`.
    """

    CHUNKS: Final[dict[bytes, tuple[bytes, int, int, int]]] = {}

    def __init__(
        self,
        on_frame: Callable[["Socket", bytes], None] | None = None,
        on_messages: Callable[["Socket", int], None] | None = None,
        on_failure: Callable[[WrongError], None] | None = None,
    ) -> None:
        self.positions: dict[bytes, int] = {}
        self.count = 0
        self.is_closing = False
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._on_frame = on_frame
        self._on_messages = on_messages
        self._on_failure = on_failure
        self._rest = b""
        self._is_open = False

    @classmethod
    async def open(cls, address: Address, path: str, **options: Any) -> Self:
        """Connect and wait for READY; a bare server's first frame need only begin in the same way."""
        loop = asyncio.get_running_loop()
        _, self = await loop.create_connection(lambda: cls(**options), address.host, address.port)
        key = base64.b64encode(bytes(16)).decode()
        self.transport.write(
            f"GET {path} HTTP/1.1\r\nhost: bench\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
            f"sec-websocket-key: {key}\r\nsec-websocket-version: 13\r\n\r\n".encode()
        )
        await self.ready
        return self

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport

    def say(self, payload: bytes) -> None:
        self.transport.write(frame(payload))

    def close(self) -> None:
        self.is_closing = True
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"the server closed a socket: {exc}")

    def data_received(self, data: bytes) -> None:
        if not self._rest and (known := self.CHUNKS.get(data)):
            topic, previous, position, count = known
            self._follow(topic, previous, position, count)
        elif self._is_open:
            self._take(self._rest + data)
        else:
            self._shake_hands(self._rest + data)

    def _shake_hands(self, data: bytes) -> None:
        head, found, rest = data.partition(b"\r\n\r\n")
        self._rest = b"" if found else data
        if not found:
            return
        if not head.startswith(b"HTTP/1.1 101"):
            self._fail(f"the handshake was answered {data[:300]!r}")
        self._is_open = True
        if rest:
            self._take(rest)

    def _take(self, data: bytes) -> None:
        """The complete frames of a chunk; the rest waits for the next chunk."""
        at, run = 0, []
        while (bounds := _bounds(data, at)) is not None:
            start, stop = bounds
            if data.startswith(MESSAGE, start):
                topic, previous, position = _place(data, start)
                self._follow(topic, previous, position, 1)
                run.append((topic, previous, position))
            else:
                self._take_other(data[at] & 15, data[start:stop])
                run.append((b"", 0, 0))
            at = stop
        self._rest = data[at:]
        if not self._rest and run and len({topic for topic, _, _ in run}) == 1 and run[0][0]:
            if len(self.CHUNKS) > 500:
                self.CHUNKS.clear()
            self.CHUNKS[data] = (run[0][0], run[0][1], run[-1][2], len(run))

    def _take_other(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self.transport.write(frame(payload, PONG))
        elif opcode == CLOSE:
            self._fail(f"the server closed a socket with {int.from_bytes(payload[:2])}")
        elif payload.startswith(READY):
            positions = msgspec.json.decode(payload)["d"]["positions"]
            self.positions = {topic.encode(): position for topic, position in positions.items()}
            self.ready.set_result(None)
        elif self._on_frame is not None and not payload.startswith(DISPATCHED):
            self._on_frame(self, payload)

    def _follow(self, topic: bytes, previous: int, position: int, count: int) -> None:
        if self.positions.get(topic) != previous:
            self._fail(f"{topic.decode()} stood at {self.positions.get(topic)}, and a frame follows {previous}")
        self.positions[topic] = position
        self.count += count
        if self._on_messages is not None:
            self._on_messages(self, count)

    def _fail(self, sentence: str) -> None:
        if self.is_closing:
            return
        if not self.ready.done():
            self.ready.set_exception(WrongError(sentence))
        elif self._on_failure is not None:
            self._on_failure(WrongError(sentence))
        self.close()


def _bounds(data: bytes, at: int) -> tuple[int, int] | None:
    """The beginning and end of the payload of the frame at `at`, if it is complete."""
    if len(data) < at + 2:
        return None
    length, start = data[at + 1], at + 2
    if length == 126:
        length, start = int.from_bytes(data[start : start + 2]), start + 2
    elif length == 127:
        length, start = int.from_bytes(data[start : start + 8]), start + 8
    return (start, start + length) if start + length <= len(data) and len(data) >= start else None


def _place(data: bytes, start: int) -> tuple[bytes, int, int]:
    """Topic, previous position and position; their order in the bytes is topic, position, previous."""
    at = start + len(MESSAGE)
    topic = data[at : at + 36]
    after_position = data.index(b",", at + 49)
    after_previous = data.index(b",", after_position + 12)
    return topic, int(data[after_position + 12 : after_previous]), int(data[at + 49 : after_position])
