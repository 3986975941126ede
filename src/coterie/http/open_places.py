"""How much one account or address may hold open at a time in this process."""

from collections import Counter
from typing import Final, NamedTuple
from uuid import UUID

from coterie import errors
from coterie.errors import CoterieError
from coterie.settings.record import Settings

SOCKETS_LIMIT: Final = 50
"""Gateway sockets of one account. A person has a few devices, and each browser keeps one for all its windows."""

UPLOADS_OF_ACCOUNT: Final = 4
UPLOADS_OF_ADDRESS: Final = 16
"""Uploads at a time, in each process."""

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


class HeldUpload(NamedTuple):
    """The places of one upload."""

    places: tuple[HeldPlace, ...]

    def release(self) -> None:
        for place in self.places:
            place.leave()


class UploadPlaces:
    """The uploads of one process: `limit` together, and a share of them for each address and account."""

    def __init__(self, settings: Settings, limit: int) -> None:
        is_limited = _are_limited(settings)
        self._all: Final = OpenPlaces(limit)
        self._of_address: Final = OpenPlaces(UPLOADS_OF_ADDRESS if is_limited else None)
        self._of_account: Final = OpenPlaces(UPLOADS_OF_ACCOUNT if is_limited else None)

    def hold(self, owners: tuple[str | UUID, ...]) -> HeldUpload:
        """A place for an upload of an address and an account; raises OVERLOADED or RATE_LIMITED."""
        wanted = [(self._all, "all"), *zip((self._of_address, self._of_account), map(str, owners), strict=False)]
        held = HeldUpload(tuple(HeldPlace(places, key) for places, key in wanted if places.take(key)))
        if len(held.places) < len(wanted):
            is_full = not held.places or held.places[0].places is not self._all
            held.release()
            raise CoterieError(errors.OVERLOADED if is_full else errors.RATE_LIMITED, retry_after=RETRY_SECONDS)
        return held


def of_account(settings: Settings) -> OpenPlaces:
    """For the gateway sockets of an account."""
    return OpenPlaces(SOCKETS_LIMIT if _are_limited(settings) else None)


def of_address(settings: Settings) -> OpenPlaces:
    """For the connections of an address: a quarter of all that this process takes."""
    share = max(LEAST_SHARE, settings.connection_limit // ADDRESS_SHARE)
    return OpenPlaces(share if _are_limited(settings) else None)


def _are_limited(settings: Settings) -> bool:
    return settings.rate_limits and not settings.is_development
