"""How long the rows of this package live that nobody deletes."""

from datetime import timedelta
from typing import Final

from coterie.audit.queries import forget, forget_beyond
from coterie.feature import RowLifetime
from coterie.settings.record import Settings


def _age(settings: Settings) -> timedelta | None:
    return timedelta(days=settings.audit_days) if settings.audit_days else None


BEYOND: Final = RowLifetime("audit_logs", timedelta(0), forget_beyond)
AGED: Final = RowLifetime("audit_logs", _age, forget)
