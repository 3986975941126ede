"""How long the bus takes: a process says something to itself over the bus now and then, and waits to hear it.

It takes the way that fleeting notifications take: the database connection or the bus's own, PostgreSQL or NATS, and
back through the hub. Beside it, how late the event loop gets to what is due, which is the first to show a busy process.
"""

import asyncio
import time
from typing import Final

import msgspec

from coterie.identifiers import new_id
from coterie.log.bus import Bus
from coterie.log.event import Event
from coterie.log.hub import Hub

SECONDS: Final = 5.0
TICK_SECONDS: Final = 0.5


class Echo:
    """A subscriber to its own words."""

    def __init__(self, hub: Hub, bus: Bus) -> None:
        self._hub: Final = hub
        self._bus: Final = bus
        self._id: Final = new_id()
        self._said_at: float | None = None
        self._heard_after: float | None = None
        self._latest = 0.0
        self._ticking: asyncio.Task[None] | None = None

    @property
    def lag(self) -> float | None:
        """Seconds that the last word took, or has taken so far; None before the first was heard."""
        if self._said_at is None:
            return self._heard_after
        waited = time.monotonic() - self._said_at
        return waited if self._heard_after is None else max(waited, self._heard_after)

    def take_lateness(self) -> float:
        """By how many seconds the event loop was late at most since this was asked last."""
        latest, self._latest = self._latest, 0.0
        return latest

    def start(self) -> None:
        self._hub.fleeting.attend(self, [self._id])
        self._ticking = asyncio.create_task(self._tick())

    async def stop(self) -> None:
        if self._ticking is not None:
            self._ticking.cancel()
            await asyncio.wait([self._ticking])
        self._hub.fleeting.leave(self)

    def deliver(self, event: Event) -> None:
        """Hear it."""
        if self._said_at is not None:
            self._heard_after, self._said_at = time.monotonic() - self._said_at, None

    async def speak(self) -> None:
        """Say it again, unless the last word was not heard for so long that it must be lost: that goes on counting."""
        if self._said_at is None:
            self._said_at = time.monotonic()
        body = {"type": "ECHO", "key": str(self._id), "audience": [self._id]}
        self._bus.publish(msgspec.json.encode(body).decode())

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + TICK_SECONDS
            await asyncio.sleep(TICK_SECONDS)
            self._latest = max(self._latest, loop.time() - due)
