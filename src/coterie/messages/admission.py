"""Whether a user may write a text at all now: is there space for it, and have they written too much already?

`actions.py` asks once for each text, whichever interface it came by, after its body was read and before anything is
looked up. It needs no query and no waiting.
"""

from typing import Final
from uuid import UUID

from coterie.http.rate_limits import Limits
from coterie.messages.limits import MESSAGES
from coterie.screening.screen import Screening
from coterie.security_events.actions import COUNTING
from coterie.space.space import Space


class WriteAdmission:
    """By what this process knows of space and of its users. Without `space`, there is always enough."""

    def __init__(self, space: Space | None, limits: Limits) -> None:
        self._space: Final = space
        self._limits: Final = limits
        self.screening: Final = Screening(limits)

    def check(self, user_id: UUID) -> None:
        """Count a text of a user. Raises DISK_FULL or RATE_LIMITED."""
        if self._space is not None:
            self._space.check()
        with COUNTING:
            self._limits.action(MESSAGES, user_id)


EVERYTHING: Final = WriteAdmission(None, Limits(is_on=False))
"""For programs that write without being a server."""
