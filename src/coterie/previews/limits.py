"""How often one account may do what this package offers."""

from typing import Final

from coterie.http.rate_limits import Limit, Rate

FETCHES: Final = Limit(
    "previews",
    Rate(1, 100),
    "link previews that have to be fetched; cached ones only count as requests",
)
"""A screenful of links is previewed in one go."""
