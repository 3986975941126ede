"""Act against members who disturb a server: kick, ban, time out, and undo that.

Everything is judged under the locks of the server's and the target's topics, and recorded and logged in one
transaction.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec.structs import asdict

from coterie import errors
from coterie.accounts import queries as accounts
from coterie.audit.actions import record
from coterie.audit.models import AuditEntry
from coterie.errors import CoterieError
from coterie.feature import AuditAction
from coterie.identifiers import new_id
from coterie.log.append import Change, append
from coterie.moderation import access, message_removal_queries, message_removals, queries
from coterie.moderation.audit_actions import (
    MEMBER_BAN,
    MEMBER_KICK,
    MEMBER_MESSAGES_RESTORE,
    MEMBER_TIMEOUT,
    MEMBER_TIMEOUT_REMOVE,
    MEMBER_UNBAN,
)
from coterie.moderation.message_removal_queries import Removal
from coterie.moderation.message_removals import KEPT
from coterie.moderation.models import Against, BanOrder, BanPage, KickOrder, ListedBan, ServerBan, Timeout, TimeoutOrder
from coterie.permissions.bits import Permission
from coterie.permissions.context import ActionContext
from coterie.servers import queries as servers
from coterie.servers.actions import Departure, remove_member


async def kick(context: ActionContext, against: Against, order: KickOrder) -> None:
    """Remove a member, who can come back (KICK_MEMBERS)."""
    async with context.database.acquire() as connection, connection.transaction():
        await access.member(context.permissions, connection, against, Permission.KICK_MEMBERS)
        await record(connection, _entry(against, MEMBER_KICK, reason=order.reason))
        departure = Departure("MEMBER_KICK", order.reason)
        await remove_member(connection, against.server_id, against.target_id, departure)


async def ban(context: ActionContext, against: Against, order: BanOrder) -> None:
    """Remove a user and keep them out; a user outside the server is only kept out (BAN_MEMBERS)."""
    async with context.database.acquire() as connection, connection.transaction():
        member_state = await access.any_user(context.permissions, connection, against, Permission.BAN_MEMBERS)
        if not await queries.is_user(connection, against.target_id):
            raise CoterieError(errors.NOT_FOUND)
        now = datetime.now(UTC)
        wanted = ServerBan(against.target_id, against.server_id, against.actor_id, order.reason, now)
        banned = await queries.put_ban(connection, wanted)
        hours = {"delete_message_hours": order.delete_message_hours} if order.delete_message_hours else {}
        await record(connection, _entry(against, MEMBER_BAN, reason=order.reason, **hours))
        removals = [_removal(against, now, order.delete_message_hours)] if order.delete_message_hours else []
        for each in removals:
            await message_removals.remove(connection, each)
        live_type = None if member_state.is_member else "MEMBER_BAN"
        known = Change(against.server_id, _key(against), "BAN_CREATE", banned, live_type=live_type)
        if member_state.is_member:
            departure = Departure("MEMBER_BAN", order.reason)
            await remove_member(connection, against.server_id, against.target_id, departure, known)
        else:
            await append(connection, known)
    await message_removals.begin(context.database, [each.id for each in removals])


async def unban(context: ActionContext, server_id: UUID, user_id: UUID, banned_id: UUID) -> None:
    """Let a banned user come back; a repeat changes nothing (BAN_MEMBERS)."""
    async with context.database.acquire() as connection, connection.transaction():
        authority = await context.permissions.locked(connection, server_id, user_id)
        authority.check(Permission.BAN_MEMBERS)
        if await queries.delete_ban(connection, server_id, banned_id):
            against = Against(server_id, user_id, banned_id)
            await record(connection, _entry(against, MEMBER_UNBAN))
            gone = {"server_id": server_id, "user_id": banned_id}
            await append(connection, Change(server_id, _key(against), "MEMBER_UNBAN", gone, is_removal=True))


async def bans(context: ActionContext, server_id: UUID, user_id: UUID, page: BanPage) -> list[ListedBan]:
    """The bans of a server (BAN_MEMBERS)."""
    authority = await context.permissions.in_server(context.database, server_id, user_id)
    authority.check(Permission.BAN_MEMBERS)
    if page.name is not None:
        found = await queries.bans_of_named(context.database, server_id, page.name, page.limit)
    else:
        found = await queries.bans(context.database, server_id, page.after, page.limit)
    users = await accounts.named(context.database, [id for ban in found for id in (ban.user_id, ban.banned_by)])
    since = datetime.now(UTC) - KEPT
    banned = [ban.user_id for ban in found]
    restorable = await message_removal_queries.authors(context.database, server_id, banned, since)
    return [
        ListedBan(
            **asdict(ban),
            user=users[ban.user_id],
            banned_by_user=users.get(ban.banned_by),
            can_restore_messages=ban.user_id in restorable,
        )
        for ban in found
        if ban.user_id in users  # a user who was deleted meanwhile is no longer banned
    ]


async def time_out(context: ActionContext, against: Against, order: TimeoutOrder) -> Timeout:
    """Let a member only read until a time; replaces a timeout that they have (MUTE_MEMBERS)."""
    async with context.database.acquire() as connection, connection.transaction():
        await access.member(context.permissions, connection, against, Permission.MUTE_MEMBERS)
        now = datetime.now(UTC)
        timeout = Timeout(
            user_id=against.target_id,
            server_id=against.server_id,
            expires_at=now + timedelta(minutes=order.duration_minutes),
            reason=order.reason,
            created_by=against.actor_id,
            created_at=now,
        )
        await queries.put_timeout(connection, timeout)
        details = {"duration_minutes": order.duration_minutes, "reason": order.reason}
        await record(connection, _entry(against, MEMBER_TIMEOUT, **details))
        member = await servers.member(connection, against.server_id, against.target_id)
        extra: dict[str, object] = {"expires_at": timeout.expires_at, "reason": timeout.reason}
        await append(connection, _changed_member(against, member, "MEMBER_TIMEOUT", extra))
        return timeout


async def end_timeout(context: ActionContext, against: Against) -> None:
    """End a timeout; a repeat changes nothing. A user who left with a timeout need not be a member (MUTE_MEMBERS)."""
    async with context.database.acquire() as connection, connection.transaction():
        await access.any_user(context.permissions, connection, against, Permission.MUTE_MEMBERS)
        if not await queries.delete_timeout(connection, against.server_id, against.target_id):
            return
        await record(connection, _entry(against, MEMBER_TIMEOUT_REMOVE))
        member = await servers.member(connection, against.server_id, against.target_id)
        if member is not None:
            await append(connection, _changed_member(against, member, "MEMBER_TIMEOUT_REMOVE"))


async def restore_messages(context: ActionContext, server_id: UUID, user_id: UUID, author_id: UUID) -> int:
    """Start restoring all messages that bans of the last week removed (BAN_MEMBERS); returns how many.

    NOT_FOUND if nothing of this author was removed, or it was too long ago.
    """
    async with context.database.acquire() as connection, connection.transaction():
        authority = await context.permissions.locked(connection, server_id, user_id)
        authority.check(Permission.BAN_MEMBERS)
        since = datetime.now(UTC) - KEPT
        removals = await message_removals.restore_all(connection, server_id, author_id, since)
        if removals is None:
            raise CoterieError(errors.NOT_FOUND)
        count = await message_removal_queries.count_removed(connection, removals)
        against = Against(server_id, user_id, author_id)
        await record(connection, _entry(against, MEMBER_MESSAGES_RESTORE, messages=count))
    await message_removals.begin(context.database, removals)
    return count


def _removal(against: Against, now: datetime, hours: int) -> Removal:
    return Removal(
        id=new_id(),
        server_id=against.server_id,
        author_id=against.target_id,
        removed_by=against.actor_id,
        since=now - timedelta(hours=hours),
        created_at=now,
    )


def _entry(against: Against, action: AuditAction, **details: object) -> AuditEntry:
    return AuditEntry(against.server_id, against.actor_id, action, against.target_id, details)


def _key(against: Against) -> str:
    return f"bans/{against.target_id}"


def _changed_member(against: Against, member: object, live_type: str, extra: dict[str, object] | None = None) -> Change:
    """The log has the member as they are now, so that a resume is exact; the live event names the action."""
    key = f"members/{against.target_id}"
    return Change(against.server_id, key, "MEMBER_UPDATE", member, live_type=live_type, extra=extra)
