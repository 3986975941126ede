"""Answers within the deadline: a request that takes longer is cancelled, and its transaction rolled back.

The deadline is for the beginning of an answer, so downloads and streams may last as long as they like. A route that
takes long on purpose says `opt={"deadline": False}` and has limits of its own (uploads). The answer does not wait until
the cancelled work has ended, since an unresponsive database would delay even that.

A request that was still waiting for its turn gets 503, as nothing is wrong with it; any other gets 408. A write may
have been committed all the same: the answer says so, and repeating it with its nonce or id is harmless.
"""

import asyncio
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any, Final

import structlog

from coterie import errors
from coterie.errors import CoterieError
from coterie.http import account_turns, bodies
from coterie.http.answering import overloaded, refuse
from coterie.http.asgi import Application, Message, Receive, Scope, Send
from coterie.http.refusals import Refusals
from coterie.process import turns

log = structlog.get_logger(__name__)


class Timed:
    """One request, and the time by which its answer must have begun."""

    def __init__(self, scope: Scope, send: Send, seconds: float, refusals: Refusals) -> None:
        self.is_late = False
        self._refusals: Final = refusals
        self._turns: Final = turns.begin()
        self._scope: Final = scope
        self._send: Final = send
        self._task: Final[asyncio.Task[Any] | None] = asyncio.current_task()
        self._answering: asyncio.Task[None] | None = None
        self._timer: Final = asyncio.get_running_loop().call_later(seconds, self._expire)

    async def send(self, message: Message) -> None:
        """Pass on a part of the answer, unless it is late."""
        if not self.is_late:
            self.disarm()
            account_turns.release(self._scope)
            if message.get("status") == HTTPStatus.TOO_MANY_REQUESTS:
                await self._refusals.pace(self._scope)
            await self._send(message)

    def disarm(self) -> None:
        """No deadline from now on."""
        self._timer.cancel()

    async def end(self) -> None:
        """The request has ended, in whichever way."""
        self.disarm()
        if self._answering is not None:
            await self._answering

    def _expire(self) -> None:
        assert self._task is not None, "a request is answered in a task"
        self.is_late = self._turns.is_over = True
        self._answering = asyncio.create_task(self._answer())
        self._task.cancel()

    async def _answer(self) -> None:
        error = overloaded() if self._turns.awaited else CoterieError(errors.REQUEST_TIMEOUT)
        log.warning("request.late", method=self._scope["method"], path=self._scope["path"], code=error.entry.code)
        await refuse(error, self._send, (b"connection", b"close"))


_timed: Final[ContextVar[Timed | None]] = ContextVar("timed", default=None)


class Deadlines:
    """Wraps the application; `seconds` for each HTTP request until its answer begins."""

    def __init__(self, seconds: float, app: Application) -> None:
        self._seconds: Final = seconds
        self._app: Final = app
        self._refusals: Final = Refusals()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        timed = Timed(scope, send, self._seconds, self._refusals)
        _timed.set(timed)
        try:
            await self._app(scope, receive, timed.send)
        except asyncio.CancelledError:
            if not timed.is_late:
                raise
        finally:
            bodies.release(scope)
            account_turns.release(scope)
            await timed.end()


def take_time() -> None:
    """The current request has no deadline from now on."""
    if (timed := _timed.get()) is not None:
        timed.disarm()
