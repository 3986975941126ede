"""READY: the state that the gateway sends a client first, and the positions from which events continue."""

from typing import Any
from uuid import UUID

from coterie.accounts import queries as account_queries
from coterie.conversations import views as conversations
from coterie.database.connection import Connection
from coterie.friends import privacy
from coterie.friends import queries as friends
from coterie.messages import unread
from coterie.notifications import queries as notification_queries
from coterie.servers import queries as server_queries
from coterie.services.making import Services
from coterie.sync.live_connection import LiveConnection


async def begin(services: Services, live: LiveConnection) -> dict[str, Any]:
    """Start a connection; returns what its client is sent first, read at the moment from which it follows."""
    ready: dict[str, Any] = {}
    viewer = live.viewer

    async def also(connection: Connection) -> None:
        ready["user"] = await account_queries.user(connection, viewer.user_id)
        ready.update(await _relations(connection, viewer.user_id))
        ready["servers"] = await server_queries.servers_of(connection, viewer.user_id)
        ready["notification_levels"] = await notification_queries.levels_of(connection, viewer.user_id)
        if not live.is_own_only:
            ready["conversations"] = await conversations.newest(connection, viewer.user_id)

    await live.begin(also)
    live.status = live.status or ready["user"].status
    ready.update(await _counts(services, live))
    ready["conversations"] = conversations.counted(ready.get("conversations", ()), ready["unread_counts"])
    ready["dm_channels"] = conversations.direct_channels(ready["conversations"])
    ready.update(await live.subscriptions.roles_and_overrides())
    ready["session_id"] = viewer.session_id
    ready["epoch"] = services.epoch
    ready["positions"] = dict(live.positions)
    return ready


async def _relations(connection: Connection, user_id: UUID) -> dict[str, Any]:
    """Friends and everything about them."""
    return {
        "contacts": await friends.contacts(connection, user_id),
        "friend_requests": await friends.pending(connection, user_id),
        "blocks": await friends.blocks(connection, user_id),
        "privacy": await privacy.privacy(connection, user_id),
    }


async def _counts(services: Services, live: LiveConnection) -> dict[str, Any]:
    """Unread counts of the followed channels, up to the positions from which they are followed."""
    counts = await unread.counts(services.database, live.viewer.user_id, live.positions)
    return {
        "unread_counts": counts,
        "mention_counts": [
            {"channel_id": each.channel_id, "count": each.mention_count} for each in counts if each.mention_count
        ],
    }
