"""The routes of roles, of the overrides of channels, and of what somebody may."""

from uuid import UUID

from litestar import delete, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from coterie.channels import access as channels
from coterie.guards import Asking, Here
from coterie.permissions import access, actions, effective
from coterie.permissions.models import Effective, Override, OverrideSetting, Role, RoleChange, RoleCreation


@post("/servers/{server_id:str}/roles")
async def create_role(services: Here, viewer: Asking, server_id: FromPath[UUID], data: JSONBody[RoleCreation]) -> Role:
    """Add a role below one's own, with permissions that one has (MANAGE_ROLES)."""
    return await actions.create_role(services.community, server_id, viewer.user_id, data)


@get("/servers/{server_id:str}/roles")
async def roles(services: Here, viewer: Asking, server_id: FromPath[UUID]) -> list[Role]:
    """The roles of a server, the highest first."""
    seen = await services.rights.in_server(services.database, server_id, viewer.user_id)
    return access.structure_of(seen).roles_by_rank


@patch("/servers/{server_id:str}/roles/{role_id:str}")
async def edit_role(
    services: Here, viewer: Asking, server_id: FromPath[UUID], role_id: FromPath[UUID], data: JSONBody[RoleChange]
) -> Role:
    """Change a role below one's own (MANAGE_ROLES)."""
    return await actions.edit_role(services.community, server_id, role_id, viewer.user_id, data)


@delete("/servers/{server_id:str}/roles/{role_id:str}")
async def delete_role(services: Here, viewer: Asking, server_id: FromPath[UUID], role_id: FromPath[UUID]) -> None:
    """Remove a role below one's own, with its overrides (MANAGE_ROLES)."""
    await actions.delete_role(services.community, server_id, role_id, viewer.user_id)


@put("/servers/{server_id:str}/members/{user_id:str}/roles/{role_id:str}", status_code=204)
async def give_role(
    services: Here, viewer: Asking, server_id: FromPath[UUID], user_id: FromPath[UUID], role_id: FromPath[UUID]
) -> None:
    """Give a member who stands below oneself a role below one's own (MANAGE_ROLES)."""
    await actions.give_role(services.community, server_id, role_id, viewer.user_id, user_id)


@delete("/servers/{server_id:str}/members/{user_id:str}/roles/{role_id:str}")
async def take_role(
    services: Here, viewer: Asking, server_id: FromPath[UUID], user_id: FromPath[UUID], role_id: FromPath[UUID]
) -> None:
    """Take a role below one's own from a member who stands below oneself (MANAGE_ROLES)."""
    await actions.take_role(services.community, server_id, role_id, viewer.user_id, user_id)


@get("/channels/{channel_id:str}/overrides")
async def overrides(services: Here, viewer: Asking, channel_id: FromPath[UUID]) -> list[Override]:
    """What a channel allows and denies: first to roles (the server's id stands for everybody), then to members."""
    found = await channels.visible(services.rights, services.database, channel_id, viewer.user_id)
    return channels.overrides(found)


@put("/channels/{channel_id:str}/overrides")
async def set_override(
    services: Here, viewer: Asking, channel_id: FromPath[UUID], data: JSONBody[OverrideSetting]
) -> Override:
    """Allow and deny in a channel what one may there oneself (MANAGE_CHANNELS in it)."""
    return await actions.set_override(services.community, channel_id, viewer.user_id, data)


@delete("/channels/{channel_id:str}/overrides/{override_id:str}")
async def delete_override(
    services: Here, viewer: Asking, channel_id: FromPath[UUID], override_id: FromPath[UUID]
) -> None:
    """Remove an override (MANAGE_CHANNELS in the channel)."""
    await actions.delete_override(services.community, channel_id, override_id, viewer.user_id)


@get("/channels/{channel_id:str}/permissions")
async def permissions(
    services: Here,
    viewer: Asking,
    channel_id: FromPath[UUID],
    user_id: FromQuery[UUID | None] = None,
    role_id: FromQuery[UUID | None] = None,
) -> Effective:
    """What one may in a channel; or what another member, or somebody with only this role, may (MANAGE_ROLES).

    The server's id as `role_id` means somebody without roles.
    """
    seen = await services.rights.in_channel(services.database, channel_id, viewer.user_id)
    if role_id is not None:
        return effective.of_role(seen, channel_id, role_id)
    if user_id is not None and user_id != viewer.user_id:
        return await effective.of_member(services.rights, services.database, seen, user_id)
    return effective.own(seen)


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
