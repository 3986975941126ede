"""Where a stream of /realtime stands, in an id of bounded size, however many topics it follows.

A base is kept in the database: all topics with their positions at one moment. An id names the base and what has moved
since, by number and distance. When much has moved, or something new is followed, a new base is written. So an id has at
most some hundred bytes, and a base is written once for many events.
"""

import base64
import binascii
import struct
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from coterie.accounts.models import Viewer
from coterie.database.connection import Connection
from coterie.identifiers import new_id
from coterie.messenger import queries

MOVED_LIMIT: Final = 100
"""Topics that an id names; so it has at most 900 bytes, and mostly 40."""

ID_LIMIT: Final = 2_000
TOUCH_SECONDS: Final = 3600.0

_PLACE: Final = struct.Struct(">16sQ")


class Bookmark:
    """How far a client was told of each topic. `base_at` is when its base was written."""

    def __init__(self, id: UUID, base: Mapping[UUID, int], base_at: datetime | None = None) -> None:
        self.told: Final[dict[UUID, int]] = dict(base)
        self.base_at: Final = base_at
        self._id: Final = id
        self._base: Final = dict(base)
        self._numbers: Final = {topic: number for number, topic in enumerate(base)}
        self._moved: Final[set[UUID]] = set()
        self._touched_at = time.monotonic()

    def move(self, topic: UUID, position: int) -> None:
        """The client was told of a topic up to a position."""
        self.told[topic] = position
        self._moved.add(topic)

    @property
    def is_full(self) -> bool:
        """Whether a new base is due."""
        return len(self._moved) > MOVED_LIMIT or not self._moved <= self._numbers.keys()

    @property
    def id(self) -> str:
        moved = b"".join(
            _varint(self._numbers[topic]) + _varint(self.told[topic] - self._base[topic])
            for topic in sorted(self._moved, key=lambda topic: self._numbers[topic])
            if self.told[topic] > self._base[topic]
        )
        return f"{self._id.hex}.{base64.urlsafe_b64encode(moved).decode().rstrip('=')}"

    async def touch(self, connection: Connection) -> None:
        """Keep the base, which is removed some days after it was used last."""
        if time.monotonic() - self._touched_at > TOUCH_SECONDS:
            self._touched_at = time.monotonic()
            await queries.touch(connection, self._id)


async def written(connection: Connection, viewer: Viewer, positions: Mapping[UUID, int]) -> Bookmark:
    """A new base."""
    id = new_id()
    packed = b"".join(_PLACE.pack(topic.bytes, position) for topic, position in positions.items())
    await queries.insert_cursor(connection, id, viewer.session_id, packed)
    return Bookmark(id, positions)


async def found(connection: Connection, viewer: Viewer, id: str) -> Bookmark | None:
    """What an id of the same account says; None if it is none, or its base is gone."""
    name, _, moved = id.partition(".")
    try:
        base_id, steps = UUID(hex=name), base64.urlsafe_b64decode(moved + "=" * (-len(moved) % 4))
    except (ValueError, binascii.Error):
        return None
    row = await queries.kept_cursor(connection, base_id, viewer.user_id) if len(id) <= ID_LIMIT else None
    if row is None:
        return None
    base = {UUID(bytes=topic): position for topic, position in _PLACE.iter_unpack(row[0])}
    bookmark = Bookmark(base_id, base, row[1])
    topics, numbers = list(base), _numbers(steps)
    for number, distance in zip(numbers, numbers, strict=False):
        if number >= len(topics):
            return None
        bookmark.move(topics[number], base[topics[number]] + distance)
    return bookmark


def _varint(number: int) -> bytes:
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*written, number])


def _numbers(written: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in written:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield min(number, 2**62)
            number = shift = 0
