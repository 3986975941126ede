"""The routes of a server's channels."""

from uuid import UUID

from litestar import delete, get, patch, post
from litestar.params import FromPath, JSONBody

from coterie.channels import access, actions
from coterie.channels.models import Channel, ChannelChange, ChannelCreation
from coterie.guards import Asking, Here


@post("/servers/{server_id:str}/channels")
async def create(services: Here, viewer: Asking, server_id: FromPath[UUID], data: JSONBody[ChannelCreation]) -> Channel:
    """Add a channel (MANAGE_CHANNELS)."""
    return await actions.create(services.community, server_id, viewer.user_id, data)


@get("/servers/{server_id:str}/channels")
async def listing(services: Here, viewer: Asking, server_id: FromPath[UUID]) -> list[Channel]:
    """The channels that one may view, in their order."""
    seen = await services.rights.in_server(services.database, server_id, viewer.user_id)
    return access.ordered(seen)


@get("/servers/{server_id:str}/channels/{channel_id:str}")
async def one(services: Here, viewer: Asking, server_id: FromPath[UUID], channel_id: FromPath[UUID]) -> Channel:
    """One channel."""
    found = await access.visible_in(services.rights, services.database, server_id, channel_id, viewer.user_id)
    return found.channel


@patch("/servers/{server_id:str}/channels/{channel_id:str}")
async def edit(
    services: Here, viewer: Asking, server_id: FromPath[UUID], channel_id: FromPath[UUID], data: JSONBody[ChannelChange]
) -> Channel:
    """Change a channel (MANAGE_CHANNELS in it)."""
    return await actions.edit(services.community, server_id, channel_id, viewer.user_id, data)


@delete("/servers/{server_id:str}/channels/{channel_id:str}")
async def remove(services: Here, viewer: Asking, server_id: FromPath[UUID], channel_id: FromPath[UUID]) -> None:
    """Remove a channel with all that was said in it (MANAGE_CHANNELS in it)."""
    await actions.delete(services.community, server_id, channel_id, viewer.user_id)


ROUTES = [create, listing, one, edit, remove]
