"""The gateway's frames: the records of a live connection as JSON. An event is encoded once for all who receive it."""

from collections.abc import Callable, Mapping
from typing import Final
from uuid import UUID

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from coterie.log.event import Event
from coterie.sync.records import Answer, Delivery, Gone, Record, Reset

encoder: Final = msgspec.json.Encoder()


class Dispatch(Struct, frozen=True, kw_only=True):
    """A frame with an event. A signal, which is not kept, has no topic and no positions."""

    op: str = "DISPATCH"
    t: str
    topic: UUID | UnsetType = UNSET
    position: int | UnsetType = UNSET
    previous: int | UnsetType = UNSET
    d: object
    positions: Mapping[UUID, int] | UnsetType = UNSET


def frame(record: Record) -> str | None:
    """The frame for a record; None if the gateway does not send it."""
    match record:
        case Delivery(event, previous, positions):
            return encoded(dispatch(event, previous, positions)) if positions else event_frame(event, previous)
        case Answer(body):
            return body.decode()
        case Reset(topic, position, previous):
            reset = Dispatch(t="TOPIC_RESET", topic=topic, position=position, previous=previous, d=None)
            return encoded(reset)
        case Gone(topics):
            gone = list(topics)
            return encoded(Dispatch(t="TOPIC_GONE", d={"topic": gone[0], "topics": gone}))
        case _:
            return None


def event_frame(event: Event, previous: int) -> str:
    """The frame of an event for a client at `previous`; nearly all clients are at the same position."""
    if previous != event.position - 1:
        return encoded(dispatch(event, previous))
    if event.frame is None:
        event.frame = encoded(dispatch(event, previous))
    return event.frame


def dispatch(event: Event, previous: int, positions: Mapping[UUID, int] | None = None) -> Dispatch:
    data = Raw(event.live_data)
    if event.topic is None:
        return Dispatch(t=event.type, d=data)
    followed = positions or UNSET
    return Dispatch(
        t=event.type, topic=event.topic, position=event.position, previous=previous, d=data, positions=followed
    )


def encoded(value: object) -> str:
    return encoder.encode(value).decode()


class SocketSender:
    """Sends at once over a WebSocket that accepts whole frames without waiting; False if it cannot."""

    __slots__ = ("_write",)

    def __init__(self, write: Callable[[bytes], bool]) -> None:
        self._write: Final = write

    def event(self, event: Event, previous: int) -> bool:
        """An event, encoded once for all clients at the same position."""
        if previous != event.position - 1:
            return self._write(text_frame(event_frame(event, previous)))
        if event.wire is None:
            event.wire = text_frame(event_frame(event, previous))
        return self._write(event.wire)

    def answer(self, answer: Answer) -> bool:
        return self._write(text_frame(answer.body.decode()))


def text_frame(text: str) -> bytes:
    """A WebSocket frame with this text, as a server sends it: whole and not masked (RFC 6455, 5.2)."""
    payload = text.encode()
    size = len(payload)
    if size < 126:
        return b"\x81%c%b" % (size, payload)
    if size < 65536:
        return b"\x81\x7e%b%b" % (size.to_bytes(2), payload)
    return b"\x81\x7f%b%b" % (size.to_bytes(8), payload)
