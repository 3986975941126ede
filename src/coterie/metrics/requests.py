"""Every HTTP request is counted: by the template of its route, its method and its status, with the time to its answer.

The time ends where the answer begins, since streams do not end. A route's template comes from whoever leads the request
to its door (`path_template` in the scope, as the framework does); what no route takes counts as one.
"""

import time
from typing import Final

import structlog

from coterie.asgi import Scope
from coterie.metrics.tallies import SECONDS, Distribution, RequestTally
from coterie.request_ids import RequestIds
from coterie.settings import Settings

METHODS: Final = frozenset({"GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "MULTIPLEX"})
NO_ROUTE: Final = "(none)"
GONE: Final = "gone"
"""The status of a request whose client left before it was answered."""

log = structlog.get_logger(__name__)


class Request:
    """One request on its way."""

    __slots__ = ("_began", "_is_answered", "_requests", "_scope", "id")

    def __init__(self, scope: Scope, requests: "Requests", id: str) -> None:
        self.id: Final = id
        self._scope: Final = scope
        self._requests: Final = requests
        self._is_answered = False
        requests.tally.in_progress += 1
        self._began: Final = time.perf_counter()

    def answer(self, status: int) -> None:
        """Its answer begins."""
        self._count(str(status))

    def end(self) -> None:
        """Nobody works on it any more."""
        if not self._is_answered:
            self._count(GONE)

    def _count(self, status: str) -> None:
        seconds = time.perf_counter() - self._began
        self._is_answered = True
        tally = self._requests.tally
        tally.in_progress -= 1
        method = self._scope["method"] if self._scope["method"] in METHODS else "other"
        route = self._scope.get("path_template") or NO_ROUTE
        tally.answered[route, method, status] = tally.answered.get((route, method, status), 0) + 1
        spread = tally.seconds.get((route, method))
        if spread is None:
            spread = tally.seconds[route, method] = Distribution(SECONDS)
        spread.add(seconds)
        if self._requests.is_logged:
            log.debug("request", method=method, route=route, status=status, ms=round(seconds * 1000, 2))


class Requests:
    """The requests of one process: each gets its id here, and is counted; and has a line in a log of level debug."""

    def __init__(self, settings: Settings) -> None:
        self.tally: Final = RequestTally()
        self.is_logged: Final = settings.log_level == "debug"
        self._ids: Final = RequestIds(settings)

    def begin(self, scope: Scope, given_id: bytes | None) -> Request:
        return Request(scope, self, self._ids.begin(scope, given_id))

    def name(self, scope: Scope, given_id: bytes | None) -> str:
        """The id of a WebSocket, which is not counted here."""
        return self._ids.begin(scope, given_id)
