"""Speak with clamd, the daemon of ClamAV, over a Unix socket or TCP: one connection for each question.

The protocol is three lines of clamd(8). The library for asyncio, aioclamd 1.1, speaks TCP only, and sends a kilobyte
at a time, each read in a thread of its own: 50,000 for a file of 50 MB.
"""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import IO, Final, TypeAlias

from coterie.database.connecting import reason_for

CHUNK_BYTES: Final = 256 * 1024
CONNECT_SECONDS: Final = 5.0
TOO_LONG: Final = "INSTREAM size limit exceeded"

ClamdStreams: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class ClamdAwayError(Exception):
    """Nothing accepts connections at the address."""


class ClamdFailedError(Exception):
    """Something accepted the connection and did not answer as clamd does."""


class ClamdTooLongError(Exception):
    """The file is longer than clamd's StreamMaxLength."""


async def version(address: str) -> str:
    """What clamd says about itself: its version, and the number and the time of its signatures."""
    async with _connected(address) as (reader, writer):
        writer.write(b"zVERSION\0")
        return await _answer(reader)


async def signature_in(address: str, file: IO[bytes]) -> str | None:
    """The name of the signature that the file matches, if any; reads it from its beginning."""
    answer = (await _scanned(address, file)).removeprefix("stream: ")
    if answer == "OK":
        return None
    if answer.endswith(" FOUND"):
        return answer.removesuffix(" FOUND")
    if answer.startswith(TOO_LONG):
        raise ClamdTooLongError
    raise ClamdFailedError(answer)


async def _scanned(address: str, file: IO[bytes]) -> str:
    """Send the file and wait for the answer at the same time: clamd may answer before the end and hang up."""
    async with _connected(address) as (reader, writer):
        answering = asyncio.create_task(_answer(reader))
        sending = asyncio.create_task(_send(writer, file))
        try:
            await asyncio.wait([answering, sending], return_when=asyncio.FIRST_COMPLETED)
            return await answering
        finally:
            answering.cancel()
            sending.cancel()
            await asyncio.gather(answering, sending, return_exceptions=True)


async def _send(writer: asyncio.StreamWriter, file: IO[bytes]) -> None:
    await asyncio.to_thread(file.seek, 0)
    writer.write(b"zINSTREAM\0")
    while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
        writer.write(struct.pack("!I", len(chunk)) + chunk)
        await writer.drain()
    writer.write(struct.pack("!I", 0))
    await writer.drain()


async def _answer(reader: asyncio.StreamReader) -> str:
    try:
        answer = await reader.readuntil(b"\0")
    except (EOFError, OSError, asyncio.LimitOverrunError) as problem:
        raise ClamdFailedError(f"no answer: {type(problem).__name__}") from None
    return answer.rstrip(b"\0\n").decode(errors="replace")


@asynccontextmanager
async def _connected(address: str) -> AsyncIterator[ClamdStreams]:
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            reader, writer = await _open(address)
    except (OSError, TimeoutError) as problem:
        raise ClamdAwayError(reason_for(problem)) from None
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def _open(address: str) -> ClamdStreams:
    """`unix:/path` or `tcp://host:port`."""
    kind, _, place = address.partition(":")
    if kind == "unix":
        return await asyncio.open_unix_connection(place)
    host, _, port = place.removeprefix("//").rpartition(":")
    return await asyncio.open_connection(host.removeprefix("[").removesuffix("]"), int(port))
