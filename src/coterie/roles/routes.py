"""The routes of roles, overrides of channels, and permissions."""

from uuid import UUID

from litestar import delete, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from coterie.channels import access as channels
from coterie.http.injection import CurrentViewer, Injected
from coterie.permissions import effective, hierarchy
from coterie.permissions.context import ActionContext
from coterie.permissions.models import Effective, Override, OverrideSetting, Role, RoleChange, RoleCreation
from coterie.roles import actions


@post("/servers/{server_id:str}/roles")
async def create_role(
    context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID], data: JSONBody[RoleCreation]
) -> Role:
    """Create a role below your own, with permissions that you have (MANAGE_ROLES)."""
    return await actions.create_role(context, server_id, viewer.user_id, data)


@get("/servers/{server_id:str}/roles")
async def roles(context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID]) -> list[Role]:
    """The roles of a server, the highest first."""
    authority = await context.permissions.in_server(context.database, server_id, viewer.user_id)
    return hierarchy.structure_of(authority).roles_by_rank


@patch("/servers/{server_id:str}/roles/{role_id:str}")
async def edit_role(
    context: Injected[ActionContext],
    viewer: CurrentViewer,
    server_id: FromPath[UUID],
    role_id: FromPath[UUID],
    data: JSONBody[RoleChange],
) -> Role:
    """Change a role below your own (MANAGE_ROLES)."""
    return await actions.edit_role(context, server_id, role_id, viewer.user_id, data)


@delete("/servers/{server_id:str}/roles/{role_id:str}")
async def delete_role(
    context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID], role_id: FromPath[UUID]
) -> None:
    """Delete a role below your own, with its overrides (MANAGE_ROLES)."""
    await actions.delete_role(context, server_id, role_id, viewer.user_id)


@put("/servers/{server_id:str}/members/{user_id:str}/roles/{role_id:str}", status_code=204)
async def give_role(
    context: Injected[ActionContext],
    viewer: CurrentViewer,
    server_id: FromPath[UUID],
    user_id: FromPath[UUID],
    role_id: FromPath[UUID],
) -> None:
    """Give a member below you a role below your own (MANAGE_ROLES)."""
    await actions.give_role(context, server_id, role_id, viewer.user_id, user_id)


@delete("/servers/{server_id:str}/members/{user_id:str}/roles/{role_id:str}")
async def take_role(
    context: Injected[ActionContext],
    viewer: CurrentViewer,
    server_id: FromPath[UUID],
    user_id: FromPath[UUID],
    role_id: FromPath[UUID],
) -> None:
    """Remove a role below your own from a member below you (MANAGE_ROLES)."""
    await actions.take_role(context, server_id, role_id, viewer.user_id, user_id)


@get("/channels/{channel_id:str}/overrides")
async def overrides(
    context: Injected[ActionContext], viewer: CurrentViewer, channel_id: FromPath[UUID]
) -> list[Override]:
    """What a channel allows and denies: first to roles (the server's id stands for everyone), then to members."""
    found = await channels.visible(context.permissions, context.database, channel_id, viewer.user_id)
    return channels.overrides(found)


@put("/channels/{channel_id:str}/overrides")
async def set_override(
    context: Injected[ActionContext], viewer: CurrentViewer, channel_id: FromPath[UUID], data: JSONBody[OverrideSetting]
) -> Override:
    """Allow or deny permissions in a channel that you have there yourself (MANAGE_CHANNELS in it)."""
    return await actions.set_override(context, channel_id, viewer.user_id, data)


@delete("/channels/{channel_id:str}/overrides/{override_id:str}")
async def delete_override(
    context: Injected[ActionContext], viewer: CurrentViewer, channel_id: FromPath[UUID], override_id: FromPath[UUID]
) -> None:
    """Remove an override (MANAGE_CHANNELS in the channel)."""
    await actions.delete_override(context, channel_id, override_id, viewer.user_id)


@get("/channels/{channel_id:str}/permissions")
async def permissions(
    context: Injected[ActionContext],
    viewer: CurrentViewer,
    channel_id: FromPath[UUID],
    user_id: FromQuery[UUID | None] = None,
    role_id: FromQuery[UUID | None] = None,
) -> Effective:
    """Your permissions in a channel; or those of another member, or of anyone with only this role (MANAGE_ROLES).

    The server's id as `role_id` means anyone without roles.
    """
    authority = await context.permissions.in_channel(context.database, channel_id, viewer.user_id)
    if role_id is not None:
        return effective.of_role(authority, channel_id, role_id)
    if user_id is not None and user_id != viewer.user_id:
        return await effective.of_member(context.permissions, context.database, authority, user_id)
    return effective.own(authority)


ROUTES = [
    create_role,
    roles,
    edit_role,
    delete_role,
    give_role,
    take_role,
    overrides,
    set_override,
    delete_override,
    permissions,
]
