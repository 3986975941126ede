"""The routes of servers, their members and templates."""

from typing import Annotated
from uuid import UUID

from litestar import delete, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from coterie.guards import Asking, Here
from coterie.servers import access, actions, queries
from coterie.servers.models import (
    CountedServer,
    Joined,
    MemberChange,
    OwnerChange,
    OwnMember,
    PresentMember,
    ServerChange,
    ServerCreation,
    ServerTemplate,
)
from coterie.servers.templates import TEMPLATES
from coterie.web import ONE_LINE

BROWSE_LIMIT = 50
MEMBER_LIMIT = 5_000
FOUND_LIMIT = 100


@post("/servers")
async def create(services: Here, viewer: Asking, data: JSONBody[ServerCreation]) -> CountedServer:
    """Make a server, empty or from a template."""
    return await actions.create(services.database, viewer.user_id, data)


@get("/servers")
async def mine(services: Here, viewer: Asking) -> list[CountedServer]:
    """The servers that one is in, oldest first."""
    return await queries.servers_of(services.database, viewer.user_id)


@get("/servers/browse")
async def browse(services: Here, viewer: Asking) -> list[CountedServer]:
    """Public servers, the largest 50 first."""
    return await queries.public_servers(services.database, BROWSE_LIMIT)


@get("/servers/{server_id:str}")
async def one(services: Here, viewer: Asking, server_id: FromPath[UUID]) -> CountedServer:
    """A server that one is in."""
    return await access.visible(services.database, server_id, viewer.user_id)


@patch("/servers/{server_id:str}")
async def edit(
    services: Here, viewer: Asking, server_id: FromPath[UUID], data: JSONBody[ServerChange]
) -> CountedServer:
    """Change a server (MANAGE_SERVER); what every member may (MANAGE_ROLES)."""
    return await actions.edit(services.community, server_id, viewer.user_id, data)


@put("/servers/{server_id:str}/owner")
async def hand_over(
    services: Here, viewer: Asking, server_id: FromPath[UUID], data: JSONBody[OwnerChange]
) -> CountedServer:
    """Hand a server that one owns over to another member."""
    return await actions.hand_over(services.community, server_id, viewer.user_id, data.user_id)


@delete("/servers/{server_id:str}")
async def remove(services: Here, viewer: Asking, server_id: FromPath[UUID]) -> None:
    """Remove a server that one owns, with everything in it."""
    await actions.delete(services.community, server_id, viewer.user_id)


@post("/servers/{server_id:str}/join")
async def join(services: Here, viewer: Asking, server_id: FromPath[UUID]) -> Joined:
    """Join a public server."""
    await actions.join(services.community, server_id, viewer.user_id)
    services.presence.announce(viewer.user_id)
    return Joined("Welcome.")


@delete("/servers/{server_id:str}/leave")
async def leave(services: Here, viewer: Asking, server_id: FromPath[UUID]) -> None:
    """Leave a server."""
    await actions.leave(services.community, server_id, viewer.user_id)


@get("/servers/{server_id:str}/members")
async def members(
    services: Here,
    viewer: Asking,
    server_id: FromPath[UUID],
    after: FromQuery[UUID | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=MEMBER_LIMIT)] = MEMBER_LIMIT,
) -> list[PresentMember]:
    """The members in the order in which they joined; `after` is the `user_id` to go on from."""
    await access.visible(services.database, server_id, viewer.user_id)
    return await queries.members(services.database, server_id, after, limit)


@get("/servers/{server_id:str}/members/search")
async def find_members(
    services: Here,
    viewer: Asking,
    server_id: FromPath[UUID],
    q: Annotated[str, QueryParameter(min_length=1, max_length=32, pattern=ONE_LINE)],
    limit: Annotated[int, QueryParameter(ge=1, le=FOUND_LIMIT)] = 50,
) -> list[PresentMember]:
    """The members with a name that begins with `q`, without regard to case, in the order of those names.

    Names are the nickname in this server, the display name and the user name.
    """
    await access.visible(services.database, server_id, viewer.user_id)
    return await queries.named(services.database, server_id, q, limit)


@get("/servers/{server_id:str}/members/@me")
async def me(services: Here, viewer: Asking, server_id: FromPath[UUID]) -> OwnMember:
    """What one is in a server, and what one may in it."""
    return await actions.own_member(services.community, server_id, viewer.user_id)


@patch("/servers/{server_id:str}/members/@me")
async def edit_me(
    services: Here, viewer: Asking, server_id: FromPath[UUID], data: JSONBody[MemberChange]
) -> PresentMember:
    """Change one's own nickname; null for none."""
    return await actions.edit_member(services.community, server_id, viewer.user_id, viewer.user_id, data)


@patch("/servers/{server_id:str}/members/{user_id:str}")
async def edit_member(
    services: Here, viewer: Asking, server_id: FromPath[UUID], user_id: FromPath[UUID], data: JSONBody[MemberChange]
) -> PresentMember:
    """Change the nickname of a member who stands below oneself (KICK_MEMBERS); null for none."""
    return await actions.edit_member(services.community, server_id, viewer.user_id, user_id, data)


@get("/server-templates")
async def templates(viewer: Asking) -> list[ServerTemplate]:
    """What a new server can begin with."""
    return TEMPLATES


ROUTES = [
    create,
    mine,
    browse,
    one,
    edit,
    hand_over,
    remove,
    join,
    leave,
    members,
    find_members,
    me,
    edit_me,
    edit_member,
    templates,
]
