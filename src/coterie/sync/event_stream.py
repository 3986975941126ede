"""Server-sent events on the addresses of /sync, for browsers without a library.

There are two formats. The keyed one: a `snapshot` event with the whole object, then one event for each change, with its
version as `id`, so that `Last-Event-ID` resumes. The messenger's, for a conversation's messages: the newest fifty
messages, newest first, then each new one, in the old shape.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from coterie import errors
from coterie.conversations.queries import PresentParticipant
from coterie.conversations.views import chat_message
from coterie.errors import CoterieError
from coterie.log.event import Event
from coterie.log.versions import Lineage
from coterie.messages.models import Message
from coterie.sync import braid_wire
from coterie.sync.addresses import Target
from coterie.sync.endless_response import StreamForm
from coterie.sync.exchange import Exchange, Headers
from coterie.sync.opening import Opening

MESSENGER_SECONDS: Final = 30.0

BRAID_ONLY: Final = ("peer", "parents", "version", "heartbeats", "merge-type", "sec-fetch-mode")
"""Headers that the messenger's desktop client never sends; the last one marks clients built on `fetch`."""


@dataclass(frozen=True, slots=True)
class KeyedEvents:
    """The keyed format."""

    name: str = "sse"
    status: int = 200
    first: bytes = b":\n\n"
    sign_of_life: bytes = b":\n\n"
    seconds: float = braid_wire.HEARTBEAT_SECONDS

    def head(self, opening: Opening) -> Headers:
        return {"Content-Type": "text/event-stream; charset=utf-8", "Vary": "Accept, Subscribe, Last-Event-ID"}

    def snapshot(self, opening: Opening, content: bytes) -> bytes:
        return _event(opening.version, "snapshot", content)

    def update(self, event: Event, version: str, parent: str) -> bytes:
        value = b"null" if event.is_removal else event.data.encode()
        return _event(version, event.type, b'{"key":%s,"value":%s}' % (msgspec.json.encode(event.key), value))


@dataclass(frozen=True, slots=True)
class MessengerEvents(KeyedEvents):
    """The messenger's format. Its text is ASCII: the desktop client takes a character cut in two for a broken stream.

    `people` are the participants of the conversation, and how far its messages had reached them when the stream began.
    """

    name: str = "messenger"
    seconds: float = MESSENGER_SECONDS
    people: Sequence[PresentParticipant] = ()

    def snapshot(self, opening: Opening, content: bytes) -> bytes:
        """The newest first. Only the last has an id, so that a client cut off earlier starts over."""
        messages = list(msgspec.json.decode(content, type=dict[str, Message]).values())
        ids = [None] * (len(messages) - 1) + [opening.version]
        return b"".join(
            _event(id, "message", _chat_message(message, self.people))
            for id, message in zip(ids, messages, strict=False)
        )

    def update(self, event: Event, version: str, parent: str) -> bytes:
        message = msgspec.json.decode(event.data, type=Message)
        return _event(version, "message", _chat_message(message, self.people, Lineage(version, [parent])))


def asked_for(exchange: Exchange, target: Target) -> StreamForm | None:
    """The format of events that a request asks for; None if it asks for Braid or a plain answer."""
    wanted = exchange.query.get("format")
    if wanted not in (None, "braid", "sse"):
        raise CoterieError(errors.INVALID, "format: must be braid or sse", fields={"format": "must be braid or sse"})
    accept = exchange.headers.get("accept", "").lower()
    is_events = "text/event-stream" in accept or wanted == "sse"
    if wanted == "braid":
        return None
    keyed = KeyedEvents(seconds=braid_wire.heartbeat_seconds(exchange.headers.get("heartbeats")))
    if exchange.query.get("subscribe") == "sse":
        return keyed
    if target.kind == "conversation" and (is_events or _is_desktop_client(exchange, accept)):
        return MessengerEvents()
    return keyed if is_events else None


def parents(exchange: Exchange) -> list[str]:
    """The version to resume after."""
    last = exchange.headers.get("last-event-id") or exchange.query.get("last_event_id") or ""
    return [last] if braid_wire.is_version(last) else []


def _is_desktop_client(exchange: Exchange, accept: str) -> bool:
    is_bare = not any(name in exchange.headers for name in BRAID_ONLY)
    return "subscribe" in exchange.headers and is_bare and "json" not in accept


def _event(version: str | None, type: str, data: bytes) -> bytes:
    id = "" if version is None else f"id: {version}\n"
    return f"{id}event: {type}\ndata: ".encode() + data + b"\n\n"


def _chat_message(message: Message, people: Sequence[PresentParticipant], lineage: Lineage | None = None) -> bytes:
    """A message in the messenger's shape."""
    shape = msgspec.to_builtins(chat_message(message, people, lineage))
    return json.dumps(shape, separators=(",", ":")).encode()
