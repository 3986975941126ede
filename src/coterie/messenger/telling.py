"""What a frame of the gateway is called on /realtime: message, notification, status, typing, presence, or custom.

Each frame becomes one event, or two: a message that calls the viewer is a notification as well. The notification comes
first, so that who is cut off between the two is notified twice rather than told a message twice.
"""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from coterie.messenger.names import Names
from coterie.notifications.models import NotificationLevel

MESSAGES: Final = frozenset(
    {
        "DM_MESSAGE_CREATE",
        "MESSAGE_CREATE",
        "MESSAGE_DELETE",
        "MESSAGE_PIN",
        "MESSAGE_UNPIN",
        "MESSAGE_UPDATE",
        "REACTION_ADD",
        "REACTION_REMOVE",
        "THREAD_MESSAGE_CREATE",
    }
)
CREATED: Final = frozenset({"DM_MESSAGE_CREATE", "MESSAGE_CREATE", "THREAD_MESSAGE_CREATE"})
NAMED: Final = frozenset({"message", "notification", "status", "typing", "presence"})
STATUSES: Final = {"TOPIC_RESET": "reset", "TOPIC_GONE": "gone"}
SHOWN: Final = 200
"""Characters of a message that a notification shows."""


class Frame(msgspec.Struct, frozen=True):
    """A frame of the gateway; what is fleeting has no topic."""

    t: str = ""
    topic: UUID | None = None
    position: int = 0
    previous: int = 0
    d: msgspec.Raw = msgspec.Raw(b"null")


decoder: Final = msgspec.json.Decoder(Frame)


@dataclass(frozen=True, slots=True)
class Telling:
    """One event: its name, and what it says."""

    name: str
    payload: Any
    version: str | None = None

    @property
    def body(self) -> bytes:
        """ASCII throughout: the old client takes a character that is cut in two for a broken stream."""
        value = {
            "event_type": self.name if self.name in NAMED else {"custom": self.name},
            "payload": self.payload,
            "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "version": self.version,
        }
        return f"event: {self.name}\ndata: {json.dumps(value, separators=(',', ':'))}\n\n".encode()


def status(name: str, details: str) -> Telling:
    return Telling("status", {"status": name, "details": details})


class Wanted:
    """The names of a request's `types`; none are all of them, and `custom` is every one that has no kind of its own."""

    def __init__(self, types: str) -> None:
        self._names: Final = frozenset(name.strip().lower() for name in types.split(",") if name.strip())

    def __contains__(self, name: str) -> bool:
        return not self._names or name in self._names or ("custom" in self._names and name not in NAMED)


@dataclass
class Ear:
    """Whom the frames are told to: what calls them, and what they do not want to be notified of."""

    user_id: UUID
    names: Names
    levels: dict[UUID, NotificationLevel] = field(default_factory=dict)

    async def tellings(self, frame: Frame, home: UUID | None, roles: frozenset[UUID]) -> AsyncIterator[Telling]:
        """What to say of a frame. `home` is its server, in which the viewer has these roles."""
        data = json.loads(bytes(frame.d))
        version = f"v{frame.position}" if frame.topic else None
        if frame.t in MESSAGES:
            author = await self.names.name(_uuid(data.get("author_id")))
            if frame.t in CREATED and self._is_called(frame.t, data, home, roles):
                yield Telling("notification", _about_message(frame.t, data, author))
            yield Telling("message", _message(frame.t, data, author), version)
        elif frame.t in ("TYPING_START", "TYPING_STOP"):
            yield Telling("typing", {**data, "user": data["username"], "is_typing": frame.t == "TYPING_START"})
        elif frame.t == "PRESENCE_UPDATE":
            yield Telling("presence", data, version)
        elif frame.t in STATUSES:
            yield status(STATUSES[frame.t], str(frame.topic or data.get("topic")))
        else:
            self._note(frame.t, data)
            if (notice := _about_people(frame.t, data, self.user_id)) is not None:
                yield notice
            yield Telling(frame.t.lower(), data, version)

    def _is_called(self, type: str, message: Mapping[str, Any], home: UUID | None, roles: frozenset[UUID]) -> bool:
        """Whether a message of somebody else calls the viewer, or is said to them, and they want to know."""
        if message["author_id"] == str(self.user_id) or message["type"] == "system":
            return False
        is_mentioned = (
            str(self.user_id) in message["mention_user_ids"]
            or message["mention_everyone"]
            or message["mention_here"]
            or any(UUID(role) in roles for role in message["mention_role_ids"])
        )
        level = self._level(UUID(message["channel_id"]), home)
        if level == "nothing":
            return False
        return is_mentioned or (type == "DM_MESSAGE_CREATE" and level == "all")

    def _level(self, place: UUID, home: UUID | None) -> str:
        """What the viewer wants to be told of a place: what is set for it, else for its server, else all."""
        found = [level for id in (place, home) if id is not None and (level := self.levels.get(id))]
        now = datetime.now(UTC)
        if any(level.muted_until is not None and level.muted_until > now for level in found):
            return "nothing"
        return next((level.level for level in found if level.level is not None), "all")

    def _note(self, type: str, data: Mapping[str, Any]) -> None:
        """Keep up with the levels that the viewer sets."""
        if type == "NOTIFICATION_LEVEL_UPDATE":
            level = msgspec.convert(data, NotificationLevel)
            self.levels[level.place_id] = level
        elif type == "NOTIFICATION_LEVEL_DELETE":
            self.levels.pop(UUID(data["place_id"]), None)


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _message(type: str, data: Mapping[str, Any], author: str) -> dict[str, Any]:
    """The whole message with the names that the messenger gives to its parts, and what happened to it."""
    return {
        **data,
        "text": data["content"],
        "author": author,
        "timestamp": data["created_at"],
        "version": f"v{data['version']}",
        "change": type,
    }


def _about_message(type: str, data: Mapping[str, Any], author: str) -> dict[str, Any]:
    return {
        "title": author,
        "message": data["content"][:SHOWN],
        "kind": "direct_message" if type == "DM_MESSAGE_CREATE" else "mention",
        "channel_id": data["channel_id"],
        "message_id": data["id"],
    }


def _about_people(type: str, data: Mapping[str, Any], user_id: UUID) -> Telling | None:
    """Somebody wants to be a friend, or has become one."""
    if type == "FRIEND_REQUEST_CREATE" and data.get("to_user_id") == str(user_id):
        text, kind = f"{data['from_username']} wants to be your friend.", "friend_request"
        return Telling("notification", {"title": "Friend request", "message": text, "kind": kind, "id": data["id"]})
    if type == "CONTACT_CREATE":
        text, kind = f"{data['username']} is your friend now.", "friend"
        return Telling(
            "notification", {"title": "New friend", "message": text, "kind": kind, "id": data["contact_user_id"]}
        )
    return None
