"""The bus over PostgreSQL's LISTEN/NOTIFY: notifies every process of an instance of changes.

It is a hint, not the truth: it may lose messages (when a connection breaks) and it may repeat them. For durable
changes, the statement that makes them also notifies, at commit; `publish` is for transient events. Each process listens
on one connection. Whenever that had to be made again, the listener catches up by reading from the log what it missed.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

import structlog

from coterie.database.announcing import announce, notifies
from coterie.database.connection import Connection, Database
from coterie.database.pool import OwnConnection
from coterie.database.trouble import report
from coterie.log import parts
from coterie.log.append import CHANNEL

QUEUE_LIMIT: Final = 10_000
"""Transient bus messages that may wait for the database; beyond it the newest are dropped."""

HEARTBEAT_SECONDS: Final = 2.0
ANSWER_SECONDS: Final = 5.0
"""How often the connection is checked, and how long it may take to answer: if a network silently drops everything, no
process would notice without this check. Until then, it believes in sessions that have ended elsewhere (SECURITY.md
names the sum)."""

RETRY_SECONDS: Final = 0.2
RETRY_LIMIT_SECONDS: Final = 1.0


log = structlog.get_logger(__name__)


class Listener(Protocol):
    """Receives what the bus delivers."""

    def receive(self, payload: str) -> None: ...

    def on_disconnect(self) -> None: ...

    async def catch_up(self) -> None: ...

    async def look(self) -> None: ...


class Bus(Protocol):
    """Carries bus messages between the processes: `PostgresBus`, or `NatsBus` with BUS_URL."""

    async def start(self, listener: Listener) -> None:
        """Listen from now on."""

    async def stop(self) -> None:
        """Send what is waiting, and disconnect."""

    def publish(self, payload: str) -> None:
        """Send to every process, this one included. Never blocks, and may be lost."""

    @property
    def is_connected(self) -> bool:
        """Whether bus messages arrive now, as far as this process knows."""


async def notify(connection: Connection, payloads: Sequence[str]) -> None:
    """Send transient events to every process when the caller's transaction commits; not if it rolls back."""
    if not payloads:
        return
    if notifies(connection):
        cut = [part for payload in payloads for part in parts.cut(payload)]
        await connection.execute("SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload", CHANNEL, cut)
    else:
        announce(connection, payloads)


class PostgresBus:
    """Listens on its own connection and publishes through the pool."""

    def __init__(self, database: Database, connect: Callable[[], Awaitable[OwnConnection]]) -> None:
        self._database: Final = database
        self._connect: Final = connect
        self._outbox: list[str] = []
        self._pending: Final = asyncio.Event()
        self._tasks: Final[list[asyncio.Task[None]]] = []
        self.is_connected = False

    async def start(self, listener: Listener) -> None:
        """Listen from now on; returns when the first connection listens."""
        connection, ended = await self._listen(listener)
        await listener.catch_up()
        self._tasks.append(asyncio.create_task(self._stay_connected(connection, ended, listener)))
        self._tasks.append(asyncio.create_task(self._send()))

    async def stop(self) -> None:
        """Send what is waiting, and disconnect."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._send_waiting()

    def publish(self, payload: str) -> None:
        """Send a transient event to every process, this one included. Never blocks, and may be lost."""
        if len(self._outbox) < QUEUE_LIMIT:
            self._outbox.extend(parts.cut(payload))
            self._pending.set()

    async def _listen(self, listener: Listener) -> tuple[OwnConnection, asyncio.Event]:
        connection = await self._connect()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return connection, await self._listen_on(connection, listener)
        except BaseException:
            connection.terminate()
            raise

    async def _listen_on(self, connection: OwnConnection, listener: Listener) -> asyncio.Event:
        """Returns an event that is set when the connection has ended."""
        ended, joiner = asyncio.Event(), parts.Joiner()

        def on_message(_connection: object, _pid: int, _channel: str, payload: object) -> None:
            if (whole := joiner.take(str(payload))) is not None:
                listener.receive(whole)

        connection.add_termination_listener(lambda _: ended.set())
        await connection.add_listener(CHANNEL, on_message)
        self.is_connected = True
        return ended

    async def _stay_connected(self, connection: OwnConnection, ended: asyncio.Event, listener: Listener) -> None:
        try:
            while True:
                await self._end_of(connection, ended)
                self.is_connected = False
                listener.on_disconnect()
                log.warning("bus.lost")
                connection, ended = await self._listen_again(listener)
                log.info("bus.listening")
        finally:
            connection.terminate()

    async def _end_of(self, connection: OwnConnection, ended: asyncio.Event) -> None:
        """Wait until the connection has ended, or no longer answers."""
        while not ended.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await ended.wait()
                    return
            try:
                await connection.fetchval("SELECT 1", timeout=ANSWER_SECONDS)
            except Exception:  # whatever it is: a connection that does not answer is given up
                connection.terminate()
                return

    async def _listen_again(self, listener: Listener) -> tuple[OwnConnection, asyncio.Event]:
        """Listen, and then read what was missed; retry until both succeed."""
        wait = RETRY_SECONDS
        while True:
            try:
                connection, ended = await self._listen(listener)
                try:
                    await listener.catch_up()
                except BaseException:
                    connection.terminate()
                    raise
                return connection, ended
            except Exception as error:  # whatever it is: a process must not stop listening
                report(log, "bus.unreachable", error)
                await asyncio.sleep(wait)
                wait = min(wait * 2, RETRY_LIMIT_SECONDS)

    async def _send(self) -> None:
        """Each statement sends all that collected during the last one."""
        while True:
            await self._pending.wait()
            self._pending.clear()
            await self._send_waiting()

    async def _send_waiting(self) -> None:
        payloads, self._outbox = self._outbox, []
        try:
            await self._database.execute(
                "SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload",
                CHANNEL,
                payloads,
                timeout=ANSWER_SECONDS,
            )
        except Exception as error:  # whatever it is: a process must not stop sending
            report(log, "bus.publish_failed", error, dropped=len(payloads))
