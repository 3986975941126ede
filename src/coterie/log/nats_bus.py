"""The bus over NATS, for many processes or many machines: PostgreSQL then spends nothing on notifications.

Changes are published by the process that made them, after their commit (`database/announcing.py`). NATS may lose them,
may be away, and a process may be killed before it publishes; so each process also looks every second whether what it
follows has moved on. That one query is what makes losing a notification cost a second, and nothing else.
"""

import asyncio
import contextlib
import hashlib
from typing import Final

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from coterie.database.trouble import report
from coterie.log.bus import QUEUE_LIMIT, RETRY_SECONDS, Listener

LOOK_SECONDS: Final = 1.0
START_SECONDS: Final = 3.0
"""So long the start waits for NATS; without it people hear each other a second later, and no typing."""

GOODBYE_SECONDS: Final = 2.0
"""So long the end waits for NATS to have taken what was said last."""

BUNDLE_BYTES: Final = 200_000
"""Notifications that collected are sent as one, up to this size; a NATS server takes 1 MB unless told otherwise."""

log = structlog.get_logger(__name__)


def subject_of(secret: str) -> str:
    """The instance's own subject, so that several may share one NATS: its processes have the secret in common."""
    return f"coterie.{hashlib.sha256(b'bus' + secret.encode()).hexdigest()[:24]}"


class NatsBus:
    """Listens and publishes over one connection, which is made anew for as long as it takes."""

    def __init__(self, url: str, subject: str) -> None:
        self._servers: Final = [part.strip() for part in url.split(",")]
        self._subject: Final = subject
        self._client: Final = Client()
        self._outbox: list[str] = []
        self._is_stopping = False
        self._pending: Final = asyncio.Event()
        self._has_missed: Final = asyncio.Event()
        self._tasks: Final[list[asyncio.Task[None]]] = []
        self._sending: asyncio.Task[None] | None = None

    @property
    def is_connected(self) -> bool:
        """Whether NATS is there."""
        return bool(self._client.is_connected)

    async def start(self, listener: Listener) -> None:
        """Listen from now on; goes on without NATS if it does not answer soon."""
        connecting = asyncio.create_task(self._connect(listener))
        self._tasks.append(connecting)
        await asyncio.wait([connecting], timeout=START_SECONDS)
        if not self._client.is_connected:
            log.warning("bus.unreachable", remedy="BUS_URL: is NATS running there, and does it take this login?")
        await listener.catch_up()
        self._tasks.append(asyncio.create_task(self._look(listener)))
        self._sending = asyncio.create_task(self._send())

    async def stop(self) -> None:
        """Send what waits, and leave."""
        self._is_stopping = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            async with asyncio.timeout(GOODBYE_SECONDS):
                if self._sending:
                    self._pending.set()
                    await self._sending
                await self._send_waiting()
                await self._flush()
                await self._client.close()
        except (NatsError, OSError, TimeoutError) as error:
            log.warning("bus.goodbye_failed", reason=type(error).__name__)

    def publish(self, payload: str) -> None:
        """Tell every process, this one included. Never blocks, and may be lost."""
        if len(self._outbox) < QUEUE_LIMIT:
            self._outbox.append(payload)
            self._pending.set()

    async def _connect(self, listener: Listener) -> None:
        """Returns when the bus is heard; NATS's client itself keeps trying, at first and whenever it was cut."""

        async def heard(message: Msg) -> None:
            for payload in message.data.decode().split("\n"):
                listener.receive(payload)

        async def lost() -> None:
            if not self._is_stopping:
                listener.lose()
                log.warning("bus.lost")

        async def back() -> None:
            log.info("bus.listening")
            self._has_missed.set()

        async def trouble(error: Exception) -> None:
            """Its text may name the server with its password."""
            log.warning("bus.trouble", reason=type(error).__name__)
            self._has_missed.set()

        await self._client.connect(
            self._servers,
            name="coterie",
            error_cb=trouble,
            disconnected_cb=lost,
            reconnected_cb=back,
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
        )
        await self._client.subscribe(self._subject, cb=heard)
        await self._flush()
        self._has_missed.set()

    async def _flush(self) -> None:
        """Wait until NATS has read everything that was given to its client.

        The client's own flush sends its PING ahead of what it still keeps: the answer to a second one comes after that.
        """
        for _ in range(2):
            if self._client.is_connected:
                await self._client.flush()

    async def _look(self, listener: Listener) -> None:
        """Compare what is followed with the log: every second, and thoroughly when something was missed."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._has_missed.wait()
            is_urgent = self._has_missed.is_set()
            self._has_missed.clear()
            try:
                await (listener.catch_up() if is_urgent else listener.look())
            except Exception as error:  # whatever it is: a process must not stay deaf
                report(log, "bus.cannot_look", error)
                await asyncio.sleep(RETRY_SECONDS)
                self._has_missed.set()

    async def _send(self) -> None:
        """What is published, as it comes; never broken off, as what it has taken would be lost."""
        while not self._is_stopping:
            await self._pending.wait()
            self._pending.clear()
            try:
                await self._send_waiting()
            except NatsError as error:
                log.warning("bus.publish_failed", reason=type(error).__name__)
            except Exception as error:  # whatever it is: a process must not fall silent
                report(log, "bus.publish_failed", error)

    async def _send_waiting(self) -> None:
        """All that collected, as few messages; nothing while NATS is away, since it would be told too late."""
        payloads, self._outbox = self._outbox, []
        for bundle in _bundles(payloads):
            if self._client.is_connected:
                await self._client.publish(self._subject, bundle)


def _bundles(payloads: list[str]) -> list[bytes]:
    """One notification a line, in as few pieces as the size allows; JSON has no line break of its own."""
    bundles: list[bytes] = []
    lines: list[bytes] = []
    size = 0
    for line in (payload.encode() for payload in payloads):
        if lines and size + len(line) > BUNDLE_BYTES:
            bundles.append(b"\n".join(lines))
            lines, size = [], 0
        lines.append(line)
        size += len(line) + 1
    return [*bundles, b"\n".join(lines)] if lines else bundles
