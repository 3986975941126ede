"""The routes of notification levels."""

from uuid import UUID

from litestar import get, put
from litestar.params import FromPath, JSONBody

from coterie.http.injection import CurrentViewer, Injected
from coterie.notifications import actions, queries
from coterie.notifications.models import LevelChoice, NotificationLevel
from coterie.permissions.community import Community


@put("/servers/{server_id:str}/notifications", status_code=200)
async def set_for_server(
    community: Injected[Community], viewer: CurrentViewer, server_id: FromPath[UUID], data: JSONBody[LevelChoice]
) -> NotificationLevel:
    """Set your notification level for a server; null means the default (all)."""
    return await actions.set_for_server(community, server_id, viewer.user_id, data)


@put("/channels/{channel_id:str}/notifications", status_code=200)
async def set_for_channel(
    community: Injected[Community], viewer: CurrentViewer, channel_id: FromPath[UUID], data: JSONBody[LevelChoice]
) -> NotificationLevel:
    """Set your notification level for a channel; null means its server's level."""
    return await actions.set_for_place(community, channel_id, viewer.user_id, data)


@put("/conversations/{conversation_id:str}/notifications", status_code=200)
async def set_for_conversation(
    community: Injected[Community], viewer: CurrentViewer, conversation_id: FromPath[UUID], data: JSONBody[LevelChoice]
) -> NotificationLevel:
    """Set your notification level for a conversation; null means the default (all)."""
    community = community
    return await actions.set_for_place(community, conversation_id, viewer.user_id, data, is_conversation=True)


@get("/users/@me/notifications")
async def levels(community: Injected[Community], viewer: CurrentViewer) -> list[NotificationLevel]:
    """All levels that you have set; a missing channel uses its server's, anything else the default."""
    return await queries.levels_of(community.database, viewer.user_id)


ROUTES = [set_for_server, set_for_channel, set_for_conversation, levels]
