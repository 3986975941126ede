"""What is asked of a stored message: one operation, by its author, under the client's own name for it."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

import msgspec

from coterie.messages.author import NOBODY, Author, UserAuthor
from coterie.messages.operations import Counted, Operation


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """One operation on one message, and who carries it out.

    `client_version` is the client's own name for the change, `digest` is of its content, and `had` is the position up
    to which the author had everything, see `log/versions.py`.

    With `channel_id` the message must be in that channel. `counted` is what must be counted for the operation to
    decide.
    """

    message_id: UUID
    author: Author
    operation: Operation
    client_version: str | None = None
    digest: bytes = b""
    channel_id: UUID | None = None
    had: int | None = None
    counted: Counted = ""

    @property
    def actor_id(self) -> UUID:
        """The user whose action it is, or NOBODY."""
        return self.author.user_id or NOBODY


@dataclass(frozen=True, slots=True)
class MessagePlace:
    """A message, named together with its channel."""

    channel_id: UUID
    message_id: UUID

    def request(self, user_id: UUID, operation: Operation, counted: Counted = "") -> ChangeRequest:
        author = UserAuthor(user_id)
        return ChangeRequest(self.message_id, author, operation, channel_id=self.channel_id, counted=counted)


def digest_of(message_id: UUID, content: str, details: object = None) -> bytes:
    """Distinguishes a repeat from another write with the same client version; `details` are those of its type, if
    any."""
    said = message_id.bytes + content.encode()
    return hashlib.sha256(said if details is None else said + b"\0" + msgspec.json.encode(details)).digest()
