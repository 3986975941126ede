"""What the hub delivers: one change of a topic, or something fleeting such as typing.

The data is the same for every viewer and stays as the JSON text it was written as: it is encoded once, and each
door puts its own frame around it.
"""

from typing import Final
from uuid import UUID

import msgspec

from coterie.guarded import text_frame


class Notification(msgspec.Struct, frozen=True):
    """What travels over the bus.

    A durable change names its `topic` and `position`, and carries `type`, `key` and `data` where they fit; without
    them the hub reads the log. A message's change names in `after` the position of its server's topic at that moment.
    Something fleeting has no topic and names its `audience`, whose subscribers get it, each once, except those people
    who are named in `hidden_from`. If it has a position, only the newest of its key counts.
    """

    topic: UUID | None = None
    position: int = 0
    type: str | None = None
    key: str = ""
    data: msgspec.Raw = msgspec.Raw(b"null")
    is_removal: bool = False
    client_version: str | None = None
    extra: msgspec.Raw = msgspec.Raw(b"")
    audience: tuple[UUID, ...] = ()
    hidden_from: tuple[UUID, ...] = ()
    after: int = 0


class About(msgspec.Struct, frozen=True):
    """What a change of a server's structure may say of a channel; who left one names it as the previous."""

    channel_id: UUID | None = None
    previous_channel_id: UUID | None = None


class Event:
    """One change, or one run of changes, of a topic; `topic` is None for something fleeting.

    `client_version` is the name that the client who made the change gave it; `extra` is a JSON object of fields that
    only the gateway's frame has, beside those of the data; `hidden_from` are people who are not told. `updates` keeps
    what the doors under /sync made of it.
    """

    __slots__ = (
        "_about",
        "_frame",
        "_wire",
        "client_version",
        "data",
        "extra",
        "hidden_from",
        "is_removal",
        "key",
        "position",
        "topic",
        "type",
        "updates",
    )

    def __init__(
        self,
        topic: UUID | None,
        position: int,
        type: str,
        key: str,
        data: str,
        *,
        is_removal: bool = False,
        client_version: str | None = None,
        extra: str = "",
        hidden_from: tuple[UUID, ...] = (),
    ) -> None:
        self.topic: Final = topic
        self.position: Final = position
        self.type: Final = type
        self.key: Final = key
        self.data: Final = data
        self.is_removal: Final = is_removal
        self.client_version: Final = client_version
        self.extra: Final = extra
        self.hidden_from: Final = hidden_from
        self.updates: dict[tuple[str, str], bytes] | None = None
        self._frame: str | None = None
        self._wire: bytes | None = None
        self._about: About | None = None

    def with_extra(self, extra: str) -> "Event":
        """The same change with fields, a JSON object, that only one viewer's frame has."""
        return Event(self.topic, self.position, self.type, self.key, self.data, extra=extra)

    @property
    def channel(self) -> UUID | None:
        """The channel that a change of a server's structure is about, if it is about one: read once for all."""
        if self._about is None:
            kind, _, name = self.key.partition("/")
            is_channel = kind == "channels"
            self._about = About(UUID(name)) if is_channel else msgspec.json.decode(self.data, type=About)
        return self._about.channel_id or self._about.previous_channel_id

    def frame(self, previous: int) -> str:
        """The gateway's frame for a subscriber who stood at `previous`; nearly all stand at the same place."""
        if previous != self.position - 1:
            return self._encode(previous)
        if self._frame is None:
            self._frame = self._encode(previous)
        return self._frame

    def wire(self, previous: int) -> bytes:
        """The frame as it goes over a WebSocket, made once for all who stand at the same place."""
        if previous != self.position - 1:
            return text_frame(self._encode(previous))
        if self._wire is None:
            self._wire = text_frame(self.frame(previous))
        return self._wire

    def _encode(self, previous: int) -> str:
        data = f"{self.data[:-1]},{self.extra[1:]}" if self.extra else self.data
        if self.topic is None:
            return f'{{"op":"DISPATCH","t":"{self.type}","d":{data}}}'
        return (
            f'{{"op":"DISPATCH","t":"{self.type}","topic":"{self.topic}",'
            f'"position":{self.position},"previous":{previous},"d":{data}}}'
        )
