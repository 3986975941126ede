"""Servers and their members as they go over the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from coterie.accounts.models import Status, WebAddress
from coterie.permissions.models import Bits

ServerName = Annotated[str, Meta(min_length=1, max_length=100)]
Nickname = Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^[^\x00-\x1f\x7f]*(?![\s\S])")]
"""One line, as the end of its pattern says for every dialect: there `$` would let a line break pass."""

Description = Annotated[str, Meta(min_length=1, max_length=500)]


class Server(Struct, frozen=True):
    """A server as the log keeps it."""

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


class CountedServer(Server, frozen=True, kw_only=True):
    """A server as REST answers it."""

    member_count: int


class MemberRole(Struct, frozen=True):
    id: UUID
    name: str
    color: str | None
    position: int


class Member(Struct, frozen=True):
    """A member as the log keeps it: who they are, and what they are in this server; `id` is `user_id`.

    A role that was removed counts for nothing, though it may still be named here.
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
    """A member as REST answers it: with what is fleeting."""

    roles: list[MemberRole]
    status: Status
    custom_status: str | None
    activity: str | None


class OwnMember(PresentMember, frozen=True, kw_only=True):
    """What I am in a server, with the sum of what I may in it at large."""

    permissions: int


class Membership(Struct, frozen=True):
    """That I am in a server; the value of `servers/<id>` among my own affairs."""

    id: UUID
    joined_at: datetime


class ServerCreation(Struct, frozen=True):
    name: ServerName
    icon_url: WebAddress | None = None
    is_public: bool = False
    require_invite: bool = False
    description: Description | None = None
    template_id: UUID | None = None


class ServerChange(Struct, frozen=True):
    """A missing field keeps its value; null clears it."""

    name: ServerName | UnsetType = UNSET
    icon_url: WebAddress | None | UnsetType = UNSET
    is_public: bool | UnsetType = UNSET
    require_invite: bool | UnsetType = UNSET
    description: Description | None | UnsetType = UNSET
    default_permissions: Bits | UnsetType = UNSET


class OwnerChange(Struct, frozen=True, forbid_unknown_fields=True):
    """The member to whom a server is handed over."""

    user_id: UUID


class MemberChange(Struct, frozen=True, forbid_unknown_fields=True):
    """A missing field keeps its value; null clears it."""

    nickname: Nickname | None | UnsetType = UNSET


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
