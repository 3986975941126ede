"""The routes of notification levels."""

from uuid import UUID

from litestar import get, put
from litestar.params import FromPath, JSONBody

from coterie.guards import Asking, Here
from coterie.notifications import actions, queries
from coterie.notifications.models import LevelChoice, NotificationLevel


@put("/servers/{server_id:str}/notifications", status_code=200)
async def set_for_server(
    services: Here, viewer: Asking, server_id: FromPath[UUID], data: JSONBody[LevelChoice]
) -> NotificationLevel:
    """Say what one wants to be told of a server; null leaves it to the default (all)."""
    return await actions.set_for_server(services.community, server_id, viewer.user_id, data)


@put("/channels/{channel_id:str}/notifications", status_code=200)
async def set_for_channel(
    services: Here, viewer: Asking, channel_id: FromPath[UUID], data: JSONBody[LevelChoice]
) -> NotificationLevel:
    """Say what one wants to be told of a channel; null leaves it to its server."""
    return await actions.set_for_place(services.community, channel_id, viewer.user_id, data)


@put("/conversations/{conversation_id:str}/notifications", status_code=200)
async def set_for_conversation(
    services: Here, viewer: Asking, conversation_id: FromPath[UUID], data: JSONBody[LevelChoice]
) -> NotificationLevel:
    """Say what one wants to be told of a conversation; null leaves it to the default (all)."""
    community = services.community
    return await actions.set_for_place(community, conversation_id, viewer.user_id, data, is_conversation=True)


@get("/users/@me/notifications")
async def levels(services: Here, viewer: Asking) -> list[NotificationLevel]:
    """All that one has set; a place that is missing goes by what is around it."""
    return await queries.levels_of(services.database, viewer.user_id)


ROUTES = [set_for_server, set_for_channel, set_for_conversation, levels]
