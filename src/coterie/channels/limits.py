"""How often one account may do what this package offers."""

from typing import Final

from coterie.http.rate_limits import Limit, Rate

CHANNELS: Final = Limit("channels", Rate(0.2, 100), "creating channels")
