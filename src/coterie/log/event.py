"""What the hub delivers: one change of a topic, or a transient event such as typing.

The data is the same for every viewer and stays in the JSON text in which it was written: it is encoded once, and the
gateway and each stream put their own form around it.
"""

from typing import Final
from uuid import UUID

import msgspec

fields: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


class BusMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A bus message.

    A durable change names its `topic` and `position`, and carries `type`, `key` and `data` if they fit; without them
    the hub reads the log. A message's change also has `after`, the position of its server's topic at that moment. A
    transient event has no topic but an `audience`, each of whose subscribers gets it once, except the users in
    `hidden_from`. If it has a position, it replaces older events of the same key.
    """

    topic: UUID | None = None
    position: int = 0
    type: str | None = None
    key: str = ""
    data: msgspec.Raw = msgspec.Raw(b"null")
    is_removal: bool = False
    client_version: str | None = None
    unnamed_for: UUID | None = None
    extra: msgspec.Raw = msgspec.Raw(b"")
    audience: tuple[UUID, ...] = ()
    hidden_from: tuple[UUID, ...] = ()
    after: int = 0


class About(msgspec.Struct, frozen=True):
    """The channels that a change of a server's structure may be about; `previous` is the one that a user left."""

    channel_id: UUID | None = None
    previous_channel_id: UUID | None = None


class Event:
    """One change, or one run of changes, of a topic; `topic` is None for a transient event.

    `client_version` is the name that the client who made the change gave it, and `unnamed_for` the user whose readers
    are sent the server's name instead (`log/versions.py` says why); `extra` is a JSON object of fields that
    only live events have, besides those of the data; `hidden_from` are users who do not receive it. `frame`, `wire` and
    `updates` keep what the gateway and the streams under /sync encoded, for all others to whom they send it; `personal`
    keeps the event for those who voted or answered the same.
    """

    __slots__ = (
        "_about",
        "_is_personal",
        "client_version",
        "data",
        "extra",
        "frame",
        "hidden_from",
        "is_removal",
        "key",
        "personal",
        "position",
        "topic",
        "type",
        "unnamed_for",
        "updates",
        "wire",
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
        unnamed_for: UUID | None = None,
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
        self.unnamed_for: Final = unnamed_for
        self.extra: Final = extra
        self.hidden_from: Final = hidden_from
        self.updates: dict[tuple[str, ...], bytes] | None = None
        self.frame: str | None = None
        self.wire: bytes | None = None
        self.personal: dict[tuple[int, ...], Event] | None = None
        self._about: About | None = None
        self._is_personal: bool | None = None

    def with_extra(self, extra: str) -> "Event":
        """The same change with fields, a JSON object, that only one viewer's frame has."""
        return Event(self.topic, self.position, self.type, self.key, self.data, extra=extra)

    @property
    def channel(self) -> UUID | None:
        """The channel that a change of a server's structure is about, if any; parsed once for all."""
        if self._about is None:
            kind, _, name = self.key.partition("/")
            is_channel = kind == "channels"
            self._about = About(UUID(name)) if is_channel else msgspec.json.decode(self.data, type=About)
        return self._about.channel_id or self._about.previous_channel_id

    @property
    def is_personal(self) -> bool:
        """Whether it is a message's that is a poll or an event, with votes or answers.

        A text cannot look like it, since quotes in it are escaped.
        """
        if self._is_personal is None:
            self._is_personal = '"poll":{' in self.data or '"event":{' in self.data
        return self._is_personal

    @property
    def live_data(self) -> bytes:
        """The data, as JSON, with the fields that only live events have."""
        if not self.extra:
            return self.data.encode()
        return msgspec.json.encode({**fields.decode(self.data), **fields.decode(self.extra)})
