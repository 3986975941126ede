"""How long the rows of this package live that nobody deletes."""

from datetime import timedelta
from functools import partial
from typing import Final

from coterie.feature import RowLifetime
from coterie.security_events.failures import FAILURES, FAILURES_KEPT
from coterie.security_events.queries import forget
from coterie.settings.record import Settings


def _age(settings: Settings) -> timedelta:
    return timedelta(days=settings.security_event_days)


def _age_of_failures(settings: Settings) -> timedelta:
    return min(_age(settings), FAILURES_KEPT)


EVENTS: Final = RowLifetime("security_events", _age, forget)
FAILED: Final = RowLifetime("security_events", _age_of_failures, partial(forget, types=FAILURES))
