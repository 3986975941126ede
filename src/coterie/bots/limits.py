"""How often one account may do what this package offers."""

from typing import Final

from coterie.http.rate_limits import Limit, Rate

BOTS: Final = Limit("bots", Rate(1 / 10, 20), "creating bots and their tokens, connecting as a bot")
