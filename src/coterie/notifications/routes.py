"""The routes of notification levels."""

from uuid import UUID

from litestar import get, put
from litestar.params import FromPath, JSONBody

from coterie.http.injection import CurrentViewer, Injected
from coterie.notifications import actions, queries
from coterie.notifications.models import LevelChoice, NotificationLevel
from coterie.permissions.context import ActionContext


@put("/servers/{server_id:str}/notifications", status_code=200)
async def set_for_server(
    context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID], data: JSONBody[LevelChoice]
) -> NotificationLevel:
    """Set your notification level for a server; null means the default (all)."""
    return await actions.set_for_server(context, server_id, viewer.user_id, data)


@put("/channels/{channel_id:str}/notifications", status_code=200)
async def set_for_channel(
    context: Injected[ActionContext], viewer: CurrentViewer, channel_id: FromPath[UUID], data: JSONBody[LevelChoice]
) -> NotificationLevel:
    """Set your notification level for a channel; null means its server's level."""
    return await actions.set_for_place(context, channel_id, viewer.user_id, data)


@put("/conversations/{conversation_id:str}/notifications", status_code=200)
async def set_for_conversation(
    context: Injected[ActionContext],
    viewer: CurrentViewer,
    conversation_id: FromPath[UUID],
    data: JSONBody[LevelChoice],
) -> NotificationLevel:
    """Set your notification level for a conversation; null means the default (all)."""
    context = context
    return await actions.set_for_place(context, conversation_id, viewer.user_id, data, is_conversation=True)


@get("/users/@me/notifications")
async def levels(context: Injected[ActionContext], viewer: CurrentViewer) -> list[NotificationLevel]:
    """All levels that you have set; a missing channel uses its server's, anything else the default."""
    return await queries.levels_of(context.database, viewer.user_id)


ROUTES = [set_for_server, set_for_channel, set_for_conversation, levels]
