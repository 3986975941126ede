"""What one can do with a server's channels: add, change and remove them; each is a change of the server's topic."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from coterie import errors, patch
from coterie.audit.actions import record
from coterie.audit.models import Action, Entry
from coterie.channels import access, queries
from coterie.channels.models import Channel, ChannelChange, ChannelCreation
from coterie.community import Community
from coterie.documents import changes as documents
from coterie.errors import CoterieError
from coterie.identifiers import new_id
from coterie.log.append import Change, append, lock
from coterie.notifications import endings
from coterie.notifications import queries as notifications
from coterie.permissions.bits import Permission
from coterie.voice import changes as voice

CHANNEL_LIMIT: Final = 500
"""Channels of one server."""

AUDITED: Final = ("name", "topic", "category", "position", "slow_mode_seconds")
"""What the audit log tells of a channel that was changed."""


async def create(community: Community, server_id: UUID, user_id: UUID, creation: ChannelCreation) -> Channel:
    """Add a channel behind the others."""
    async with community.database.acquire() as connection, connection.transaction():
        seen = await community.rights.locked(connection, server_id, user_id)
        seen.check(Permission.MANAGE_CHANNELS)
        position, count = await queries.next_position(connection, server_id)
        if count >= CHANNEL_LIMIT:
            raise CoterieError(errors.TOO_MANY_CHANNELS)
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
        await record(connection, _entry(channel, user_id, "channel_create", "name", "type"))
        await append(connection, Change(server_id, f"channels/{channel.id}", "CHANNEL_CREATE", channel))
        return channel


async def edit(
    community: Community, server_id: UUID, channel_id: UUID, user_id: UUID, change: ChannelChange
) -> Channel:
    """Change a channel's name, topic, category or place; its type stays."""
    async with community.database.acquire() as connection, connection.transaction():
        found = await access.managed(community.rights, connection, server_id, channel_id, user_id)
        channel = patch.apply(found.channel, change)
        _check_limit(channel)
        await queries.update(connection, channel)
        await record(connection, _entry(channel, user_id, "channel_update", *AUDITED))
        await append(connection, Change(server_id, f"channels/{channel_id}", "CHANNEL_UPDATE", channel))
        return channel


async def delete(community: Community, server_id: UUID, channel_id: UUID, user_id: UUID) -> None:
    """Remove a channel with all that was said in it, and its overrides.

    In the log the channel goes first: were its overrides first, it would be open for a moment.
    """
    async with community.database.acquire() as connection, connection.transaction():
        before = await access.visible_in(community.rights, connection, server_id, channel_id, user_id)
        before.seen.check(Permission.MANAGE_CHANNELS)
        await lock(connection, [server_id, channel_id, *await notifications.holders(connection, channel_id)])
        found = await access.managed(community.rights, connection, server_id, channel_id, user_id)
        await record(connection, _entry(found.channel, user_id, "channel_delete", "name"))
        gone = {"id": channel_id, "server_id": server_id}
        await append(
            connection,
            *await voice.empty_channel(connection, channel_id),
            Change(server_id, f"channels/{channel_id}", "CHANNEL_DELETE", gone, is_removal=True),
            *(override.removal(server_id) for override in access.overrides(found)),
            *await endings.end_place(connection, channel_id),
            *await documents.all_gone(connection, channel_id),
        )
        await queries.delete(connection, channel_id)


def _entry(channel: Channel, actor_id: UUID, action: Action, *fields: str) -> Entry:
    """For the audit log: what was done to a channel, with these of its fields."""
    details = {field: getattr(channel, field) for field in fields}
    return Entry(channel.server_id, actor_id, action, "channel", channel.id, details)


def _check_limit(channel: Channel) -> None:
    if channel.user_limit is not None and channel.type != "voice":
        sentence = errors.NO_USER_LIMIT.sentence
        raise CoterieError(errors.NO_USER_LIMIT, fields={"user_limit": sentence})
