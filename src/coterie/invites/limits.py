"""How often one account may do what this package offers."""

from typing import Final

from coterie.http.rate_limits import Limit, Rate

INVITES: Final = Limit("invites", Rate(0.5, 30), "creating, looking up and accepting invites", is_shared=True)
