"""Where a stream of /realtime continues, as an id of limited size, however many topics it follows.

The database stores a base: all topics with their positions at one moment. An id names the base and the topics that have
moved since, by number and distance. When many have moved, or a new topic is followed, a new base is written. So an id
has at most some hundred bytes, and a base is written once for many events.
"""

import base64
import struct
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from coterie.database.connection import Connection
from coterie.identifiers import new_id
from coterie.messenger import queries
from coterie.viewer import Viewer

MOVED_LIMIT: Final = 100
"""Topics that an id names; so it has at most 900 bytes, and mostly 40."""

ID_LIMIT: Final = 2_000
TOUCH_SECONDS: Final = 3600.0

_ENTRY: Final = struct.Struct(">16sQ")


class Bookmark:
    """How far a client has received each topic. `base_at` is when its base was written."""

    def __init__(self, id: UUID, base: Mapping[UUID, int], base_at: datetime | None = None) -> None:
        self.positions: Final[dict[UUID, int]] = dict(base)
        self.base_at: Final = base_at
        self._id: Final = id
        self._base: Final = dict(base)
        self._numbers: Final = {topic: number for number, topic in enumerate(base)}
        self._moved: Final[set[UUID]] = set()
        self._touched_at = time.monotonic()

    def move(self, topic: UUID, position: int) -> None:
        """Note that the client has received a topic up to a position."""
        self.positions[topic] = position
        self._moved.add(topic)

    @property
    def is_full(self) -> bool:
        """Whether a new base is due."""
        return len(self._moved) > MOVED_LIMIT or not self._moved <= self._numbers.keys()

    @property
    def id(self) -> str:
        moved = b"".join(
            _varint(self._numbers[topic]) + _varint(self.positions[topic] - self._base[topic])
            for topic in sorted(self._moved, key=lambda topic: self._numbers[topic])
            if self.positions[topic] > self._base[topic]
        )
        return f"{self._id.hex}.{base64.urlsafe_b64encode(moved).decode().rstrip('=')}"

    async def touch(self, connection: Connection) -> None:
        """Keep the base, which expires some days after its last use."""
        if time.monotonic() - self._touched_at > TOUCH_SECONDS:
            self._touched_at = time.monotonic()
            await queries.touch(connection, self._id)


async def create(connection: Connection, viewer: Viewer, positions: Mapping[UUID, int]) -> Bookmark:
    """Write a new base."""
    id = new_id()
    packed = b"".join(_ENTRY.pack(topic.bytes, position) for topic, position in positions.items())
    await queries.insert_cursor(connection, id, viewer.session_id, packed)
    return Bookmark(id, positions)


async def find(connection: Connection, viewer: Viewer, id: str) -> Bookmark | None:
    """The bookmark of an id of the same account; None if the id is invalid or its base is gone."""
    base_id, steps = read(id) or (None, [])
    row = await queries.find_cursor(connection, base_id, viewer.user_id) if base_id else None
    if base_id is None or row is None:
        return None
    base = {UUID(bytes=topic): position for topic, position in _ENTRY.iter_unpack(row[0])}
    bookmark = Bookmark(base_id, base, row[1])
    topics = list(base)
    for number, distance in steps:
        if number >= len(topics):
            return None
        bookmark.move(topics[number], base[topics[number]] + distance)
    return bookmark


def read(id: str) -> tuple[UUID, list[tuple[int, int]]] | None:
    """The base that an id names, and the topics that moved, by number and distance; None if it is not an id."""
    name, _, moved = id.partition(".")
    try:
        if len(id) > ID_LIMIT:
            return None
        numbers = _numbers(base64.urlsafe_b64decode(moved + "=" * (-len(moved) % 4)))
        return UUID(hex=name), list(zip(numbers, numbers, strict=False))
    except ValueError:
        return None


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
