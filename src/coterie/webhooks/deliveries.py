"""Delivers events to webhooks: each at least once, and in order, from the log.

How far each webhook was sent each topic is in the database, as are the attempts and when the next is due. So a process
that ends at any moment loses nothing: another continues, or the same after its start, and at most the event that was
under way is sent again.

One process at a time delivers to a webhook. It claims the webhook for some seconds, which each step extends; if it
dies, the claim ends. A process that finds a webhook claimed looks again when that claim has ended. While an event
cannot be delivered, the webhook's later events wait behind it.

What a webhook is sent is judged at the moment of sending: messages of channels that its creator can view then.
"""

import asyncio
import contextlib
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from coterie.database.connection import Database
from coterie.database.trouble import TROUBLE, report
from coterie.identifiers import new_id
from coterie.outgoing.guard import Outgoing
from coterie.permissions.context import ActionContext
from coterie.settings.sealing import Sealing
from coterie.webhooks import delivery_queries, queries
from coterie.webhooks.delivery_queries import Holder
from coterie.webhooks.wakes import Wakes
from coterie.webhooks.working import WebhookWorker

CONCURRENT: Final = 16
"""Webhooks that a process delivers to at the same time; further ones wait for their turn."""

LEASE: Final = timedelta(seconds=20)
"""How long a claim lasts; longer than an attempt."""

LOOK_SECONDS: Final = 60.0
LOOK_LIMIT: Final = 500
RETRY_SECONDS: Final = 5.0
"""After an error, such as one of the database."""

STOP_SECONDS: Final = 1.0
RESEAL_BATCH: Final = 100

log = structlog.get_logger(__name__)


class Deliveries:
    """The deliveries of one process. Create it inside a running event loop."""

    def __init__(self, context: ActionContext, outgoing: Outgoing, sealing: Sealing, lease: timedelta = LEASE) -> None:
        self._database: Final = context.database
        self._outgoing: Final = outgoing
        self._sealing: Final = sealing
        self._worker: Final = WebhookWorker(context, outgoing, sealing, Holder(new_id(), lease))
        self.wakes: Final = Wakes(context.database, self.wake)
        self._turns: Final = asyncio.Semaphore(CONCURRENT)
        self._tasks: Final[dict[UUID, asyncio.Task[None]]] = {}
        self._timers: Final[dict[UUID, asyncio.TimerHandle]] = {}
        self._again: Final[set[UUID]] = set()
        self._urgent: Final[set[UUID]] = set()
        self._is_resealed = False

    def start(self) -> None:
        self.wakes.start()

    async def stop(self) -> None:
        """Interrupt everything, and let other processes continue."""
        await self.wakes.stop()
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with contextlib.suppress(*TROUBLE):
            async with asyncio.timeout(STOP_SECONDS):
                await delivery_queries.release_all(self._database, self._worker.holder.process)
        await self._outgoing.close()

    def wake(self, webhook_id: UUID, *, is_now: bool = False) -> None:
        """There may be something to send; with `is_now` even if the webhook is waiting for its next attempt."""
        if webhook_id in self._tasks:
            (self._urgent if is_now else self._again).add(webhook_id)
            return
        timer = self._timers.get(webhook_id)
        if timer is not None and not is_now:
            return
        if timer is not None:
            self._timers.pop(webhook_id).cancel()
        self._tasks[webhook_id] = asyncio.create_task(self._run(webhook_id))

    async def look(self) -> float | None:
        """Wake what is due, in case its process has died or the bus has lost a message."""
        if not self._is_resealed:
            await seal_again(self._database, self._sealing)
            self._is_resealed = True
        found = await delivery_queries.due(self._database, LOOK_LIMIT)
        for webhook_id in found:
            self.wake(webhook_id)
        return RETRY_SECONDS if len(found) == LOOK_LIMIT else None

    async def _run(self, webhook_id: UUID) -> None:
        pause: float | None = 0.0
        try:
            while pause == 0.0:
                pause = await self._turn(webhook_id)
        finally:
            del self._tasks[webhook_id]
        if pause is not None:
            loop = asyncio.get_running_loop()
            self._timers[webhook_id] = loop.call_later(pause, self._end_pause, webhook_id)

    async def _turn(self, webhook_id: UUID) -> float | None:
        """One turn; 0 if there may be more to do at once, since the turn says so or the webhook was woken meanwhile."""
        self._again.discard(webhook_id)
        self._urgent.discard(webhook_id)
        try:
            async with self._turns:
                pause = await self._worker.turn(webhook_id)
        except Exception as error:  # whatever it is: nothing else would continue
            report(log, "webhooks.cannot_deliver", error)
            return RETRY_SECONDS
        is_woken = webhook_id in self._urgent or (pause is None and webhook_id in self._again)
        return 0.0 if is_woken else pause

    def _end_pause(self, webhook_id: UUID) -> None:
        self._timers.pop(webhook_id, None)
        self.wake(webhook_id)


async def seal_again(database: Database, sealing: Sealing) -> None:
    """Encrypt with the current key what is encrypted with the previous one, after a change of JWT_SECRET."""
    last = UUID(int=0)
    while found := await queries.sealed_otherwise(database, sealing.current, last, RESEAL_BATCH):
        for webhook_id, sealed in found.items():
            if (secret := sealing.open(webhook_id, sealed)) is not None:
                await queries.reseal(database, webhook_id, sealed, sealing.seal(webhook_id, secret))
            last = webhook_id
