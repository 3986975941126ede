"""How often one account may do what this package offers."""

from typing import Final

from coterie.http.rate_limits import Limit, Rate

PRESENCE: Final = Limit("presence", Rate(1, 60), "`PRESENCE_UPDATE`")
