"""Whether a request is waiting for its turn: for a connection from the pool, or for a batch of writes.

If a request runs out of time while it waits, the answer says that the server is busy; otherwise that it took too long.
"""

from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def awaiting_turn() -> Iterator[None]:
    """Inside this block the request is waiting for others to finish."""
    turns = _turns.get()
    if turns is None:
        yield
        return
    turns.awaited += 1
    try:
        yield
    finally:
        if not turns.is_over:
            turns.awaited -= 1
