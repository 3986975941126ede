"""How long the rows of this package live that nobody deletes."""

from datetime import timedelta
from typing import Final

from coterie.feature import RowLifetime
from coterie.friends.queries import forget_answered
from coterie.settings.record import Settings

REQUESTS_KEPT: Final = timedelta(days=30)
"""How long an answered friend request is kept after its sender may ask again."""


def _age(settings: Settings) -> timedelta:
    return timedelta(days=settings.friend_request_cooling_off) + REQUESTS_KEPT


REQUESTS: Final = RowLifetime("friend_requests", _age, forget_answered)
