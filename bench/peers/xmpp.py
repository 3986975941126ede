"""An XMPP client over bare TCP, and what the servers that speak XMPP have in common.

A message is acknowledged when the room has reflected it to its sender. It then carries the id of its row in the archive
(XEP-0359), which the client checks in the first one.
"""

import asyncio
import base64
from abc import ABC
from typing import Final, Self

from bench.peers.server import PAGE, Client, Marks, OnDelivery, Server, text, user
from bench.wire import Address, WrongError

HOST: Final = "localhost"
ROOMS_HOST: Final = f"conference.{HOST}"
PASSWORD: Final = "secret"
STREAM: Final = (
    f"<stream:stream to='{HOST}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
)
REFUSALS: Final = (b"<stream:error", b"<failure", b"type='error'", b'type="error"')


class Stream(Client, asyncio.Protocol):
    """A user's connection; every user of XMPP listens."""

    def __init__(self, number: int, on_delivery: OnDelivery | None) -> None:
        self._number, self._on_delivery = number, on_delivery
        self._marks = Marks()
        self._awaited = b""
        self._text = bytearray()
        self._answer: asyncio.Future[bytes] | None = None
        self._mark = b""
        self._reflected: asyncio.Future[None] | None = None
        self._is_archived = False
        self._failure: WrongError | None = None

    @classmethod
    async def open(cls, address: Address, number: int, on_delivery: OnDelivery | None) -> Self:
        make = asyncio.get_running_loop().create_connection
        _, self = await make(lambda: cls(number, on_delivery), address.host, address.port)
        try:
            await self._log_in()
        except WrongError:
            self.close()
            raise
        return self

    async def _log_in(self) -> None:
        await self._ask(STREAM, b"</stream:features>")
        secret = base64.b64encode(f"\0{user(self._number)}\0{PASSWORD}".encode()).decode()
        auth = f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{secret}</auth>"
        await self._ask(auth, b"<success")
        await self._ask(STREAM, b"</stream:features>")
        bind = "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
        await self._ask(bind, b"</iq>")
        self._say("<presence/>")

    async def join(self, room: int) -> None:
        muc = "<x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x>"
        # A room sends everybody's presence, then the session's own with the status 110, then its subject.
        await self._ask(f"<presence to='{_room(room)}/{user(self._number)}'>{muc}</presence>", b"<subject")

    def send(self, room: int, mark: str) -> "asyncio.Future[None]":  # type: ignore[override]
        self._mark = mark.encode()
        self._reflected = asyncio.get_running_loop().create_future()
        body = f"<body>{text(mark)}</body>"
        self._say(f"<message to='{_room(room)}' type='groupchat' id='{mark}'>{body}</message>")
        return self._reflected

    async def page(self, room: int) -> bytes:
        """MAM (XEP-0313) with an empty `before`: the last page."""
        paging = f"<set xmlns='http://jabber.org/protocol/rsm'><max>{PAGE}</max><before/></set>"
        query = f"<query xmlns='urn:xmpp:mam:2'>{paging}</query>"
        return await self._ask(f"<iq type='set' id='page' to='{_room(room)}'>{query}</iq>", b"</fin></iq>")

    def close(self) -> None:
        self._on_delivery = None
        self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"the server closed the connection: {exc}")

    def data_received(self, data: bytes) -> None:
        if any(refusal in data for refusal in REFUSALS):
            self._fail(f"the server refused: {data[-600:]!r}")
        elif self._answer is not None:
            self._await(data)
        elif found := self._marks.take(data):
            self._deliver(found, data)

    def _await(self, data: bytes) -> None:
        """Collect an answer; no message can be on its way meanwhile."""
        assert self._answer is not None
        begin = max(0, len(self._text) - len(self._awaited))
        self._text += data
        if self._text.find(self._awaited, begin) >= 0:
            self._answer.set_result(bytes(self._text))
            self._answer = None

    def _deliver(self, found: list[bytes], data: bytes) -> None:
        self._is_archived = self._is_archived or b"<stanza-id" in data
        if self._on_delivery is not None:
            self._on_delivery(len(found))
        if self._reflected is not None and self._mark in found:
            waiting, self._reflected = self._reflected, None
            if self._is_archived:
                waiting.set_result(None)
            else:
                waiting.set_exception(WrongError(f"a message was reflected without its archive's id: {data!r}"))

    def _ask(self, stanza: str, awaited: bytes) -> "asyncio.Future[bytes]":
        if self._failure is not None:
            raise self._failure
        self._awaited, self._text = awaited, bytearray()
        self._answer = asyncio.get_running_loop().create_future()
        self._say(stanza)
        return self._answer

    def _say(self, stanza: str) -> None:
        self.transport.write(stanza.encode())

    def _fail(self, sentence: str) -> None:
        self._failure = WrongError(sentence)
        for waiting in (self._answer, self._reflected):
            if waiting is not None and not waiting.done():
                waiting.set_exception(self._failure)
        self._answer = self._reflected = None


def _room(room: int) -> str:
    return f"room{room}@{ROOMS_HOST}"


class XmppServer(Server, ABC):
    async def log_in(self, number: int, on_delivery: OnDelivery | None = None) -> Client:
        return await Stream.open(self.address, number, on_delivery)
