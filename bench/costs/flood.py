"""The process that sends what costs most: one line of JSON for each attack, answered by one line with its outcome.

It is a process of its own, so that reading large answers does not delay the clients that are measured.
"""

import asyncio
import contextlib
import sys
import time
from base64 import b64encode
from collections import Counter
from typing import Final

import msgspec
import uvloop

from bench.wire import CLOSE, LENGTH, frame

SERIAL: Final = b"@SERIAL@"
"""Replaced by a number of as many digits, which is different each time."""

REFUSED_PAUSE: Final = 0.05
FRAME_PAUSE: Final = 0.05
"""As many frames as the gateway reads from a socket."""


class Lane(msgspec.Struct):
    """One connection: requests that are repeated in order, or a socket (`path`) with frames."""

    local: str
    requests: list[bytes] = []
    path: str = ""
    frames: list[bytes] = []


class Attack(msgspec.Struct):
    host: str
    port: int
    seconds: float
    lanes: list[Lane]


class Outcome(msgspec.Struct):
    """How often which status came, and the bytes of all answers; frames that were sent have the status 0."""

    statuses: dict[int, int]
    received: int


class Flood:
    """One attack."""

    def __init__(self, attack: Attack) -> None:
        self._attack: Final = attack
        self._until: Final = time.monotonic() + attack.seconds
        self._statuses: Final[Counter[int]] = Counter()
        self._received = 0
        self._serial = int(time.time() * 10) % 10_000_000

    async def run(self) -> Outcome:
        lanes = [asyncio.create_task(self._lane(lane)) for lane in self._attack.lanes]
        await asyncio.wait(lanes, timeout=max(0, self._until - time.monotonic()))
        for task in lanes:
            task.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)
        return Outcome(dict(self._statuses), self._received)

    async def _lane(self, lane: Lane) -> None:
        while time.monotonic() < self._until:
            with contextlib.suppress(OSError, EOFError):
                reader, writer = await asyncio.open_connection(
                    self._attack.host, self._attack.port, local_addr=(lane.local, 0)
                )
                try:
                    await (self._frames if lane.path else self._requests)(lane, reader, writer)
                finally:
                    writer.transport.abort()
            await asyncio.sleep(REFUSED_PAUSE)

    def _numbered(self, data: bytes) -> bytes:
        self._serial += 1
        return data.replace(SERIAL, f"{self._serial:08d}".encode())

    async def _requests(self, lane: Lane, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            for request in lane.requests:
                writer.write(self._numbered(request))
                status = await self._answer(reader)
                self._statuses[status] += 1
                if status in (429, 503):
                    await asyncio.sleep(REFUSED_PAUSE)

    async def _answer(self, reader: asyncio.StreamReader) -> int:
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        if (length := LENGTH.search(head)) is not None:
            self._received += len(await reader.readexactly(int(length[1])))
        elif status not in (204, 304):
            while chunk := await reader.read(2**16):
                self._received += len(chunk)
                if chunk.endswith(b"0\r\n\r\n"):
                    break
        return status

    async def _frames(self, lane: Lane, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        key = b64encode(bytes(16)).decode()
        writer.write(
            f"GET {lane.path} HTTP/1.1\r\nhost: bench\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
            f"sec-websocket-key: {key}\r\nsec-websocket-version: 13\r\n\r\n".encode()
        )
        status = int((await reader.readuntil(b"\r\n\r\n"))[9:12])
        self._statuses[status] += 1
        if status != 101:
            return
        await reader.readexactly(2)  # the beginning of READY: the socket is open
        draining = asyncio.create_task(self._drain(reader))
        try:
            while not draining.done():
                for payload in lane.frames:
                    writer.write(frame(self._numbered(payload)))
                    await writer.drain()
                    self._statuses[0] += 1
                    await asyncio.sleep(FRAME_PAUSE)
                if not lane.frames:
                    return
        finally:
            draining.cancel()
            with contextlib.suppress(OSError):
                writer.write(frame(b"", CLOSE))

    async def _drain(self, reader: asyncio.StreamReader) -> None:
        while chunk := await reader.read(2**18):
            self._received += len(chunk)


async def main() -> None:
    loop, lines = asyncio.get_running_loop(), asyncio.StreamReader(limit=2**28)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        outcome = await Flood(msgspec.json.decode(line, type=Attack)).run()
        print(msgspec.json.encode(outcome).decode(), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
