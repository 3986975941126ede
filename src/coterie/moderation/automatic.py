"""Act against a member without a moderator, inside the caller's transaction: what automod does.

The caller has locked the topics of the server and of the member, and has found that they are a member and not the
owner. The audit log has these actions without an actor.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from coterie.audit.actions import record
from coterie.audit.models import AuditEntry
from coterie.database.connection import Connection
from coterie.feature import AuditAction
from coterie.log.append import Change, append
from coterie.moderation import queries
from coterie.moderation.audit_actions import MEMBER_BAN, MEMBER_KICK, MEMBER_TIMEOUT
from coterie.moderation.models import ServerBan, Timeout
from coterie.servers import queries as servers
from coterie.servers.actions import Departure, remove_member


async def time_out(connection: Connection, server_id: UUID, user_id: UUID, minutes: int, reason: str) -> None:
    """Let a member only read for some minutes."""
    now = datetime.now(UTC)
    timeout = Timeout(user_id, server_id, now + timedelta(minutes=minutes), reason, None, now)
    await queries.put_timeout(connection, timeout)
    await record(connection, _entry(server_id, user_id, MEMBER_TIMEOUT, reason, duration_minutes=minutes))
    member = await servers.member(connection, server_id, user_id)
    extra: dict[str, object] = {"expires_at": timeout.expires_at, "reason": reason}
    key = f"members/{user_id}"
    await append(connection, Change(server_id, key, "MEMBER_UPDATE", member, live_type="MEMBER_TIMEOUT", extra=extra))


async def kick(connection: Connection, server_id: UUID, user_id: UUID, reason: str) -> None:
    """Remove a member, who can come back."""
    await record(connection, _entry(server_id, user_id, MEMBER_KICK, reason))
    await remove_member(connection, server_id, user_id, Departure("MEMBER_KICK", reason))


async def ban(connection: Connection, server_id: UUID, user_id: UUID, reason: str) -> None:
    """Remove a member and keep them out."""
    banned = await queries.put_ban(connection, ServerBan(user_id, server_id, None, reason, datetime.now(UTC)))
    await record(connection, _entry(server_id, user_id, MEMBER_BAN, reason))
    known = Change(server_id, f"bans/{user_id}", "BAN_CREATE", banned)
    await remove_member(connection, server_id, user_id, Departure("MEMBER_BAN", reason), known)


def _entry(server_id: UUID, user_id: UUID, action: AuditAction, reason: str, **details: object) -> AuditEntry:
    return AuditEntry(server_id, None, action, user_id, {"reason": reason, **details})
