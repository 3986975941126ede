"""How often one account may do what this package offers."""

from typing import Final

from coterie.http.rate_limits import Limit, Rate

REPLAYS: Final = Limit(
    "replays",
    Rate(500, 50_000),
    "changes that a resume over the gateway repeats; further ones wait",
)
"""A resume may have to repeat many changes at once."""
