"""An answer within the deadline: what takes longer is cut off, and its transaction rolled back.

The deadline is for the beginning of an answer, so downloads and streams go on for as long as they like. A route that
takes its time on purpose says `opt={"deadline": False}` and has limits of its own (uploads). The answer does not wait
for what was cut off to end, since a database that does not answer would hold up even that.

A request that waited for its turn when its time was over gets 503, as nothing is wrong with it; any other gets 408. A
write may have been committed by then all the same: it says so, and repeating it under its nonce or id is harmless.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

import msgspec
import structlog

from coterie import errors
from coterie.asgi import Application, Message, Receive, Scope, Send
from coterie.errors import CoterieError

BUSY_SECONDS: Final = 2
"""After so long a client that had no turn may ask again."""

log = structlog.get_logger(__name__)


class Timed:
    """One request, and the time until which its answer must have begun."""

    def __init__(self, scope: Scope, send: Send, seconds: float) -> None:
        self.is_late = False
        self.turns_awaited = 0
        self._scope: Final = scope
        self._send: Final = send
        self._task: Final[asyncio.Task[Any] | None] = asyncio.current_task()
        self._answering: asyncio.Task[None] | None = None
        self._timer: Final = asyncio.get_running_loop().call_later(seconds, self._expire)

    async def send(self, message: Message) -> None:
        """Pass on a part of the answer; nobody waits any more for one that is late."""
        if not self.is_late:
            self.disarm()
            await self._send(message)

    def disarm(self) -> None:
        """Take as long as it takes from now on."""
        self._timer.cancel()

    async def end(self) -> None:
        """The request has ended, one way or the other."""
        self.disarm()
        if self._answering is not None:
            await self._answering

    def _expire(self) -> None:
        assert self._task is not None, "a request is answered in a task"
        self.is_late = True
        self._answering = asyncio.create_task(self._answer())
        self._task.cancel()

    async def _answer(self) -> None:
        error = busy() if self.turns_awaited else CoterieError(errors.REQUEST_TIMEOUT)
        log.warning("request.late", method=self._scope["method"], path=self._scope["path"], code=error.entry.code)
        body = msgspec.json.encode(error.body())
        headers = {"Content-Type": "application/json", "Cache-Control": "no-store", "Connection": "close"}
        headers |= {"Content-Length": str(len(body)), **error.headers()}
        encoded = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": error.entry.status, "headers": encoded})
        await self._send({"type": "http.response.body", "body": body, "more_body": False})


_timed: Final[ContextVar[Timed | None]] = ContextVar("timed", default=None)


class Deadlines:
    """Around the application; `seconds` for each HTTP request until its answer begins."""

    def __init__(self, seconds: float, app: Application) -> None:
        self._seconds: Final = seconds
        self._app: Final = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        timed = Timed(scope, send, self._seconds)
        _timed.set(timed)
        try:
            await self._app(scope, receive, timed.send)
        except asyncio.CancelledError:
            if not timed.is_late:
                raise
        finally:
            await timed.end()


def take_time() -> None:
    """The request that is being answered has no deadline from now on."""
    if (timed := _timed.get()) is not None:
        timed.disarm()


@contextmanager
def awaiting_turn() -> Iterator[None]:
    """Within this block the request waits for others to be done."""
    timed = _timed.get()
    if timed is None:
        yield
        return
    timed.turns_awaited += 1
    try:
        yield
    finally:
        if not timed.is_late:
            timed.turns_awaited -= 1


def busy() -> CoterieError:
    """There was no turn for this request in its time."""
    return CoterieError(errors.OVERLOADED, retry_after=BUSY_SECONDS)
