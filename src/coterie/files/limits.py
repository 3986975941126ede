"""How often one account may do what this package offers."""

from typing import Final

from coterie.http.rate_limits import Limit, Rate

UPLOADS: Final = Limit("uploads", Rate(1, 60), "uploads")
