"""The routes of a server's channels."""

from uuid import UUID

from litestar import delete, get, patch, post
from litestar.params import FromPath, JSONBody

from coterie.channels import access, actions
from coterie.channels.limits import CHANNELS
from coterie.channels.models import ChannelChange, ChannelCreation, ChannelMoves
from coterie.http.injection import CurrentViewer, Injected, counted
from coterie.permissions.context import ActionContext
from coterie.permissions.models import Channel


@post("/servers/{server_id:str}/channels", opt=counted(CHANNELS))
async def create(
    context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID], data: JSONBody[ChannelCreation]
) -> Channel:
    """Add a channel (MANAGE_CHANNELS)."""
    return await actions.create(context, server_id, viewer.user_id, data)


@get("/servers/{server_id:str}/channels")
async def listing(context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID]) -> list[Channel]:
    """The channels that you can view, in their order."""
    authority = await context.permissions.in_server(context.database, server_id, viewer.user_id)
    return access.ordered(authority)


@patch("/servers/{server_id:str}/channels")
async def move(
    context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID], data: JSONBody[ChannelMoves]
) -> list[Channel]:
    """Give several channels their positions and categories at once (MANAGE_CHANNELS in each): all of them, or none."""
    return await actions.move(context, server_id, viewer.user_id, data)


@get("/servers/{server_id:str}/channels/{channel_id:str}")
async def one(
    context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID], channel_id: FromPath[UUID]
) -> Channel:
    """One channel."""
    found = await access.visible_in(context.permissions, context.database, server_id, channel_id, viewer.user_id)
    return found.channel


@patch("/servers/{server_id:str}/channels/{channel_id:str}")
async def edit(
    context: Injected[ActionContext],
    viewer: CurrentViewer,
    server_id: FromPath[UUID],
    channel_id: FromPath[UUID],
    data: JSONBody[ChannelChange],
) -> Channel:
    """Change a channel (MANAGE_CHANNELS in it)."""
    return await actions.edit(context, server_id, channel_id, viewer.user_id, data)


@delete("/servers/{server_id:str}/channels/{channel_id:str}")
async def remove(
    context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID], channel_id: FromPath[UUID]
) -> None:
    """Remove a channel with all its messages (MANAGE_CHANNELS in it)."""
    await actions.delete(context, server_id, channel_id, viewer.user_id)


ROUTES = [create, listing, move, one, edit, remove]
