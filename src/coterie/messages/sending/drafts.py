"""What a client asks to send, as a message on its way to the writer."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from msgspec import to_builtins
from msgspec.structs import replace

from coterie.identifiers import new_id
from coterie.messages.changing.request import digest_of
from coterie.messages.models import Details, Draft, Message, MessageCreation, MessageKind, MessageType, TextKind
from coterie.messages.sending.attempt import Sending


@dataclass(frozen=True, slots=True)
class Put:
    """A message as it shall be, under the client's own id, and the client's own name for this write.

    `had` is the position up to which the author had everything, see `log/versions.py`.
    """

    channel_id: UUID
    author_id: UUID
    message_id: UUID
    content: str
    reply_to: UUID | None = None
    client_version: str | None = None
    thread_id: UUID | None = None
    kind: MessageKind | None = None
    had: int | None = None

    @property
    def digest(self) -> bytes:
        """What distinguishes a repeat from another write under the same client version."""
        return digest_of(self.message_id, self.content, _typed(self.kind)[1])

    def says_the_same_as(self, message: Message) -> bool:
        """Whether the message is as it shall be; a type that is not named may be any."""
        is_typed = self.kind is None or (message.type, message.type_details) == _typed(self.kind)
        return is_typed and message.content == self.content


def created(channel_id: UUID, author_id: UUID, creation: MessageCreation, thread_id: UUID | None = None) -> Sending:
    """A new message, under an id of ours."""
    draft = _draft(new_id(), channel_id, author_id, creation.content)
    return Sending(replace(draft, reply_to=creation.reply_to, nonce=creation.nonce, thread_id=thread_id))


def put(put: Put) -> Sending:
    """A new message, under the client's own id."""
    type, details = _typed(put.kind)
    draft = replace(
        _draft(put.message_id, put.channel_id, put.author_id, put.content),
        type=type,
        type_details=details,
        reply_to=put.reply_to,
        thread_id=put.thread_id,
    )
    return Sending(draft, put.client_version, put.digest if put.client_version else b"", put.had)


def _draft(id: UUID, channel_id: UUID, author_id: UUID, content: str) -> Draft:
    return Draft(
        id=id,
        channel_id=channel_id,
        author_id=author_id,
        nonce=None,
        content=content,
        type="text",
        type_details=None,
        reply_to=None,
        created_at=datetime.now(UTC),
    )


def _typed(kind: MessageKind | None) -> tuple[MessageType, Details | None]:
    """The type of a message, and its details: a text has none."""
    if kind is None or isinstance(kind, TextKind):
        return "text", None
    details = to_builtins(kind)
    return details.pop("type"), details
