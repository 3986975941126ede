"""An answer that does not end: a snapshot or nothing, then every change as it happens, with heartbeats in between.

The head and a first few bytes are sent at once, so that proxies and browsers know the answer has begun. Each update is
one send. A client that stalls a send for too long is disconnected, and resumes from the version that it has.
"""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final, Protocol

from coterie.log.event import Event
from coterie.sync.exchange import Exchange, Headers
from coterie.sync.opening import Opening
from coterie.sync.topic_reader import TopicReader

SEND_SECONDS: Final = 15.0
"""How long one client may stall a send."""

ENDLESS: Final = {"Cache-Control": "no-cache, no-transform, no-store", "X-Accel-Buffering": "no"}


Opened = tuple[TopicReader, Opening]
"""A reader, and where it began."""

Sent = Callable[[Event], None]
"""Called with each change that was sent."""


class Format(Protocol):
    """The format of a stream: Braid's updates, or server-sent events. `name` distinguishes formats."""

    @property
    def name(self) -> str: ...

    @property
    def status(self) -> int: ...

    @property
    def first(self) -> bytes: ...

    @property
    def sign_of_life(self) -> bytes: ...

    @property
    def seconds(self) -> float:
        """How long the stream may be silent."""


class StreamForm(Format, Protocol):
    """The format of a collection's stream."""

    def head(self, opening: Opening) -> Headers: ...

    def snapshot(self, opening: Opening, content: bytes) -> bytes: ...

    def update(self, event: Event, version: str, parent: str) -> bytes: ...


class EndlessResponse(ABC):
    """An answer that does not end, with what a reader yields.

    One timer per stream sends heartbeats, after `seconds` of silence, and finds clients that do not read. A timer for
    each send would be a large part of the cost of a delivery.
    """

    def __init__(self, exchange: Exchange, reader: TopicReader, seconds: float) -> None:
        self._exchange: Final = exchange
        self._reader: Final = reader
        self._seconds: Final = seconds
        self._loop: Final = asyncio.get_running_loop()
        self._active_at = self._loop.time()
        self._is_sending = False
        self._is_stalled = False
        self._timer: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Run until the client leaves, loses access, or has received all that it asked for."""
        watching = asyncio.create_task(self._watch())
        self._tick()
        try:
            await self._send_all()
            if not self._is_stalled:
                await self._send(b"", is_last=True)
        finally:
            if self._timer is not None:
                self._timer.cancel()
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching

    @abstractmethod
    async def _send_all(self) -> None:
        """Send head and body."""

    async def _send(self, body: bytes, *, is_last: bool = False) -> None:
        self._active_at = self._loop.time()
        self._is_sending = True
        await self._exchange.send(body, is_last=is_last)
        self._is_sending = False
        self._active_at = self._loop.time()

    def _is_silent(self) -> bool:
        return self._loop.time() - self._active_at >= self._seconds

    def _tick(self) -> None:
        """Disconnect a client that stalls a send, or wake a stream that has reached its limit of silence."""
        idle = self._loop.time() - self._active_at
        if self._is_sending and idle >= SEND_SECONDS:
            self._is_stalled = True
            self._exchange.abort()
            self._reader.cut()
            return
        if self._is_silent():
            self._reader.wake()
        if self._is_sending:
            rest = SEND_SECONDS - idle
        else:
            rest = self._seconds - idle if idle < self._seconds else self._seconds
        self._timer = self._loop.call_later(min(rest, SEND_SECONDS), self._tick)

    async def _watch(self) -> None:
        while (await self._exchange.receive())["type"] != "http.disconnect":
            pass
        self._reader.end()


class CollectionStream(EndlessResponse):
    """A collection; without `is_live` it ends when the client is up to date."""

    def __init__(
        self,
        exchange: Exchange,
        opened: Opened,
        form: StreamForm,
        *,
        is_live: bool = True,
        sent: Sent | None = None,
    ) -> None:
        reader, self._opening = opened
        super().__init__(exchange, reader, form.seconds)
        self._form: Final = form
        self._is_live: Final = is_live
        self._sent: Final = sent

    async def _send_all(self) -> None:
        opening = self._opening
        await self._exchange.start(self._form.status, {**self._form.head(opening), **ENDLESS})
        await self._send(self._form.first)
        if opening.content is not None:
            await self._send(self._form.snapshot(opening, opening.content))
        parent = await self._send_pending(opening.version)
        while self._is_live and not self._reader.is_ended:
            await self._reader.wait()
            parent = await self._send_pending(parent)
            if self._is_silent() and not self._reader.is_ended:
                await self._send(self._form.sign_of_life)

    async def _send_pending(self, parent: str) -> str:
        """Send everything that has happened so far; returns the version that the client then has."""
        async for event in self._reader.pending():
            version = self._reader.collection.name_of(event)
            await self._send(self._update(event, version, parent))
            if self._sent is not None:
                self._sent(event)
            parent = version
        return parent

    def _update(self, event: Event, version: str, parent: str) -> bytes:
        """An update, encoded once for all clients at the same version who know it by the same name."""
        if event.updates is None:
            event.updates = {}
        key = (self._form.name, version, parent)
        if key not in event.updates:
            event.updates[key] = self._form.update(event, version, parent)
        return event.updates[key]
