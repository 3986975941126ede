"""As much of a TURN client (RFC 8656) as is needed to request an address."""

import asyncio
import hashlib
import hmac
import os
import struct
from typing import Final

from tests.patience import PATIENCE

COOKIE: Final = 0x2112A442
ALLOCATE: Final = 0x0003
ALLOCATED: Final = 0x0103
USERNAME, INTEGRITY, ERROR, REALM, NONCE = 0x0006, 0x0008, 0x0009, 0x0014, 0x0015
RELAYED, TRANSPORT = 0x0016, 0x0019
UDP: Final = struct.pack("!B3x", 17)
AGAIN_SECONDS: Final = 0.5
"""A datagram that was not answered by then is sent again."""


class RefusedError(Exception):
    """The server's error code."""


class Exchange(asyncio.DatagramProtocol):
    """One socket that keeps the answers."""

    def __init__(self) -> None:
        self.answers: Final[asyncio.Queue[bytes]] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.answers.put_nowait(data)


async def allocate(host: str, port: int, username: str, password: str) -> int:
    """The port of an address that the TURN server relays for us; raises RefusedError with its error code."""
    loop = asyncio.get_running_loop()
    transport, exchange = await loop.create_datagram_endpoint(Exchange, remote_addr=(host, port))
    try:
        wanted = {TRANSPORT: UDP}
        challenge = await _ask(transport, exchange, _message(wanted))
        named = {**wanted, USERNAME: username.encode(), REALM: challenge[REALM], NONCE: challenge[NONCE]}
        key = hashlib.md5(f"{username}:{challenge[REALM].decode()}:{password}".encode(), usedforsecurity=False)
        answer = await _ask(transport, exchange, _signed(_message(named), key.digest()))
        if ERROR in answer:
            raise RefusedError(answer[ERROR][2] * 100 + answer[ERROR][3])
        return int(struct.unpack("!H", answer[RELAYED][2:4])[0] ^ (COOKIE >> 16))
    finally:
        transport.close()


async def answers(host: str, port: int) -> bool:
    """Whether a TURN server is there in time."""
    transport, exchange = await asyncio.get_running_loop().create_datagram_endpoint(Exchange, remote_addr=(host, port))
    try:
        return ERROR in await _ask(transport, exchange, _message({TRANSPORT: UDP}))
    except TimeoutError:
        return False
    finally:
        transport.close()


async def _ask(transport: asyncio.DatagramTransport, exchange: Exchange, message: bytes) -> dict[int, bytes]:
    """Send until something comes back: a datagram may be lost, and the server may still be starting."""
    async with asyncio.timeout(PATIENCE):
        while True:
            transport.sendto(message)
            try:
                async with asyncio.timeout(AGAIN_SECONDS):
                    return _attributes(await exchange.answers.get())
            except TimeoutError:
                continue


def _message(attributes: dict[int, bytes]) -> bytes:
    body = b"".join(
        struct.pack("!HH", kind, len(value)) + value + b"\0" * (-len(value) % 4) for kind, value in attributes.items()
    )
    return struct.pack("!HHI", ALLOCATE, len(body), COOKIE) + os.urandom(12) + body


def _signed(message: bytes, key: bytes) -> bytes:
    """With the integrity attribute, which is included in the length that it signs."""
    counted = message[:2] + struct.pack("!H", len(message) - 20 + 24) + message[4:]
    return counted + struct.pack("!HH", INTEGRITY, 20) + hmac.new(key, counted, hashlib.sha1).digest()


def _attributes(message: bytes) -> dict[int, bytes]:
    found, rest = {}, message[20:]
    while rest:
        kind, length = struct.unpack("!HH", rest[:4])
        found[kind] = rest[4 : 4 + length]
        rest = rest[4 + length + (-length % 4) :]
    return found
