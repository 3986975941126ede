"""How long sessions last: each use extends them, but only up to their last day."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

LONGEST_STEP: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """`idle` is how long a session lasts after its last use, `absolute` how long after the login."""

    idle: timedelta = timedelta(days=7)
    absolute: timedelta = timedelta(days=90)

    @classmethod
    def of_days(cls, idle: int, absolute: int) -> Self:
        return cls(timedelta(days=idle), timedelta(days=absolute))

    @property
    def step(self) -> timedelta:
        """A use within this time after another does not extend a session, to avoid a write for each use."""
        return min(LONGEST_STEP, self.idle / 7)

    def end(self, created_at: datetime, now: datetime) -> datetime:
        """When a session expires that is used now."""
        return min(now + self.idle, created_at + self.absolute)
