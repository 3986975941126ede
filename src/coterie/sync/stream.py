"""An answer that does not end: a snapshot or nothing, then every change as it happens, and signs of life between.

The head and a first few bytes go out at once, so that proxies and browsers know the answer has begun. Each update is
one send; a client that holds one up for too long is cut off, and resumes from the version that it has.
"""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final, Protocol

from coterie.log.event import Event
from coterie.sync.cursor import Cursor, Opening
from coterie.sync.exchange import Exchange, Headers

SEND_SECONDS: Final = 15.0
"""How long one client may hold up the sending to it."""

ENDLESS: Final = {"Cache-Control": "no-cache, no-transform, no-store", "X-Accel-Buffering": "no"}


Followed = tuple[Cursor, Opening]
"""A cursor, and where it began."""

Told = Callable[[Event], None]
"""Takes each change that was sent."""


class Form(Protocol):
    """How a stream looks: Braid's updates, or server-sent events. `name` tells forms apart."""

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

    def head(self, opening: Opening) -> Headers: ...

    def snapshot(self, opening: Opening, content: bytes) -> bytes: ...

    def update(self, event: Event, version: str, parent: str) -> bytes: ...


class Endless(ABC):
    """An answer that goes on, about what a cursor comes by.

    One timer a stream sees to signs of life, after so many `seconds` of silence, and to clients that do not read, since
    one for each send would be a large part of what a delivery costs.
    """

    def __init__(self, exchange: Exchange, cursor: Cursor, seconds: float) -> None:
        self._exchange: Final = exchange
        self._cursor: Final = cursor
        self._seconds: Final = seconds
        self._loop: Final = asyncio.get_running_loop()
        self._active_at = self._loop.time()
        self._is_sending = False
        self._is_stalled = False
        self._timer: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Until the client leaves or may not follow any more, or all was sent that they asked for."""
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
        """Head and body."""

    async def _send(self, body: bytes, *, is_last: bool = False) -> None:
        self._active_at = self._loop.time()
        self._is_sending = True
        await self._exchange.send(body, is_last=is_last)
        self._is_sending = False
        self._active_at = self._loop.time()

    def _is_silent(self) -> bool:
        return self._loop.time() - self._active_at >= self._seconds

    def _tick(self) -> None:
        """Cut off a client that holds up a send, or wake a stream that was silent for as long as it may be."""
        idle = self._loop.time() - self._active_at
        if self._is_sending and idle >= SEND_SECONDS:
            self._is_stalled = True
            self._exchange.abort()
            self._cursor.cut()
            return
        if self._is_silent():
            self._cursor.wake()
        if self._is_sending:
            rest = SEND_SECONDS - idle
        else:
            rest = self._seconds - idle if idle < self._seconds else self._seconds
        self._timer = self._loop.call_later(min(rest, SEND_SECONDS), self._tick)

    async def _watch(self) -> None:
        while (await self._exchange.receive())["type"] != "http.disconnect":
            pass
        self._cursor.end()


class Stream(Endless):
    """A collection; without `is_live` it ends when the client is up to date."""

    def __init__(
        self,
        exchange: Exchange,
        followed: Followed,
        form: Form,
        *,
        is_live: bool = True,
        told: Told | None = None,
    ) -> None:
        cursor, self._opening = followed
        super().__init__(exchange, cursor, form.seconds)
        self._form: Final = form
        self._is_live: Final = is_live
        self._told: Final = told

    async def _send_all(self) -> None:
        opening = self._opening
        await self._exchange.start(self._form.status, {**self._form.head(opening), **ENDLESS})
        await self._send(self._form.first)
        if opening.content is not None:
            await self._send(self._form.snapshot(opening, opening.content))
        parent = await self._send_pending(opening.version)
        while self._is_live and not self._cursor.is_ended:
            await self._cursor.wait()
            parent = await self._send_pending(parent)
            if self._is_silent() and not self._cursor.is_ended:
                await self._send(self._form.sign_of_life)

    async def _send_pending(self, parent: str) -> str:
        """Everything that has happened by now; answers the version that the client then has."""
        async for event in self._cursor.pending():
            version = event.client_version or self._cursor.collection.name(event.position)
            await self._send(self._update(event, version, parent))
            if self._told is not None:
                self._told(event)
            parent = version
        return parent

    def _update(self, event: Event, version: str, parent: str) -> bytes:
        """An update, made once for all who stand at the same version."""
        if event.updates is None:
            event.updates = {}
        key = (self._form.name, parent)
        if key not in event.updates:
            event.updates[key] = self._form.update(event, version, parent)
        return event.updates[key]
