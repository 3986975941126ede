"""The entries of the audit log."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from msgspec import Raw, Struct

from coterie.accounts.models import NamedUser
from coterie.feature import AuditAction


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An entry to record; without `actor_id`, the server did it by itself.

    `details` describe the target: names and ids, never what people wrote.
    """

    server_id: UUID
    actor_id: UUID | None
    action: AuditAction
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
