"""The actions on a server's channels: add, change and remove them; each is logged in the server's topic."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from coterie import errors
from coterie.audit.actions import record
from coterie.audit.models import AuditEntry
from coterie.channels import access, overrides, queries
from coterie.channels.audit_actions import CHANNEL_CREATE, CHANNEL_DELETE, CHANNEL_UPDATE
from coterie.channels.errors import NO_USER_LIMIT, TOO_MANY_CHANNELS
from coterie.channels.models import CHANNEL_LIMIT, ChannelChange, ChannelCreation, ChannelMoves
from coterie.endings import endings
from coterie.errors import CoterieError
from coterie.feature import AuditAction
from coterie.http import patch
from coterie.identifiers import new_id
from coterie.log.append import Change, append, lock
from coterie.notifications import queries as notifications
from coterie.permissions.bits import Permission
from coterie.permissions.context import ActionContext
from coterie.permissions.models import Channel
from coterie.permissions.topic_limit import check_topics
from coterie.screening.screen import check_names

AUDITED: Final = ("name", "topic", "category", "position", "slow_mode_seconds", "retention_days", "on_hold")
"""The fields of a changed channel that the audit log records."""


async def create(context: ActionContext, server_id: UUID, user_id: UUID, creation: ChannelCreation) -> Channel:
    """Add a channel after the others.

    In the log its overrides go first: if the channel were first, it would be open for a moment.
    """
    async with context.database.acquire() as connection, connection.transaction():
        authority = await context.permissions.locked(connection, server_id, user_id)
        authority.check(Permission.MANAGE_CHANNELS)
        check_names(authority, creation.name, creation.topic)
        await overrides.check_new(context.permissions, connection, authority, creation.overrides)
        position, count = await queries.next_position(connection, server_id)
        if count >= CHANNEL_LIMIT:
            raise CoterieError(TOO_MANY_CHANNELS)
        await check_topics(connection, user_id)
        channel = Channel(
            id=new_id(),
            server_id=server_id,
            name=creation.name,
            type=creation.type,
            position=position,
            category=creation.category,
            topic=creation.topic,
            created_at=datetime.now(UTC),
            user_limit=creation.user_limit,
            slow_mode_seconds=creation.slow_mode_seconds,
        )
        _check_limit(channel)
        await queries.insert(connection, channel)
        made = await overrides.insert(connection, channel.id, authority, creation.overrides)
        await record(
            connection,
            _entry(channel, user_id, CHANNEL_CREATE, "name", "type"),
            *(overrides.entry(override, server_id, user_id) for override in made),
        )
        await append(
            connection,
            *(overrides.change(override, server_id) for override in made),
            Change(server_id, f"channels/{channel.id}", "CHANNEL_CREATE", channel),
        )
        return channel


async def edit(
    context: ActionContext, server_id: UUID, channel_id: UUID, user_id: UUID, change: ChannelChange
) -> Channel:
    """Change a channel's name, topic, category or position, but not its type."""
    async with context.database.acquire() as connection, connection.transaction():
        found = await access.managed(context.permissions, connection, server_id, channel_id, user_id)
        channel = patch.apply(found.channel, change)
        check_names(found.authority, *(new for new, old in _names(channel, found.channel) if new != old))
        _check_limit(channel)
        await queries.update(connection, channel)
        await record(connection, _entry(channel, user_id, CHANNEL_UPDATE, *AUDITED))
        await append(connection, Change(server_id, f"channels/{channel_id}", "CHANNEL_UPDATE", channel))
        return channel


async def move(context: ActionContext, server_id: UUID, user_id: UUID, moves: ChannelMoves) -> list[Channel]:
    """Give several channels their positions and categories: all of them, or none."""
    named = {each.id: each for each in moves.channels}
    if len(named) < len(moves.channels):
        sentence = "A channel is named twice."
        raise CoterieError(errors.INVALID, sentence, fields={"channels": sentence})
    async with context.database.acquire() as connection, connection.transaction():
        channels = await access.movable(context.permissions, connection, server_id, user_id, named)
        moved = [patch.apply(channel, named[channel.id]) for channel in channels]
        changed = [after for before, after in zip(channels, moved, strict=True) if after != before]
        if changed:
            await queries.move(connection, changed)
            await record(connection, *(_entry(each, user_id, CHANNEL_UPDATE, *AUDITED) for each in changed))
            await append(
                connection,
                *(Change(server_id, f"channels/{each.id}", "CHANNEL_UPDATE", each) for each in changed),
            )
        return moved


async def delete(context: ActionContext, server_id: UUID, channel_id: UUID, user_id: UUID) -> None:
    """Delete a channel with its messages and overrides.

    The log removes the channel first: if the overrides were first, the channel would be open for a moment.
    """
    async with context.database.acquire() as connection, connection.transaction():
        before = await access.visible_in(context.permissions, connection, server_id, channel_id, user_id)
        before.authority.check(Permission.MANAGE_CHANNELS)
        await lock(connection, [server_id, channel_id, *await notifications.holders(connection, channel_id)])
        found = await access.managed(context.permissions, connection, server_id, channel_id, user_id)
        await record(connection, _entry(found.channel, user_id, CHANNEL_DELETE, "name"))
        gone = {"id": channel_id, "server_id": server_id}
        ended = await endings.with_channel(connection, channel_id)
        await append(
            connection,
            *ended.before,
            Change(server_id, f"channels/{channel_id}", "CHANNEL_DELETE", gone, is_removal=True),
            *(override.removal(server_id) for override in access.overrides(found)),
            *ended.after,
        )
        await queries.delete(connection, channel_id)


def _names(after: Channel, before: Channel) -> list[tuple[str | None, str | None]]:
    return [(after.name, before.name), (after.topic, before.topic)]


def _entry(channel: Channel, actor_id: UUID, action: AuditAction, *fields: str) -> AuditEntry:
    """An audit log entry for a channel, with these of its fields."""
    details = {field: getattr(channel, field) for field in fields}
    return AuditEntry(channel.server_id, actor_id, action, channel.id, details)


def _check_limit(channel: Channel) -> None:
    if channel.user_limit is not None and channel.type != "voice":
        sentence = NO_USER_LIMIT.sentence
        raise CoterieError(NO_USER_LIMIT, fields={"user_limit": sentence})
