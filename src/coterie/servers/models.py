"""Servers and their members as they go over the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from coterie.accounts.models import Status, WebAddress
from coterie.naming import clean_names
from coterie.permissions.models import Bits

ServerName = Annotated[str, Meta(min_length=1, max_length=100)]
Nickname = Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^[^\x00-\x1f\x7f]*(?![\s\S])")]
"""One line. The pattern ends in a form that works in every dialect: in some, `$` would accept a line break."""

RetentionDays = Annotated[int, Meta(ge=1, le=3650)]
Description = Annotated[str, Meta(min_length=1, max_length=500)]


class Server(Struct, frozen=True):
    """A server as the log stores it.

    Messages older than `retention_days` are removed for good; null: never. Pinned messages stay if
    `retention_keeps_pins`.
    """

    id: UUID
    name: str
    owner_id: UUID
    icon_url: str | None
    is_public: bool
    require_invite: bool
    created_at: datetime
    updated_at: datetime
    default_permissions: int = 123
    description: str | None = None
    retention_days: int | None = None
    retention_keeps_pins: bool = True


class CountedServer(Server, frozen=True, kw_only=True):
    """A server as REST returns it."""

    member_count: int


class PublicServer(CountedServer, frozen=True, kw_only=True):
    """A server in the list of public ones. `is_banned`: you cannot join it; `ban_reason` as the moderator wrote it."""

    is_banned: bool
    ban_reason: str | None


class MemberRole(Struct, frozen=True):
    id: UUID
    name: str
    color: str | None
    position: int


class Member(Struct, frozen=True):
    """A member as the log stores it: their account, and what they are in this server; `id` is `user_id`.

    A role that was deleted has no effect, although it may still be listed here.
    """

    id: UUID
    user_id: UUID
    server_id: UUID
    username: str
    avatar_url: str | None
    bio: str | None
    pronouns: str | None
    created_at: datetime
    nickname: str | None
    joined_at: datetime
    role_ids: list[UUID]
    timeout_expires_at: datetime | None
    display_name: str | None = None


class PresentMember(Member, frozen=True, kw_only=True):
    """A member as REST returns it: with presence."""

    roles: list[MemberRole]
    status: Status
    custom_status: str | None
    activity: str | None


class OwnMember(PresentMember, frozen=True, kw_only=True):
    """The caller's membership, with the sum of their permissions in the server as a whole."""

    permissions: int


class Membership(Struct, frozen=True):
    """That a user is in a server; the value of `servers/<id>` in their own topic."""

    id: UUID
    joined_at: datetime


class ServerCreation(Struct, frozen=True):
    name: ServerName
    icon_url: WebAddress | None = None
    is_public: bool = False
    require_invite: bool = False
    description: Description | None = None
    template_id: UUID | None = None

    def __post_init__(self) -> None:
        clean_names(self, "name")


class ServerChange(Struct, frozen=True):
    """A missing field keeps its value; null clears it."""

    name: ServerName | UnsetType = UNSET
    icon_url: WebAddress | None | UnsetType = UNSET
    is_public: bool | UnsetType = UNSET
    require_invite: bool | UnsetType = UNSET
    description: Description | None | UnsetType = UNSET
    default_permissions: Bits | UnsetType = UNSET
    retention_days: RetentionDays | None | UnsetType = UNSET
    retention_keeps_pins: bool | UnsetType = UNSET

    def __post_init__(self) -> None:
        clean_names(self, "name")


class OwnerChange(Struct, frozen=True, forbid_unknown_fields=True):
    """The member to whom a server is handed over."""

    user_id: UUID


class MemberChange(Struct, frozen=True, forbid_unknown_fields=True):
    """A missing field keeps its value; null clears it."""

    nickname: Nickname | None | UnsetType = UNSET

    def __post_init__(self) -> None:
        clean_names(self, "nickname")


class Joined(Struct, frozen=True):
    message: str


class TemplateChannel(Struct, frozen=True):
    name: str
    type: Literal["text", "voice"]
    category: str | None
    position: int


class ServerTemplate(Struct, frozen=True):
    id: UUID
    name: str
    description: str
    category: Literal["gaming", "community", "study", "custom"]
    channels: list[TemplateChannel]
    is_builtin: bool
    created_at: datetime
