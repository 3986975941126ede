"""How much one account or address may hold open at a time in this process."""

from collections import Counter
from typing import Final, NamedTuple

from coterie import errors
from coterie.errors import CoterieError
from coterie.settings.record import Settings

SOCKETS_LIMIT: Final = 50
"""Gateway sockets of one account. A person has a few devices, and each browser keeps one for all its windows."""

LEAST_SHARE: Final = 50
ADDRESS_SHARE: Final = 4
RETRY_SECONDS: Final = 5


class HeldPlace(NamedTuple):
    """A place that is held; as a context manager, for the block."""

    places: "OpenPlaces"
    key: str

    def leave(self) -> None:
        self.places.leave(self.key)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self.leave()


class OpenPlaces:
    """At most `limit` at a time for each key; None is no limit."""

    def __init__(self, limit: int | None) -> None:
        self._limit: Final = limit
        self._held: Final[Counter[str]] = Counter()

    def hold(self, key: str) -> HeldPlace:
        """Hold a place until it is left; raises RATE_LIMITED if the key has all of its places."""
        if not self.take(key):
            raise CoterieError(
                errors.RATE_LIMITED, "Too many connections are open. Close one first.", retry_after=RETRY_SECONDS
            )
        return HeldPlace(self, key)

    def take(self, key: str) -> bool:
        """Hold a place until `leave`; False if there is none."""
        if self._limit is not None and self._held[key] >= self._limit:
            return False
        self._held[key] += 1
        return True

    def leave(self, key: str) -> None:
        self._held[key] -= 1
        if not self._held[key]:
            del self._held[key]


def of_account(settings: Settings) -> OpenPlaces:
    """For the gateway sockets of an account."""
    return OpenPlaces(SOCKETS_LIMIT if _are_limited(settings) else None)


def of_address(settings: Settings) -> OpenPlaces:
    """For the connections of an address: a quarter of all that this process takes."""
    share = max(LEAST_SHARE, settings.connection_limit // ADDRESS_SHARE)
    return OpenPlaces(share if _are_limited(settings) else None)


def _are_limited(settings: Settings) -> bool:
    return settings.rate_limits and not settings.is_development
