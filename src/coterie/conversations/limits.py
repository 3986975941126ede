"""How often one account may do what this package offers."""

from typing import Final

from coterie.http.rate_limits import Limit, Rate

CONVERSATIONS: Final = Limit(
    "conversations",
    Rate(0.5, 60),
    "opening and changing conversations, adding people to them",
)
