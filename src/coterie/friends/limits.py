"""How often one account may do what this package offers."""

from typing import Final

from coterie.http.rate_limits import Limit, Rate

FRIENDS: Final = Limit("friends", Rate(0.1, 30), "friend requests")
