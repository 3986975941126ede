"""`coterie serve` that also reports how long its event loop was held, at /bench/held.

The time is that of the loop's own thread, so that other processes of the machine do not count.
"""

import asyncio
import os
import time
from typing import Any, Final

from coterie.application import create_application
from coterie.http.asgi import Application, Receive, Scope, Send
from coterie.serving.running import serve
from coterie.settings.record import Settings

TICK_SECONDS: Final = 0.001


class Watched:
    """An application whose loop is watched."""

    def __init__(self, application: Application) -> None:
        self._application: Final = application
        self._longest = 0.0
        self._ticking: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            self._ticking = asyncio.create_task(self._tick())
        if scope.get("path") == "/bench/held":
            await self._answer(send)
        else:
            await self._application(scope, receive, send)

    async def _tick(self) -> None:
        """Note the most processor time that this thread used between two turns of the loop."""
        while True:
            before = time.thread_time()
            await asyncio.sleep(TICK_SECONDS)
            self._longest = max(self._longest, time.thread_time() - before)

    async def _answer(self, send: Send) -> None:
        """The most milliseconds since the last question."""
        held, self._longest = self._longest, 0.0
        body = f"{held * 1000:.3f}".encode()
        head: dict[str, Any] = {"type": "http.response.start", "status": 200}
        await send({**head, "headers": [(b"content-length", str(len(body)).encode())]})
        await send({"type": "http.response.body", "body": body})


def main() -> None:
    settings = Settings.read(dict(os.environ))
    serve(settings, lambda given: Watched(create_application(given)))


if __name__ == "__main__":
    main()
