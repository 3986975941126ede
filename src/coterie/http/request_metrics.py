"""Counts every HTTP request: by the template of its route, its method and its status, with the time to its answer.

The time ends where the answer begins, since streams do not end. The code that routes a request sets its route's
template (`path_template` in the scope, as the framework does); all requests without a route are counted as one.
"""

import time
from typing import Final

import structlog

from coterie.http.asgi import Scope
from coterie.http.request_ids import RequestIds
from coterie.process.tallies import SECONDS, Distribution, RequestTally
from coterie.settings.record import Settings

METHODS: Final = frozenset({"GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "MULTIPLEX"})
NO_ROUTE: Final = "(none)"
GONE: Final = "gone"
"""The status of a request whose client left before the answer."""

log = structlog.get_logger(__name__)


class CountedRequest:
    """One request in progress."""

    __slots__ = ("_began", "_is_answered", "_requests", "_scope", "id")

    def __init__(self, scope: Scope, requests: "Requests", id: str) -> None:
        self.id: Final = id
        self._scope: Final = scope
        self._requests: Final = requests
        self._is_answered = False
        requests.tally.in_progress += 1
        self._began: Final = time.perf_counter()

    def answer(self, status: int) -> None:
        """The answer begins."""
        self._count(str(status))

    def end(self) -> None:
        """The request is no longer being handled."""
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
    """The requests of one process: gives each its id and counts it; at log level debug, also logs it."""

    def __init__(self, settings: Settings) -> None:
        self.tally: Final = RequestTally()
        self.is_logged: Final = settings.log_level == "debug"
        self._ids: Final = RequestIds(settings)

    def begin(self, scope: Scope, given_id: bytes | None) -> CountedRequest:
        return CountedRequest(scope, self, self._ids.begin(scope, given_id))

    def name(self, scope: Scope, given_id: bytes | None) -> str:
        """The id of a WebSocket, which is not counted here."""
        return self._ids.begin(scope, given_id)
