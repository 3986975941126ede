"""`GET /metrics`: the figures of all server processes of this machine, in Prometheus's format.

Clients that may not see them get 404.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from coterie import errors
from coterie.errors import CoterieError
from coterie.http.asgi import Receive, Scope, Send
from coterie.http.request_metrics import Requests
from coterie.metrics import siblings
from coterie.metrics.access import may_look_inside
from coterie.metrics.collecting import of_instance, of_process
from coterie.metrics.families import Family, joined
from coterie.services.making import Services
from coterie.sync.exchange import Exchange, respond

PATH: Final = "/metrics"


class Metrics:
    """The page, and the answers to the sibling processes."""

    def __init__(self, requests: Requests) -> None:
        self._requests: Final = requests

    @asynccontextmanager
    async def answering(self, services: Services) -> AsyncIterator[None]:
        """Answer the sibling processes for as long as this lasts."""
        async with siblings.answering(partial(of_process, services, self._requests.tally)):
            yield

    async def serve(self, services: Services, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""

        async def route(services: Services, exchange: Exchange) -> None:
            if not may_look_inside(services.settings, scope):
                raise CoterieError(errors.NOT_FOUND)
            if exchange.method not in ("GET", "HEAD"):
                raise CoterieError(errors.METHOD_NOT_ALLOWED)
            type, page = await asyncio.to_thread(_written, joined(await self._families(services)))
            await exchange.answer(200, {"Content-Type": type, "Cache-Control": "no-store"}, page)

        await respond(route, services, scope, receive, send)

    async def _families(self, services: Services) -> list[Family]:
        counted, shared = await asyncio.gather(
            siblings.of_all(partial(of_process, services, self._requests.tally)), of_instance(services)
        )
        return [*counted, *shared]


def _written(families: list[Family]) -> tuple[str, bytes]:
    """Runs in a thread: it takes milliseconds, and the first call also loads what it needs."""
    from coterie.metrics.exposition import CONTENT_TYPE, written

    return CONTENT_TYPE, written(families)
