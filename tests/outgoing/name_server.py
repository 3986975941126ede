"""A DNS server for the tests: gives the scripted answers for a name one by one, and the last of them forever."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from typing import Any, Final

A: Final = 1
AAAA: Final = 28
FAMILIES: Final = {A: socket.AF_INET, AAAA: socket.AF_INET6}
NO_SUCH_NAME: Final = 3


class NameServer(asyncio.DatagramProtocol):
    """`answers` holds, for each name, the addresses of the first query for them, of the second, and so on."""

    def __init__(self) -> None:
        self.answers: Final[dict[str, list[list[str]]]] = {}
        self.asked: Final[list[tuple[str, int]]] = []
        self.port = 0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, peer: Any) -> None:
        name, kind, question = _question(data)
        before = self.asked.count((name, kind))
        self.asked.append((name, kind))
        script = self.answers.get(name)
        found = script[min(before, len(script) - 1)] if script else []
        records = [_record(kind, address) for address in found if (":" in address) == (kind == AAAA)]
        flags = 0x8180 if script else 0x8180 | NO_SUCH_NAME
        head = data[:2] + struct.pack(">HHHHH", flags, 1, len(records), 0, 0)
        self._transport.sendto(head + question + b"".join(records), peer)


def _question(data: bytes) -> tuple[str, int, bytes]:
    """The name, the kind of record, and the question's bytes, to be repeated in the answer."""
    labels, at = [], 12
    while length := data[at]:
        labels.append(data[at + 1 : at + 1 + length].decode())
        at += 1 + length
    (kind,) = struct.unpack(">H", data[at + 1 : at + 3])
    return ".".join(labels).lower(), kind, data[12 : at + 5]


def _record(kind: int, address: str) -> bytes:
    packed = socket.inet_pton(FAMILIES[kind], address)
    return b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 0, len(packed)) + packed


@contextlib.asynccontextmanager
async def name_server() -> AsyncIterator[NameServer]:
    transport, server = await asyncio.get_running_loop().create_datagram_endpoint(
        NameServer, local_addr=("127.0.0.1", 0)
    )
    server.port = transport.get_extra_info("sockname")[1]
    try:
        yield server
    finally:
        transport.close()
