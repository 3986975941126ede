"""Conversations as they go over the wire, and as the log keeps them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from coterie.accounts.models import User
from coterie.channels.models import ChannelName, ChannelTopic


class SharedConversation(Struct, frozen=True):
    """The value of `conversation` in a conversation's topic: what is the same for everybody in it.

    A direct conversation has neither name nor owner.
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
    """The value of `conversations/<id>` among one's own affairs.

    The conversation is hidden until somebody says something behind `hidden_position`.
    """

    id: UUID
    is_direct: bool
    joined_at: datetime
    hidden_position: int | None = None


class ChatMessage(Struct, frozen=True):
    """A message in the messenger's shape. `is_read` and `is_delivered` mean: by everybody else."""

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
    """A conversation as somebody in it sees it.

    `participants` are the ids of `people`, both in the order in which they came. `recipient` and `other_username` are
    of the other one in a direct conversation; what they keep private is left out. `last_message_time` is when the
    conversation began if nothing was said yet. `unread_count` stops at 100, which means "or more".
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


class ConversationPage(Struct, frozen=True):
    conversations: list[Conversation]
    has_more: bool


class History(Struct, frozen=True):
    """Messages in the messenger's shape, newest first."""

    messages: list[ChatMessage]
    has_more: bool


class ConversationCreation(Struct, frozen=True):
    """With one person and no name it is the direct conversation."""

    participant_ids: Annotated[list[UUID], Meta(min_length=1, max_length=100)]
    name: ChannelName | None = None
    description: ChannelTopic | None = None


class ConversationChange(Struct, frozen=True):
    """A missing field keeps its value; null clears it. `owner_id` is somebody in the conversation."""

    name: ChannelName | None | UnsetType = UNSET
    description: ChannelTopic | None | UnsetType = UNSET
    owner_id: UUID | UnsetType = UNSET


class ReceiptChange(Struct, frozen=True):
    """Messages of the conversation, up to which all was delivered or read."""

    delivered: UUID | None = None
    read: UUID | None = None


class DirectOpening(Struct, frozen=True):
    user_id: UUID


class DirectMessageChannel(Struct, frozen=True):
    """A direct conversation as the community's clients know it."""

    id: UUID
    recipient: User
    created_at: datetime
    last_message_at: datetime | None
