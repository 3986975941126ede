"""How long the bus takes: a process sends itself a bus message now and then, and waits for it to arrive.

It takes the way of transient events: the database connection or the bus's own, PostgreSQL or NATS, and back through the
hub. This module also measures by how much the event loop is late, which is the first sign of a busy process.
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
    """A subscriber to its own messages."""

    def __init__(self, hub: Hub, bus: Bus) -> None:
        self._hub: Final = hub
        self._bus: Final = bus
        self._id: Final = new_id()
        self._sent_at: float | None = None
        self._last_lag: float | None = None
        self._latest = 0.0
        self._ticking: asyncio.Task[None] | None = None

    @property
    def lag(self) -> float | None:
        """Seconds that the last message took, or has taken so far; None before the first arrived."""
        if self._sent_at is None:
            return self._last_lag
        waited = time.monotonic() - self._sent_at
        return waited if self._last_lag is None else max(waited, self._last_lag)

    def take_lateness(self) -> float:
        """The most seconds by which the event loop was late since the last call."""
        latest, self._latest = self._latest, 0.0
        return latest

    def start(self) -> None:
        self._hub.transient.attend(self, [self._id])
        self._ticking = asyncio.create_task(self._tick())

    async def stop(self) -> None:
        if self._ticking is not None:
            self._ticking.cancel()
            await asyncio.wait([self._ticking])
        self._hub.transient.leave(self)

    def deliver(self, event: Event) -> None:
        """Note that the message arrived."""
        if self._sent_at is not None:
            self._last_lag, self._sent_at = time.monotonic() - self._sent_at, None

    async def send(self) -> None:
        """Send a message; if the last one is still missing, its time keeps counting."""
        if self._sent_at is None:
            self._sent_at = time.monotonic()
        body = {"type": "ECHO", "key": str(self._id), "audience": [self._id]}
        self._bus.publish(msgspec.json.encode(body).decode())

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + TICK_SECONDS
            await asyncio.sleep(TICK_SECONDS)
            self._latest = max(self._latest, loop.time() - due)
