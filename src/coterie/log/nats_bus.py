"""The bus over NATS, for many processes or many machines: PostgreSQL then has no work with notifications.

The process that makes a change publishes it, after the commit (`database/announcing.py`). NATS may lose it or be down,
and a process may be killed before it publishes; so each process also checks every second whether the topics that it
follows have moved. Thanks to that one query, a lost bus message costs a second and nothing else.

Anyone who can publish to that NATS can make processes show invented events, though not store them: it needs a password
or TLS, and no other users. Instances may share one, since the subject is derived from JWT_SECRET. The URL is a secret
and is never logged. nats-py is the NATS project's own, without dependencies, and loaded only with the setting.
"""

import asyncio
import contextlib
from typing import Final

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from coterie.database.trouble import report
from coterie.log.bus import QUEUE_LIMIT, RETRY_SECONDS, Listener
from coterie.settings.derived_keys import derived_key

LOOK_SECONDS: Final = 1.0
START_SECONDS: Final = 3.0
"""How long the start waits for NATS; without it, events arrive a second later, and typing does not arrive."""

GOODBYE_SECONDS: Final = 2.0
"""How long shutdown waits until NATS has taken the last messages."""

BUNDLE_BYTES: Final = 200_000
"""Bus messages that have collected are sent as one, up to this size; a NATS server takes 1 MB by default."""

log = structlog.get_logger(__name__)


def subject_of(secret: str) -> str:
    """The instance's own subject, so that several can share one NATS: only its processes share the secret."""
    return f"coterie.{derived_key(secret, 'bus subject').hex()[:24]}"


class NatsBus:
    """Listens and publishes over one connection, and reconnects for as long as it takes."""

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
        """Whether NATS is connected."""
        return bool(self._client.is_connected)

    async def start(self, listener: Listener) -> None:
        """Listen from now on; continues without NATS if it does not answer soon."""
        connecting = asyncio.create_task(self._connect(listener))
        self._tasks.append(connecting)
        await asyncio.wait([connecting], timeout=START_SECONDS)
        if not self._client.is_connected:
            log.warning("bus.unreachable", remedy="BUS_URL: is NATS running there, and does it take this login?")
        await listener.catch_up()
        self._tasks.append(asyncio.create_task(self._look(listener)))
        self._sending = asyncio.create_task(self._send())

    async def stop(self) -> None:
        """Send what is waiting, and disconnect."""
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
        """Send to every process, this one included. Never blocks, and may be lost."""
        if len(self._outbox) < QUEUE_LIMIT:
            self._outbox.append(payload)
            self._pending.set()

    async def _connect(self, listener: Listener) -> None:
        """Returns when the subscription works; NATS's client itself keeps trying, at first and after a disconnect."""

        async def on_message(message: Msg) -> None:
            for payload in message.data.decode().split("\n"):
                listener.receive(payload)

        async def on_disconnect() -> None:
            if not self._is_stopping:
                listener.on_disconnect()
                log.warning("bus.lost")

        async def on_reconnect() -> None:
            log.info("bus.listening")
            self._has_missed.set()

        async def on_error(error: Exception) -> None:
            """Its text may contain the server's URL with its password."""
            log.warning("bus.trouble", reason=type(error).__name__)
            self._has_missed.set()

        await self._client.connect(
            self._servers,
            name="coterie",
            error_cb=on_error,
            disconnected_cb=on_disconnect,
            reconnected_cb=on_reconnect,
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
        )
        await self._client.subscribe(self._subject, cb=on_message)
        await self._flush()
        self._has_missed.set()

    async def _flush(self) -> None:
        """Wait until NATS has read everything that was given to its client.

        The client's own flush sends its PING before what it still buffers; the answer to a second PING comes after
        that.
        """
        for _ in range(2):
            if self._client.is_connected:
                await self._client.flush()

    async def _look(self, listener: Listener) -> None:
        """Compare the topics followed with the log: every second, and thoroughly when something was missed."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._has_missed.wait()
            is_urgent = self._has_missed.is_set()
            self._has_missed.clear()
            try:
                await (listener.catch_up() if is_urgent else listener.look())
            except Exception as error:  # whatever it is: a process must not stop listening
                report(log, "bus.cannot_look", error)
                await asyncio.sleep(RETRY_SECONDS)
                self._has_missed.set()

    async def _send(self) -> None:
        """Send what is published, as it comes; never cancelled, since what it has taken would be lost."""
        while not self._is_stopping:
            await self._pending.wait()
            self._pending.clear()
            try:
                await self._send_waiting()
            except NatsError as error:
                log.warning("bus.publish_failed", reason=type(error).__name__)
            except Exception as error:  # whatever it is: a process must not stop sending
                report(log, "bus.publish_failed", error)

    async def _send_waiting(self) -> None:
        """Send all that collected in few messages; nothing while NATS is down, since it would arrive too late."""
        payloads, self._outbox = self._outbox, []
        for bundle in _bundles(payloads):
            if self._client.is_connected:
                await self._client.publish(self._subject, bundle)


def _bundles(payloads: list[str]) -> list[bytes]:
    """One bus message per line, in as few pieces as the size allows; JSON has no line breaks of its own."""
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
