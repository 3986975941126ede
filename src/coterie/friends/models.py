"""Friends, requests, blocks and privacy as they go over the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from coterie.accounts.models import Status

Circle = Literal["everyone", "servers", "friends", "nobody"]


class Privacy(Struct, frozen=True):
    """Who can contact a user, and whether others see how far they have read.

    `servers` are people who share a server, and friends. For requests, which friends need not send, `friends` are the
    friends of friends.
    """

    friend_requests_from: Circle
    direct_messages_from: Circle
    send_read_receipts: bool


class PrivacyChange(Struct, frozen=True):
    """A missing field keeps its value."""

    friend_requests_from: Circle | UnsetType = UNSET
    direct_messages_from: Circle | UnsetType = UNSET
    send_read_receipts: bool | UnsetType = UNSET


class RequestCreation(Struct, frozen=True):
    """A friend request to be sent: the recipient, in one of three ways, and optionally a message."""

    to_email: Annotated[str, Meta(min_length=1, max_length=254)] | None = None
    to_username: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    to_user_id: UUID | None = None
    message: Annotated[str, Meta(max_length=500)] | None = None


class RequestOutcome(Struct, frozen=True):
    """The outcome. If the rules forbid a request, `success` is false, with a sentence and its code."""

    success: bool
    request_id: UUID | None = None
    status: Literal["pending", "accepted"] | None = None
    conversation_id: UUID | None = None
    error: str | None = None
    code: str | None = None


class RequestResponse(Struct, frozen=True):
    request_id: UUID
    accept: bool


class ResponseOutcome(Struct, frozen=True):
    """`conversation_id` is the direct conversation of the two, if the request was accepted."""

    success: bool
    error: str | None
    conversation_id: UUID | None


class FriendRequest(Struct, frozen=True):
    """The value of `friend_requests/<id>` while it is pending, in the topics of both.

    The addresses are set only if the request was made by address; "" means none.
    """

    id: UUID
    from_user_id: UUID
    to_user_id: UUID
    from_username: str
    to_username: str
    from_email: str
    to_email: str
    message: str | None
    status: str
    created_at: datetime
    responded_at: datetime | None


class FriendRequests(Struct, frozen=True):
    requests: list[FriendRequest]


class Friend(Struct, frozen=True):
    """The value of `contacts/<friend's id>`. `user_id` is the owner of the list, `contact_user_id` the friend."""

    id: UUID
    user_id: UUID
    contact_user_id: UUID
    username: str
    email: str
    display_name: str | None
    avatar_url: str | None
    created_at: datetime


class Contact(Friend, frozen=True):
    """A friend and their presence at this moment: offline if they are invisible."""

    is_online: bool
    last_seen: datetime
    status: Status
    custom_status: str | None
    activity: str | None


class Contacts(Struct, frozen=True):
    contacts: list[Contact]


class Block(Struct, frozen=True):
    """The value of `blocks/<user id>`: a user whom the owner of the topic blocks."""

    user_id: UUID
    username: str
    created_at: datetime


class BlockedPerson(Block, frozen=True):
    """The same with the picture, which the log leaves out: everyone who blocks the user would get each new one."""

    avatar_url: str | None
