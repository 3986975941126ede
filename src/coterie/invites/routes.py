"""The routes of invites."""

from uuid import UUID

from litestar import delete, get, post
from litestar.params import FromPath, JSONBody

from coterie.guards import Asking, Here
from coterie.invites import actions
from coterie.invites.models import Accepted, InviteCreation, InvitePreview, ServerInvite


@post("/servers/{server_id:str}/invites")
async def create(
    services: Here, viewer: Asking, server_id: FromPath[UUID], data: JSONBody[InviteCreation]
) -> ServerInvite:
    """Make an invite (CREATE_INVITES). Without an end it is good until it is revoked."""
    return await actions.create(services.community, server_id, viewer.user_id, data)


@get("/servers/{server_id:str}/invites")
async def invites(services: Here, viewer: Asking, server_id: FromPath[UUID]) -> list[ServerInvite]:
    """All invites of a server, newest first, those included that are of no use any more (CREATE_INVITES)."""
    return await actions.invites(services.community, server_id, viewer.user_id)


@delete("/servers/{server_id:str}/invites/{invite_id:str}")
async def revoke(services: Here, viewer: Asking, server_id: FromPath[UUID], invite_id: FromPath[UUID]) -> None:
    """Revoke an invite (CREATE_INVITES). Who came by it stays."""
    await actions.revoke(services.community, server_id, viewer.user_id, invite_id)


@get("/invites/{code:str}")
async def preview(services: Here, viewer: Asking, code: FromPath[str]) -> InvitePreview:
    """What an invite leads to, while it is good."""
    return await actions.preview(services.database, code, viewer.user_id)


@post("/invites/{code:str}/accept")
async def accept(services: Here, viewer: Asking, code: FromPath[str]) -> Accepted:
    """Join the server of an invite, private ones too."""
    server_id = await actions.accept(services.database, code, viewer.user_id)
    services.presence.announce(viewer.user_id)
    return Accepted("Welcome.", server_id)


ROUTES = [create, invites, revoke, preview, accept]
