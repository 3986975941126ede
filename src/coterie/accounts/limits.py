"""How often one account may do what this package offers."""

from typing import Final

from coterie.http.rate_limits import Limit, Rate

PASSWORDS: Final = Limit(
    "passwords",
    Rate(1 / 60, 5),
    "repeating the current password, to change the password or the email address",
    is_shared=True,
)
