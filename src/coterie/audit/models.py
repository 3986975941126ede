"""The entries of the audit log."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from msgspec import Raw, Struct

from coterie.accounts.models import NamedUser

Action: TypeAlias = Literal[
    "server_create",
    "server_update",
    "server_delete",
    "server_transfer",
    "server_export",
    "channel_create",
    "channel_update",
    "channel_delete",
    "channel_override_update",
    "channel_override_delete",
    "role_create",
    "role_update",
    "role_delete",
    "member_role_add",
    "member_role_remove",
    "member_nickname_update",
    "member_kick",
    "member_ban",
    "member_unban",
    "member_timeout",
    "member_timeout_remove",
    "member_messages_restore",
    "member_voice_update",
    "member_voice_disconnect",
    "message_delete",
    "message_pin",
    "message_unpin",
    "messages_expire",
    "poll_close",
    "event_create",
    "event_update",
    "event_cancel",
    "invite_create",
    "invite_revoke",
    "emoji_create",
    "emoji_update",
    "emoji_delete",
    "webhook_create",
    "webhook_update",
    "webhook_delete",
    "webhook_disable",
    "automod_update",
    "automod_word_add",
    "automod_word_remove",
    "report_resolve",
    "report_dismiss",
    "report_reopen",
    "report_escalate",
]
TargetType: TypeAlias = Literal["server", "channel", "user", "role", "invite", "message", "emoji", "webhook", "report"]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An entry to record; without `actor_id`, the server did it by itself.

    `details` describe the target: names and ids, never what people wrote.
    """

    server_id: UUID
    actor_id: UUID | None
    action: Action
    target_type: TargetType
    target_id: UUID
    details: dict[str, object] = field(default_factory=dict)


class AuditLog(Struct, frozen=True):
    """An entry as clients receive it; IP addresses are never recorded.

    `actor` and `target_user` name the users of the ids, if their accounts still exist.
    """

    id: UUID
    server_id: UUID | None
    actor_id: UUID | None
    action: str
    target_type: str | None
    target_id: UUID | None
    details: Raw
    created_at: datetime
    ip_address: None = None
    actor: NamedUser | None = None
    target_user: NamedUser | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries to return: those older than `before`, and of this action, actor and kind of target."""

    before: datetime | None = None
    action: str | None = None
    actor_id: UUID | None = None
    target_type: str | None = None
