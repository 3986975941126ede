"""The id of a request: in its answer as `X-Request-Id`, and in every log line written while it is handled.

A trusted proxy (TRUSTED_PROXIES) may set it, so that its log and this one can be read together; accepted from others,
it would let them write into the log. It names a request and is no secret.
"""

import itertools
import os
import re
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Final

from coterie.http.asgi import Scope
from coterie.http.uvicorn_limits import PEER
from coterie.process.log_output import request_id
from coterie.settings.record import Settings

HEADER: Final = b"x-request-id"
_GIVEN: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class RequestIds:
    """Names requests. Its own ids are unique among processes, and count up in each."""

    def __init__(self, settings: Settings) -> None:
        self._trusted: Final = tuple(map(ip_network, settings.trusted_proxies))
        self._is_trusted: Final = lru_cache(256)(self._judge)
        self._prefix: Final = os.urandom(4).hex()
        self._numbers: Final = itertools.count(1)

    def begin(self, scope: Scope, given: bytes | None) -> str:
        """The id of this request, also set for the log lines of its task."""
        id = self._taken(scope, given) if given and self._trusted else ""
        id = id or f"{self._prefix}-{next(self._numbers):x}"
        request_id.set(id)
        return id

    def _taken(self, scope: Scope, given: bytes) -> str:
        peer = scope.get("extensions", {}).get(PEER)
        if peer is None or not _GIVEN.fullmatch(given) or not self._is_trusted(peer[0]):
            return ""
        return given.decode()

    def _judge(self, host: str) -> bool:
        address = ip_address(host)
        return any(address in network for network in self._trusted)
