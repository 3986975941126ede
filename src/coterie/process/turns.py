"""Whether a request is waiting for its turn: for a connection from the pool, or for a batch of writes.

If a request runs out of time while it waits, the answer says that the server is busy; otherwise that it took too long.
"""

from contextvars import ContextVar
from typing import Final


class Turns:
    """How many turns a request is waiting for. Once it `is_over`, the number no longer changes."""

    __slots__ = ("awaited", "is_over")

    def __init__(self) -> None:
        self.awaited = 0
        self.is_over = False


_turns: Final[ContextVar[Turns | None]] = ContextVar("turns", default=None)


def begin() -> Turns:
    """Start counting the turns of the request that this task answers."""
    turns = Turns()
    _turns.set(turns)
    return turns


class awaiting_turn:  # noqa: N801  (used as a function; it is one object because each request waits several times)
    """Inside this block the request is waiting for others to finish."""

    __slots__ = ("_turns",)

    def __enter__(self) -> None:
        self._turns = _turns.get()
        if self._turns is not None:
            self._turns.awaited += 1

    def __exit__(self, *_: object) -> None:
        if self._turns is not None and not self._turns.is_over:
            self._turns.awaited -= 1
