"""Cuts bus messages that are too long for PostgreSQL, which takes less than 8,000 bytes, and joins them again.

If a part is lost, so is its bus message, as the bus may lose anything.
"""

import base64
from collections import OrderedDict
from typing import Final
from uuid import uuid4

LIMIT: Final = 7_900
"""Bytes of one bus message."""

PART: Final = 7_800
INCOMPLETE_LIMIT: Final = 1_000
"""Incomplete bus messages that are kept; beyond it the oldest is dropped."""

MARK: Final = "~"


def cut(payload: str) -> list[str]:
    """The payload, or its parts: a mark, an id, number and count, and a piece of it in base 64."""
    if len(payload) <= LIMIT // 4 or len(payload.encode()) <= LIMIT:
        return [payload]
    whole = base64.b64encode(payload.encode()).decode()
    pieces = [whole[start : start + PART] for start in range(0, len(whole), PART)]
    id = uuid4().hex
    return [f"{MARK}{id} {number} {len(pieces)} {piece}" for number, piece in enumerate(pieces)]


class Joiner:
    """Collects parts until they are complete."""

    def __init__(self) -> None:
        self._incomplete: Final[OrderedDict[str, dict[int, str]]] = OrderedDict()

    def take(self, received: str) -> str | None:
        """The bus message that is complete with this part, if any."""
        if not received.startswith(MARK):
            return received
        id, number, count, piece = received.split(" ", 3)
        parts = self._incomplete.setdefault(id, {})
        parts[int(number)] = piece
        if len(parts) == int(count):
            del self._incomplete[id]
            return base64.b64decode("".join(parts[index] for index in sorted(parts))).decode()
        if len(self._incomplete) > INCOMPLETE_LIMIT:
            self._incomplete.popitem(last=False)
        return None
