"""How often one account may do what this package offers."""

from typing import Final

from coterie.http.rate_limits import Limit, Rate

PROFILE: Final = Limit("profile", Rate(0.1, 30), "changing the profile or the avatar")
