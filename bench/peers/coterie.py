"""Coterie itself, by the gateway and by REST, with the users and rows of the other benchmarks.

The gateway acknowledges a message with `MESSAGE_ACK`, REST with the answer 201, both after the commit. The sessions
follow all of their user's servers, as those of XMPP hear their rooms.
"""

import asyncio
import os
import sys
from contextlib import AbstractAsyncContextManager
from importlib.metadata import version
from typing import ClassVar, Self

from bench.peers.server import PAGE, Client, OnDelivery, Server, text
from bench.wire import ACKNOWLEDGED, Address, Http, Socket, WrongError, get, post
from bench.world import Bench, channel_id, make_people, make_server, person_id, session_id
from coterie.accounts.tokens import Tokens


class RestSession(Client):
    """Listens, if it does, at the gateway."""

    def __init__(self, http: Http, token: str) -> None:
        self._http, self._token = http, token
        self._socket: Socket | None = None
        self._mark = b""
        self._acknowledged: asyncio.Future[None] | None = None

    @classmethod
    async def open(cls, address: Address, token: str, on_delivery: OnDelivery | None, *, has_socket: bool) -> Self:
        self = cls(await Http.open(address), token)
        if has_socket:
            self._socket = await Socket.open(
                address,
                f"/ws?token={token}",
                on_messages=lambda _, count: on_delivery(count) if on_delivery else None,
                on_frame=self._take,
                on_failure=self._fail,
            )
        elif (answer := await self._http.ask(get("/api/users/@me", token))).status != 200:
            raise WrongError(f"a session was answered {answer.status}")
        return self

    async def join(self, room: int) -> None:
        """Everyone is where they belong."""

    async def send(self, room: int, mark: str) -> None:
        body = {"content": text(mark), "nonce": mark}
        answer = await self._http.ask(post(f"/api/channels/{channel_id(room)}/messages", body, self._token))
        if answer.status != 201:
            raise WrongError(f"a message was answered {answer.status}: {answer.body!r}")

    async def page(self, room: int) -> bytes:
        path = f"/api/channels/{channel_id(room)}/messages?limit={PAGE}"
        return (await self._http.ask(get(path, self._token))).body

    def close(self) -> None:
        self._http.close()
        if self._socket is not None:
            self._socket.close()

    def _take(self, _: Socket, payload: bytes) -> None:
        if self._acknowledged is None or not payload.startswith(ACKNOWLEDGED) or self._mark not in payload:
            self._fail(self._socket, WrongError(f"instead of an acknowledgement: {payload!r}"))
        else:
            waiting, self._acknowledged = self._acknowledged, None
            waiting.set_result(None)

    def _fail(self, _: Socket | None, failure: WrongError) -> None:
        if self._acknowledged is not None and not self._acknowledged.done():
            self._acknowledged.set_exception(failure)


class GatewaySession(RestSession):
    def send(self, room: int, mark: str) -> "asyncio.Future[None]":  # type: ignore[override]
        assert self._socket is not None
        self._mark, self._acknowledged = mark.encode(), asyncio.get_running_loop().create_future()
        data = f'{{"channel_id":"{channel_id(room)}","content":"{text(mark)}","nonce":"{mark}"}}'
        self._socket.say(f'{{"op":"MESSAGE_SEND","d":{data}}}'.encode())
        return self._acknowledged


class Coterie(Server):
    name: ClassVar[str] = "Coterie"
    archive: ClassVar[str] = "SELECT content FROM messages"

    @classmethod
    def missing(cls) -> str:
        return ""

    @classmethod
    def version(cls) -> str:
        return version("coterie")

    @classmethod
    def database(cls, bench: Bench) -> AbstractAsyncContextManager[str]:
        return bench.database("bench_peer")

    def configure(self) -> None:
        """The environment is all of it."""

    def command(self) -> list[str]:
        return [sys.executable, "-m", "coterie", "serve"]

    def environment(self) -> dict[str, str]:
        ours = {"DATABASE_URL": self.url, "JWT_SECRET": self.bench.secret, "RATE_LIMITS": "off"}
        return {**os.environ, **ours, "COTERIE_LOG_LEVEL": "warning", "SERVER_PORT": str(self.address.port)}

    async def make_accounts(self) -> None:
        """A server with one channel for each room."""
        await make_people(self.rows, self.people)
        for room, members in self.rooms.items():
            await make_server(self.rows, room, members, range(room, room + 1))

    async def log_in(self, number: int, on_delivery: OnDelivery | None = None) -> Client:
        return await GatewaySession.open(self.address, self.token(number), on_delivery, has_socket=True)

    def token(self, number: int) -> str:
        return Tokens(self.bench.secret).sign(person_id(number), session_id(number), f"person_{number}")


class CoterieRest(Coterie):
    """Only sends: the rest is the same server's."""

    name: ClassVar[str] = "Coterie, REST"
    sends_only: ClassVar[bool] = True

    async def log_in(self, number: int, on_delivery: OnDelivery | None = None) -> Client:
        has_socket = on_delivery is not None
        return await RestSession.open(self.address, self.token(number), on_delivery, has_socket=has_socket)
