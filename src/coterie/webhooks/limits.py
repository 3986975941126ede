"""How often one account may do what this package offers."""

from typing import Final

from coterie.http.rate_limits import Limit, Rate

WEBHOOKS: Final = Limit("webhooks", Rate(0.5, 30), "creating and testing webhooks")
