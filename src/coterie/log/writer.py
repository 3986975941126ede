"""Natural group commit: while one batch is on its way to the database, further writes collect; the next takes them all.

There is no timer: a lone write leaves at once, and the busier it gets the larger the batches grow. Each write is
answered after the commit of its batch. A batch that fails is tried write by write, so that an error meets only the
write that caused it. The queue is bounded: beyond it writers are told to come back.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

from coterie import errors
from coterie.errors import CoterieError

BATCH_LIMIT: Final = 256
QUEUE_LIMIT: Final = 10_000

Request = TypeVar("Request")
Result = TypeVar("Result")


class Writer(Generic[Request, Result]):
    """Collects writes of one kind.

    `write` stores a batch in one commit and answers in order; an error among the answers meets that write alone.
    """

    def __init__(self, write: Callable[[Sequence[Request]], Awaitable[Sequence[Result | CoterieError]]]) -> None:
        self._write: Final = write
        self._queue: Final[deque[tuple[Request, asyncio.Future[Result]]]] = deque()
        self._task: asyncio.Task[None] | None = None

    async def submit(self, request: Request) -> Result:
        """Store one write; returns after its commit."""
        if len(self._queue) >= QUEUE_LIMIT:
            raise CoterieError(errors.UNAVAILABLE, retry_after=1)
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._queue.append((request, future))
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        return await future

    async def close(self) -> None:
        """Wait until everything submitted is stored."""
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        try:
            while self._queue:
                size = min(len(self._queue), BATCH_LIMIT)
                await self._store([self._queue.popleft() for _ in range(size)])
        finally:
            self._task = None

    async def _store(self, batch: list[tuple[Request, asyncio.Future[Result]]]) -> None:
        try:
            results = await self._write([request for request, _ in batch])
        except Exception as error:
            await self._isolate(batch, error)
            return
        for (_, future), result in zip(batch, results, strict=True):
            if future.done():
                continue  # whoever asked has gone
            if isinstance(result, CoterieError):
                future.set_exception(result)
            else:
                future.set_result(result)

    async def _isolate(self, batch: list[tuple[Request, asyncio.Future[Result]]], error: Exception) -> None:
        if len(batch) > 1:
            for write in batch:
                await self._store([write])
        elif not batch[0][1].done():
            batch[0][1].set_exception(error)
