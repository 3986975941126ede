"""Messages as they go over the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

Content = Annotated[str, Meta(min_length=1, max_length=4000, pattern="^[^\\u0000]*$")]
Nonce = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[!-~]+$")]
MessageType = Literal["text", "image", "file", "poll", "event", "system"]
Details = dict[str, str | int | list[str] | None]
"""Describes an image, a file or a system message, in addition to its type."""

Address = Annotated[str, Meta(max_length=2000, pattern=r"^(https?://[^\s]+|/api/[^\s]+)(?!\n)$")]
"""The address of a picture or file: anywhere, or on this instance."""


class TextKind(Struct, frozen=True, tag="text", tag_field="type"):
    """A message of text, as nearly all are."""


class ImageKind(Struct, frozen=True, tag="image", tag_field="type"):
    """A message that is a picture; width and height are in pixels."""

    url: Address
    thumbnail: Address | None = None
    width: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    height: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None


class FileKind(Struct, frozen=True, tag="file", tag_field="type"):
    """A message that is a file; `size` is in bytes."""

    filename: Annotated[str, Meta(min_length=1, max_length=255)]
    size: Annotated[int, Meta(ge=0, le=1 << 53)]
    mime_type: Annotated[str, Meta(min_length=3, max_length=100)]
    url: Address


MessageKind = TextKind | ImageKind | FileKind
"""What a messenger's client says that a message is. The file is elsewhere: what was uploaded here is an attachment."""


class ReactionCount(Struct, frozen=True):
    """How many people reacted with one emoji, and whether the viewer did (in the log, always false)."""

    emoji: str
    count: int
    me: bool


class Attachment(Struct, frozen=True):
    """A file of a message. Sizes are in bytes and, for pictures, in pixels as displayed, upright.

    Both addresses are under /api. `placeholder` is a `data:` address of a picture of a few pixels, shown while it
    loads.
    """

    id: UUID
    message_id: UUID
    filename: str
    file_size: int
    mime_type: str
    url: str
    width: int | None
    height: int | None
    created_at: datetime
    thumbnail_url: str | None = None
    placeholder: str | None = None


class PollOption(Struct, frozen=True):
    """An option of a poll, and how many users chose it."""

    id: UUID
    text: str
    votes: int = 0


class Poll(Struct, frozen=True):
    """What a message of type `poll` asks, under the message's id, and the results so far.

    `total_votes` is the sum of the options' votes, `total_voters` the number of users who voted. It takes votes until
    `ends_at`, or without one until it is closed. `user_vote` and `user_votes` are the viewer's own; the log has none.
    `version` is the position of the newest vote or of the closing, 0 before.
    """

    id: UUID
    question: str
    options: list[PollOption]
    total_votes: int = 0
    total_voters: int = 0
    user_vote: UUID | None = None
    user_votes: list[UUID] = []
    is_multiple: bool = False
    is_anonymous: bool = False
    ends_at: datetime | None = None
    version: int = 0


EventAnswer = Literal["interested", "coming", "declined"]
EventRepeat = Literal["daily", "weekly", "biweekly", "monthly"]


class ScheduledEvent(Struct, frozen=True):
    """What a message of type `event` announces, under the message's id, and how many users answered what.

    `starts_at` and `ends_at` are those of the next date if it repeats, at the same time of day in `time_zone` (IANA).
    `place` is a text, or the event is in the voice channel. `user_answer` is the viewer's own; the log has none.
    `reminder_minutes` is how long before the start those who are interested or coming are reminded. `version` is the
    position of its newest change, 0 before.
    """

    id: UUID
    name: str
    description: str | None
    starts_at: datetime
    created_by: UUID | None
    created_at: datetime
    channel_id: UUID
    ends_at: datetime | None = None
    place: str | None = None
    voice_channel_id: UUID | None = None
    time_zone: str = "UTC"
    repeat: EventRepeat | None = None
    reminder_minutes: int | None = None
    is_cancelled: bool = False
    interested: int = 0
    coming: int = 0
    declined: int = 0
    user_answer: EventAnswer | None = None
    version: int = 0


class Parts(Struct, frozen=True):
    """What belongs to a message besides its row, except its poll and its event."""

    reactions: list[ReactionCount]
    attachments: list[Attachment]


class MessageFields(Struct, frozen=True):
    """The fields of a message's row, except its position; `nonce` is the client's key for the write.

    `type_details` describe an image or file that is elsewhere, as given by a messenger's client, or a system message
    (`system_messages.py`).
    """

    id: UUID
    channel_id: UUID
    author_id: UUID | None
    nonce: str | None
    content: str
    type: MessageType
    type_details: Details | None
    reply_to: UUID | None
    created_at: datetime
    thread_id: UUID | None = None
    mention_user_ids: list[UUID] = []
    mention_everyone: bool = False
    mention_role_ids: list[UUID] = []
    mention_here: bool = False
    thread_reply_count: int = 0
    edited_at: datetime | None = None
    deleted: bool = False
    pinned: bool = False
    pinned_by: UUID | None = None
    pinned_at: datetime | None = None


class Draft(MessageFields, frozen=True):
    """A message before the log has assigned its position."""

    poll: Poll | None = None
    event: ScheduledEvent | None = None
    attachments: list[Attachment] = []
    reactions: list[ReactionCount] = []


class Message(Draft, frozen=True, kw_only=True):
    """A stored message: `seq` orders the history, `version` is the position of its last change.

    A deleted message is a tombstone without content.
    """

    seq: int
    version: int


class MessageCreation(Struct, frozen=True):
    """A repeated nonce of the same author gets the message that it made first."""

    content: Content
    reply_to: UUID | None = None
    nonce: Nonce | None = None


class ReplyCreation(Struct, frozen=True):
    """A reply in a thread; a repeated nonce gets the reply that it made first."""

    content: Content
    reply_to: UUID | None = None
    nonce: Nonce | None = None


class MessageChange(Struct, frozen=True):
    content: Content


class MessageEdit(Struct, frozen=True):
    """A message's text until `edited_at`, with the `version` at which it was written."""

    version: int
    content: str
    edited_at: datetime


class Reactor(Struct, frozen=True):
    """A user who reacted, and when."""

    user_id: UUID
    username: str
    avatar_url: str | None
    created_at: datetime
    display_name: str | None = None


class ThreadSummary(Struct, frozen=True):
    """A thread in its channel's list: the message that it belongs to, and its newest reply."""

    root: Message
    last_reply: Message | None


class Reading(Struct, frozen=True):
    """The last message that was read; without one, everything is. All from `unread_from` on is unread instead."""

    message_id: UUID | None = None
    unread_from: UUID | None = None


class UnreadCount(Struct, frozen=True):
    """How many messages of others a user has not read in a channel, and how many of them mention the user.

    Both counts are capped. `read_position` is just before the first unread message, and `counted_to` is the position of
    the channel up to which messages were counted. If the count is capped, `first_id` and `first_at` are the first
    message after the user's read mark; without a mark, `read_position` is just before the first that was counted.
    """

    channel_id: UUID
    unread_count: int
    mention_count: int
    read_position: int
    counted_to: int
    first_id: UUID | None = None
    first_at: datetime | None = None
