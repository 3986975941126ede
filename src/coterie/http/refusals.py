"""Slows down clients that ask again at once when a limit refuses them.

Refusing costs little, but thousands of refusals a second would still keep everyone waiting. So beyond a few of them, an
address gets its refusals half a second later, and each of its connections asks no more than twice a second.
"""

import asyncio
from typing import Final

from coterie.errors import CoterieError
from coterie.http.asgi import Scope
from coterie.http.credentials import address
from coterie.http.rate_limits import Limiter, Rate, site_of

PROMPT: Final = Rate(20, 100)
"""Refusals of one address that are sent without delay."""

DELAY_SECONDS: Final = 0.5


class Refusals:
    """The refusals of one process."""

    def __init__(self) -> None:
        self._prompt: Final = Limiter(PROMPT)

    async def pace(self, scope: Scope) -> None:
        """Wait, if the client's address has been refused too often lately."""
        try:
            self._prompt.check(site_of(address(scope)))
        except CoterieError:
            await asyncio.sleep(DELAY_SECONDS)
