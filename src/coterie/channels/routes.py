"""The routes of a server's channels."""

from uuid import UUID

from litestar import delete, get, patch, post
from litestar.params import FromPath, JSONBody

from coterie.channels import access, actions, queries
from coterie.channels.models import Channel, ChannelChange, ChannelCreation
from coterie.guards import Asking, Here
from coterie.servers import access as servers


@post("/servers/{server_id:str}/channels")
async def create(services: Here, viewer: Asking, server_id: FromPath[UUID], data: JSONBody[ChannelCreation]) -> Channel:
    """Add a channel to a server that one owns."""
    return await actions.create(services.database, server_id, viewer.user_id, data)


@get("/servers/{server_id:str}/channels")
async def listing(services: Here, viewer: Asking, server_id: FromPath[UUID]) -> list[Channel]:
    """The channels in their order."""
    await servers.visible(services.database, server_id, viewer.user_id)
    return await queries.channels(services.database, server_id)


@get("/servers/{server_id:str}/channels/{channel_id:str}")
async def one(services: Here, viewer: Asking, server_id: FromPath[UUID], channel_id: FromPath[UUID]) -> Channel:
    """One channel."""
    return await access.visible_in(services.database, server_id, channel_id, viewer.user_id)


@patch("/servers/{server_id:str}/channels/{channel_id:str}")
async def edit(
    services: Here, viewer: Asking, server_id: FromPath[UUID], channel_id: FromPath[UUID], data: JSONBody[ChannelChange]
) -> Channel:
    """Change a channel of a server that one owns."""
    return await actions.edit(services.database, server_id, channel_id, viewer.user_id, data)


@delete("/servers/{server_id:str}/channels/{channel_id:str}")
async def remove(services: Here, viewer: Asking, server_id: FromPath[UUID], channel_id: FromPath[UUID]) -> None:
    """Remove a channel with all that was said in it."""
    await actions.delete(services.database, server_id, channel_id, viewer.user_id)


ROUTES = [create, listing, one, edit, remove]
