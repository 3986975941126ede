"""Times in requests: any from the year 1 to 9999 in UTC, which is what the database can be asked for."""

from datetime import UTC, datetime
from typing import Final

from msgspec import UNSET, UnsetType

from coterie import errors
from coterie.errors import CoterieError

BOUNDS: Final = "must be a time from the year 1 to 9999 in UTC"


def in_utc(moment: datetime) -> datetime:
    """The time in UTC, which it is taken to be in without a zone. Raises ValueError beyond the calendar."""
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError(BOUNDS) from None


def check(moment: datetime | None | UnsetType) -> None:
    """For a field of a body: raises ValueError, which the decoder answers as an invalid body."""
    if moment is not None and moment is not UNSET:
        in_utc(moment)


def of_query(name: str, moment: datetime | None) -> datetime | None:
    """For a parameter of an address: the time in UTC. Raises INVALID."""
    try:
        return None if moment is None else in_utc(moment)
    except ValueError:
        raise CoterieError(errors.INVALID, f"{name}: {BOUNDS}", fields={name: BOUNDS}) from None
