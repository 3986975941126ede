"""How /realtime shows an event of the log: as message, notification, status, typing, presence, or custom.

Each becomes one server-sent event, or two: a message that mentions the viewer is a notification as well. The
notification comes first, so that a client that is cut off between the two gets the notification twice, not the message.
"""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from coterie.accounts.names import Names
from coterie.log.event import Event
from coterie.notifications.models import NotificationLevel

MESSAGES: Final = frozenset(
    {
        "DM_MESSAGE_CREATE",
        "EVENT_UPDATE",
        "MESSAGE_CREATE",
        "MESSAGE_DELETE",
        "MESSAGE_PIN",
        "MESSAGE_UNPIN",
        "MESSAGE_UPDATE",
        "POLL_VOTE",
        "REACTION_ADD",
        "REACTION_REMOVE",
        "THREAD_MESSAGE_CREATE",
    }
)
CREATED: Final = frozenset({"DM_MESSAGE_CREATE", "MESSAGE_CREATE", "THREAD_MESSAGE_CREATE"})
NAMED: Final = frozenset({"message", "notification", "status", "typing", "presence"})
SHOWN: Final = 200
"""Characters of a message that a notification shows."""


@dataclass(frozen=True, slots=True)
class RealtimeEvent:
    """One server-sent event: its name, and its data."""

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


def status(name: str, details: str) -> RealtimeEvent:
    return RealtimeEvent("status", {"status": name, "details": details})


class TypeFilter:
    """The names of a request's `types`; none means all, and `custom` is every event that has no kind of its own."""

    def __init__(self, types: str) -> None:
        self._names: Final = frozenset(name.strip().lower() for name in types.split(",") if name.strip())

    def __contains__(self, name: str) -> bool:
        return not self._names or name in self._names or ("custom" in self._names and name not in NAMED)


@dataclass
class RealtimeViewer:
    """The user who receives events: what mentions them, and what they do not want to be notified of."""

    user_id: UUID
    names: Names
    levels: dict[UUID, NotificationLevel] = field(default_factory=dict)

    async def events(self, event: Event, home: UUID | None, roles: frozenset[UUID]) -> AsyncIterator[RealtimeEvent]:
        """What to send for an event. `home` is its server, in which the user has these roles."""
        type, data = event.type, msgspec.json.decode(event.live_data)
        version = f"v{event.position}" if event.topic else None
        if type in MESSAGES:
            author = await self.names.name(_uuid(data.get("author_id")))
            if type in CREATED and self._notifies(type, data, home, roles):
                yield RealtimeEvent("notification", _message_notification(type, data, author))
            yield RealtimeEvent("message", _message(type, data, author), version)
        elif type in ("TYPING_START", "TYPING_STOP"):
            yield RealtimeEvent("typing", {**data, "user": data["username"], "is_typing": type == "TYPING_START"})
        elif type == "PRESENCE_UPDATE":
            yield RealtimeEvent("presence", data, version)
        else:
            self._update_levels(type, data)
            if (notice := _friend_notification(type, data, self.user_id)) is not None:
                yield notice
            yield RealtimeEvent(type.lower(), data, version)

    def _notifies(self, type: str, message: Mapping[str, Any], home: UUID | None, roles: frozenset[UUID]) -> bool:
        """Whether a message of another user mentions the viewer, or is sent to them, and they want to be notified."""
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
        """The viewer's notification level for a channel or conversation: its own, else its server's, else all."""
        found = [level for id in (place, home) if id is not None and (level := self.levels.get(id))]
        now = datetime.now(UTC)
        if any(level.muted_until is not None and level.muted_until > now for level in found):
            return "nothing"
        return next((level.level for level in found if level.level is not None), "all")

    def _update_levels(self, type: str, data: Mapping[str, Any]) -> None:
        """Follow the notification levels that the viewer sets."""
        if type == "NOTIFICATION_LEVEL_UPDATE":
            level = msgspec.convert(data, NotificationLevel)
            self.levels[level.place_id] = level
        elif type == "NOTIFICATION_LEVEL_DELETE":
            self.levels.pop(UUID(data["place_id"]), None)


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _message(type: str, data: Mapping[str, Any], author: str) -> dict[str, Any]:
    """The whole message, with the messenger's names for its fields, and what happened to it."""
    return {
        **data,
        "text": data["content"],
        "author": author,
        "timestamp": data["created_at"],
        "version": f"v{data['version']}",
        "change": type,
    }


def _message_notification(type: str, data: Mapping[str, Any], author: str) -> dict[str, Any]:
    return {
        "title": author,
        "message": data["content"][:SHOWN],
        "kind": "direct_message" if type == "DM_MESSAGE_CREATE" else "mention",
        "channel_id": data["channel_id"],
        "message_id": data["id"],
    }


def _friend_notification(type: str, data: Mapping[str, Any], user_id: UUID) -> RealtimeEvent | None:
    """The notification of a friend request, or of a new friend."""
    if type == "FRIEND_REQUEST_CREATE" and data.get("to_user_id") == str(user_id):
        text, kind = f"{data['from_username']} sent you a friend request.", "friend_request"
        return RealtimeEvent(
            "notification", {"title": "Friend request", "message": text, "kind": kind, "id": data["id"]}
        )
    if type == "CONTACT_CREATE":
        text, kind = f"{data['username']} is now your friend.", "friend"
        return RealtimeEvent(
            "notification", {"title": "New friend", "message": text, "kind": kind, "id": data["contact_user_id"]}
        )
    return None
