"""Conversations as clients receive them, and as they are in the log."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from coterie.accounts.models import User
from coterie.channels.models import ChannelName, ChannelTopic
from coterie.naming import clean_names
from coterie.voice.models import Call


class SharedConversation(Struct, frozen=True):
    """The value of `conversation` in a conversation's topic: what is the same for all participants.

    A direct conversation has no name and no owner.
    """

    id: UUID
    is_direct: bool
    name: str | None
    description: str | None
    owner_id: UUID | None
    created_at: datetime


class Participant(Struct, frozen=True):
    """The value of `participants/<user id>` in a conversation's topic."""

    user_id: UUID
    username: str
    avatar_url: str | None
    joined_at: datetime
    display_name: str | None = None


class Participation(Struct, frozen=True):
    """The value of `conversations/<id>` in the user's own topic.

    The conversation is hidden until there is a message after `hidden_position`.
    """

    id: UUID
    is_direct: bool
    joined_at: datetime
    hidden_position: int | None = None


class ChatMessage(Struct, frozen=True):
    """A message in the messenger's format. `is_read` and `is_delivered` mean by all other participants."""

    id: UUID
    conversation_id: UUID
    sender_id: UUID
    content: str
    message_type: dict[str, Any]
    timestamp: datetime
    is_read: bool
    is_delivered: bool
    crdt_timestamp: int
    braid_version: str
    braid_parents: list[str]
    version_vector: dict[str, dict[str, int]]
    deleted: bool


class Conversation(SharedConversation, frozen=True, kw_only=True):
    """A conversation as a participant sees it.

    `participants` are the ids of `people`, both in the order in which they joined. `recipient` and `other_username` are
    the other user in a direct conversation, without what they keep private. `last_message_time` is when the
    conversation began if there is no message yet. `unread_count` stops at 100, which means "100 or more".
    """

    participants: list[UUID]
    people: list[Participant]
    recipient: User | None
    other_username: str | None
    last_message: ChatMessage | None
    last_message_preview: str
    last_message_time: datetime
    last_message_at: datetime | None
    last_seq: int
    unread_count: int
    joined_at: datetime
    hidden_position: int | None
    is_hidden: bool
    call: Call | None


class ConversationPage(Struct, frozen=True):
    conversations: list[Conversation]
    has_more: bool


class ChatHistory(Struct, frozen=True):
    """Messages in the messenger's format, newest first."""

    messages: list[ChatMessage]
    has_more: bool


class ConversationCreation(Struct, frozen=True):
    """With one user and no name, this is the direct conversation."""

    participant_ids: Annotated[list[UUID], Meta(min_length=1, max_length=100)]
    name: ChannelName | None = None
    description: ChannelTopic | None = None

    def __post_init__(self) -> None:
        clean_names(self, "name")


class ConversationChange(Struct, frozen=True):
    """A missing field keeps its value; null clears it. `owner_id` must be a participant."""

    name: ChannelName | None | UnsetType = UNSET
    description: ChannelTopic | None | UnsetType = UNSET
    owner_id: UUID | UnsetType = UNSET

    def __post_init__(self) -> None:
        clean_names(self, "name")


class ReceiptChange(Struct, frozen=True):
    """The messages of the conversation up to which everything was delivered or read."""

    delivered: UUID | None = None
    read: UUID | None = None


class DirectOpening(Struct, frozen=True):
    user_id: UUID


class DirectMessageChannel(Struct, frozen=True):
    """A direct conversation in the format of the community's clients."""

    id: UUID
    recipient: User
    created_at: datetime
    last_message_at: datetime | None


class HistoryPage(Struct, frozen=True):
    """Which messages of a conversation a user asks for: before one of them, if any, after `offset` of them."""

    conversation_id: UUID
    viewer: UUID
    before: UUID | None
    limit: int
    offset: int
