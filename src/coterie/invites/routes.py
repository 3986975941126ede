"""The routes of invites."""

from uuid import UUID

from litestar import delete, get, post
from litestar.params import FromPath, JSONBody

from coterie.http.injection import LOGIN, CurrentViewer, Injected, counted
from coterie.invites import actions
from coterie.invites.limits import INVITES
from coterie.invites.models import Accepted, InviteCreation, InvitePage, InvitePreview, ServerInvite
from coterie.permissions.context import ActionContext
from coterie.presence.tracker import Presence
from coterie.servers.limits import JOINS


@post("/servers/{server_id:str}/invites", opt=counted(INVITES))
async def create(
    context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID], data: JSONBody[InviteCreation]
) -> ServerInvite:
    """Make an invite (CREATE_INVITES). Without an end it is good until it is revoked."""
    return await actions.create(context, server_id, viewer.user_id, data)


@get("/servers/{server_id:str}/invites")
async def invites(
    context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID]
) -> list[ServerInvite]:
    """All invites of a server, newest first, including those that can no longer be used (CREATE_INVITES)."""
    return await actions.invites(context, server_id, viewer.user_id)


@delete("/servers/{server_id:str}/invites/{invite_id:str}")
async def revoke(
    context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID], invite_id: FromPath[UUID]
) -> None:
    """Revoke an invite (CREATE_INVITES). Members who joined with it stay."""
    await actions.revoke(context, server_id, viewer.user_id, invite_id)


@get("/invites/{code:str}", opt=counted(INVITES))
async def preview(context: Injected[ActionContext], viewer: CurrentViewer, code: FromPath[str]) -> InvitePreview:
    """What an invite leads to, while it is good."""
    return await actions.preview(context.database, code, viewer.user_id)


@get("/invites/{code:str}/page", opt=LOGIN | {"refusals": (410,)})
async def page(context: Injected[ActionContext], code: FromPath[str]) -> InvitePage:
    """What the page of an invite shows to visitors, with or without an account: who invites to what."""
    return await actions.page(context.database, code)


@post("/invites/{code:str}/accept", opt=counted(INVITES, JOINS))
async def accept(
    context: Injected[ActionContext], presence: Injected[Presence], viewer: CurrentViewer, code: FromPath[str]
) -> Accepted:
    """Join the server of an invite, private ones too."""
    server_id = await actions.accept(context.database, code, viewer.user_id)
    presence.announce(viewer.user_id)
    return Accepted("Welcome.", server_id)


ROUTES = [create, invites, revoke, preview, page, accept]
