"""How often one account may do what this package offers."""

from typing import Final

from coterie.http.rate_limits import Limit, Rate

REPORTS: Final = Limit("reports", Rate(1 / 60, 20), "reporting messages, people and servers")
