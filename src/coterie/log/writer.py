"""Natural group commit: while one batch is on its way to the database, further writes collect; the next takes them all.

There is no timer: a lone write leaves at once, and under load the batches grow, up to a limit of rows and bytes. Each
write is answered after the commit of its batch. If a batch fails, its writes are tried one by one, so that an error
affects only the write that caused it. Temporary failures (a deadlock, a lost connection) are retried with `is_retry`
since the first try may have been committed: the write then looks for its own rows instead of guessing. The queue is
bounded: when it is full, writers are asked to come back.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from contextvars import Context
from typing import Final, Generic, Protocol, TypeVar

import structlog

from coterie import errors
from coterie.database.trouble import PASSING
from coterie.errors import CoterieError
from coterie.process.tallies import WriterTally
from coterie.process.turns import awaiting_turn

ROW_LIMIT: Final = 256
BYTE_LIMIT: Final = 1_000_000
QUEUE_LIMIT: Final = 10_000
PATIENCE_SECONDS: Final = 8.0
"""How long writes are retried while the database takes none; then they get 503, and those behind them at once."""

PROBE_SECONDS: Final = 1.0
"""The longest that one try may take once the patience is used up."""

RETRY_SECONDS: Final = 0.05
RETRY_LIMIT_SECONDS: Final = 1.0

log = structlog.get_logger(__name__)

Request = TypeVar("Request")
Result = TypeVar("Result")
RequestIn = TypeVar("RequestIn", contravariant=True)
ResultOut = TypeVar("ResultOut", covariant=True)


class Write(Protocol[RequestIn, ResultOut]):
    """Stores a batch in one commit and answers in order; an error among the answers affects only that write.

    `is_retry` says that an earlier try may have been committed.
    """

    async def __call__(
        self, requests: Sequence[RequestIn], *, is_retry: bool
    ) -> Sequence[ResultOut | CoterieError]: ...


class Writer(Generic[Request, Result]):
    """Collects writes of one kind.

    `weigh` returns the bytes of a write. Two writes with the same `key` never share a batch. `patience` is in seconds.
    """

    def __init__(
        self,
        write: Write[Request, Result],
        weigh: Callable[[Request], int],
        key: Callable[[Request], Hashable] = id,
        patience: float = PATIENCE_SECONDS,
        tally: WriterTally | None = None,
    ) -> None:
        self.tally: Final = tally or WriterTally()
        self._write: Final = write
        self._weigh: Final = weigh
        self._key: Final = key
        self._queue: Final[deque[tuple[Request, asyncio.Future[Result]]]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._patience: Final = patience
        self._trouble_since: float | None = None

    @property
    def waiting(self) -> int:
        """Writes that are not on their way to the database yet."""
        return len(self._queue)

    async def submit(self, request: Request) -> Result:
        """Store one write; returns after its commit. Raises OVERLOADED when the database cannot keep up.

        If the caller is cancelled while the write is waiting, nothing is stored; a write on its way may be stored.
        """
        with awaiting_turn():
            return await self.enqueue(request)

    def enqueue(self, request: Request) -> "asyncio.Future[Result]":
        """Take one write now, in the order of the calls; the future is done after its commit."""
        if len(self._queue) >= QUEUE_LIMIT:
            self.tally.refused += 1
            raise CoterieError(errors.OVERLOADED, retry_after=1)
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._queue.append((request, future))
        if self._task is None:
            self._task = asyncio.create_task(self._run(), context=Context())  # not that of the caller who started it
        return future

    async def close(self) -> None:
        """Wait until everything submitted is stored."""
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        try:
            while self._queue:
                if batch := self._next_batch():
                    self.tally.batches.add(len(batch))
                    await self._store(batch, is_retry=False)
        finally:
            self._task = None
            self._trouble_since = None

    def _next_batch(self) -> list[tuple[Request, asyncio.Future[Result]]]:
        batch: list[tuple[Request, asyncio.Future[Result]]] = []
        keys: set[Hashable] = set()
        room = BYTE_LIMIT
        while self._queue and len(batch) < ROW_LIMIT:
            request, future = self._queue[0]
            if future.done():  # the caller was cancelled, and knows
                self._queue.popleft()
                continue
            room -= self._weigh(request)
            if batch and (room < 0 or self._key(request) in keys):
                break
            keys.add(self._key(request))
            batch.append(self._queue.popleft())
        return batch

    async def _store(self, batch: list[tuple[Request, asyncio.Future[Result]]], *, is_retry: bool) -> None:
        wait, began = RETRY_SECONDS, time.monotonic()
        while True:
            try:
                async with asyncio.timeout(self._rest_of_patience()):
                    results = await self._write([request for request, _ in batch], is_retry=is_retry)
                self._trouble_since = None
                return _answer(batch, results)
            except PASSING as error:
                log.warning("writer.trouble", writes=len(batch), reason=type(error).__name__)
                self._trouble_since = self._trouble_since or began
                if time.monotonic() + wait > self._trouble_since + self._patience:
                    self.tally.refused += len(batch)
                    return _answer(batch, [CoterieError(errors.UNAVAILABLE, retry_after=2)] * len(batch))
                self.tally.retried += 1
                await asyncio.sleep(wait)
                is_retry, wait = True, min(wait * 2, RETRY_LIMIT_SECONDS)
            except Exception as error:
                return await self._isolate(batch, error, is_retry=is_retry)

    def _rest_of_patience(self) -> float:
        """Seconds for a try: a frozen database would otherwise block it forever, and all that wait behind it."""
        since = self._trouble_since
        return self._patience if since is None else max(PROBE_SECONDS, since + self._patience - time.monotonic())

    async def _isolate(
        self, batch: list[tuple[Request, asyncio.Future[Result]]], error: Exception, *, is_retry: bool
    ) -> None:
        if len(batch) > 1:
            for write in batch:
                await self._store([write], is_retry=is_retry)
        elif not batch[0][1].done():
            batch[0][1].set_exception(error)


def _answer(batch: list[tuple[Request, "asyncio.Future[Result]"]], results: Sequence[Result | CoterieError]) -> None:
    for (_, future), result in zip(batch, results, strict=True):
        if future.done():
            continue  # the caller has gone
        if isinstance(result, CoterieError):
            future.set_exception(result)
        else:
            future.set_result(result)
