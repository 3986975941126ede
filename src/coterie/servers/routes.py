"""The routes of servers, their members and templates."""

from typing import Annotated
from uuid import UUID

from litestar import delete, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from coterie.http.answering import ONE_LINE
from coterie.http.compression import COMPRESSED
from coterie.http.injection import COSTLY, PEOPLE_ONLY, CurrentViewer, Injected, counted
from coterie.permissions.context import ActionContext
from coterie.presence.tracker import Presence
from coterie.servers import access, actions, member_list_queries, queries
from coterie.servers.limits import JOINS, NICKNAME, SERVERS, SNAPSHOTS
from coterie.servers.models import (
    CountedServer,
    Joined,
    MemberChange,
    OwnerChange,
    OwnMember,
    PresentMember,
    PublicServer,
    ServerChange,
    ServerCreation,
    ServerTemplate,
)
from coterie.servers.templates import TEMPLATES

BROWSE_LIMIT = 50
MEMBER_LIMIT = 5_000
FOUND_LIMIT = 100


@post("/servers", opt=PEOPLE_ONLY | counted(SERVERS))
async def create(
    context: Injected[ActionContext], viewer: CurrentViewer, data: JSONBody[ServerCreation]
) -> CountedServer:
    """Make a server, empty or from a template. Bots cannot."""
    return await actions.create(context.database, viewer.user_id, data)


@get("/servers")
async def mine(context: Injected[ActionContext], viewer: CurrentViewer) -> list[CountedServer]:
    """Your servers, oldest first."""
    return await queries.servers_of(context.database, viewer.user_id)


@get("/servers/browse")
async def browse(context: Injected[ActionContext], viewer: CurrentViewer) -> list[PublicServer]:
    """Public servers, the largest 50 first."""
    return await queries.public_servers(context.database, viewer.user_id, BROWSE_LIMIT)


@get("/servers/{server_id:str}")
async def one(context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID]) -> CountedServer:
    """One of your servers."""
    return await access.visible(context.database, server_id, viewer.user_id)


@patch("/servers/{server_id:str}")
async def edit(
    context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID], data: JSONBody[ServerChange]
) -> CountedServer:
    """Change a server (MANAGE_SERVER), or the default permissions of its members (MANAGE_ROLES)."""
    return await actions.edit(context, server_id, viewer.user_id, data)


@put("/servers/{server_id:str}/owner")
async def hand_over(
    context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID], data: JSONBody[OwnerChange]
) -> CountedServer:
    """Transfer your server to another member."""
    return await actions.hand_over(context, server_id, viewer.user_id, data.user_id)


@delete("/servers/{server_id:str}")
async def remove(context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID]) -> None:
    """Delete your server, with everything in it."""
    await actions.delete(context, server_id, viewer.user_id)


@post("/servers/{server_id:str}/join", opt=counted(JOINS))
async def join(
    context: Injected[ActionContext], presence: Injected[Presence], viewer: CurrentViewer, server_id: FromPath[UUID]
) -> Joined:
    """Join a public server."""
    await actions.join(context, server_id, viewer.user_id)
    presence.announce(viewer.user_id)
    return Joined("Welcome.")


@delete("/servers/{server_id:str}/leave")
async def leave(context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID]) -> None:
    """Leave a server."""
    await actions.leave(context, server_id, viewer.user_id)


@get("/servers/{server_id:str}/members", opt=counted(SNAPSHOTS) | COMPRESSED | COSTLY)
async def members(
    context: Injected[ActionContext],
    viewer: CurrentViewer,
    server_id: FromPath[UUID],
    after: FromQuery[UUID | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=MEMBER_LIMIT)] = MEMBER_LIMIT,
) -> list[PresentMember]:
    """The members in the order in which they joined; `after` is the `user_id` to continue from."""
    await access.visible(context.database, server_id, viewer.user_id)
    return await member_list_queries.members(context.database, server_id, after, limit)


@get("/servers/{server_id:str}/members/search", opt=COSTLY)
async def find_members(
    context: Injected[ActionContext],
    viewer: CurrentViewer,
    server_id: FromPath[UUID],
    q: Annotated[str, QueryParameter(min_length=1, max_length=32, pattern=ONE_LINE)],
    limit: Annotated[int, QueryParameter(ge=1, le=FOUND_LIMIT)] = 50,
) -> list[PresentMember]:
    """The members with a name that begins with `q`, without regard to case, in the order of those names.

    Names are the nickname in this server, the display name and the username.
    """
    await access.visible(context.database, server_id, viewer.user_id)
    return await member_list_queries.named(context.database, server_id, q, limit)


@get("/servers/{server_id:str}/members/@me")
async def me(context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID]) -> OwnMember:
    """Your membership and permissions in a server."""
    return await actions.own_member(context, server_id, viewer.user_id)


@patch("/servers/{server_id:str}/members/@me", opt=counted(NICKNAME))
async def edit_me(
    context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID], data: JSONBody[MemberChange]
) -> PresentMember:
    """Change your nickname; null for none."""
    return await actions.edit_member(context, server_id, viewer.user_id, viewer.user_id, data)


@patch("/servers/{server_id:str}/members/{user_id:str}", opt=counted(NICKNAME))
async def edit_member(
    context: Injected[ActionContext],
    viewer: CurrentViewer,
    server_id: FromPath[UUID],
    user_id: FromPath[UUID],
    data: JSONBody[MemberChange],
) -> PresentMember:
    """Change the nickname of a member below you (KICK_MEMBERS); null for none."""
    return await actions.edit_member(context, server_id, viewer.user_id, user_id, data)


@get("/server-templates")
async def templates(viewer: CurrentViewer) -> list[ServerTemplate]:
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
