"""How often one account may do what this package offers."""

from typing import Final

from coterie.http.rate_limits import Limit, Rate

VOICE: Final = Limit(
    "voice",
    Rate(2, 60),
    "joining voice channels, declining calls, muting, going live, moderating voice",
)
SIGNALS: Final = Limit("signals", Rate(100, 2000), "voice signals; further ones are dropped silently")
"""A user who joins a call of fifty sends each of them an offer and a dozen candidates."""
