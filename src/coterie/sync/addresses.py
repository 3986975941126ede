"""What the addresses under /sync mean: a collection, or one of its values."""

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias
from uuid import UUID

from coterie import errors
from coterie.errors import CoterieError
from coterie.viewer import Viewer

MESSAGES: Final = 50
MESSAGES_LIMIT: Final = 1_000
"""Messages in one snapshot: the default and the maximum."""

ID: Final = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
ADDRESS: Final = re.compile(
    rf"/sync/(?:(?P<place>channel|conversation)s/(?P<place_id>{ID})/messages(?:/(?P<message_id>{ID}))?"
    rf"|conversations/(?P<conversation_id>{ID})|servers/(?P<server_id>{ID})|me)"
)

AddressKind: TypeAlias = Literal["channel", "conversation", "participants", "server", "me"]
"""What a collection contains: the messages of a channel or conversation, its participants, a server, or the user's own
data."""


@dataclass(frozen=True, slots=True)
class Target:
    """A collection, or with `message_id` one of its values. `limit` bounds a snapshot."""

    kind: AddressKind
    id: UUID
    message_id: UUID | None
    limit: int


def target(path: str, limit: str | None, viewer: Viewer) -> Target:
    """What an address means to this viewer. Raises NOT_FOUND, or INVALID if the limit is not a number."""
    found = ADDRESS.fullmatch(path)
    if found is None:
        raise CoterieError(errors.NOT_FOUND)
    if limit is not None and not re.fullmatch("[0-9]{1,9}", limit):
        raise CoterieError(
            errors.INVALID, "limit: must be a number of messages", fields={"limit": "must be a number of messages"}
        )
    size = min(max(int(limit or MESSAGES), 1), MESSAGES_LIMIT)
    if found["place"]:
        message_id = UUID(found["message_id"]) if found["message_id"] else None
        kind: AddressKind = "channel" if found["place"] == "channel" else "conversation"
        return Target(kind, UUID(found["place_id"]), message_id, size)
    if found["conversation_id"]:
        return Target("participants", UUID(found["conversation_id"]), None, size)
    if found["server_id"]:
        return Target("server", UUID(found["server_id"]), None, size)
    return Target("me", viewer.user_id, None, size)
