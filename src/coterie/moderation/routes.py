"""The routes of moderation."""

from typing import Annotated, TypeVar
from uuid import UUID

from litestar import delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from coterie import errors
from coterie.errors import CoterieError
from coterie.http.answering import ONE_LINE, decode
from coterie.http.injection import SPARING, CurrentViewer, Injected, ViewerRequest, counted
from coterie.http.rate_limits import WRITES
from coterie.moderation import actions
from coterie.moderation.models import Against, BanOrder, BanPage, KickOrder, ListedBan, Restored, Timeout, TimeoutOrder
from coterie.permissions.context import ActionContext

BAN_LIMIT = 1_000

Order = TypeVar("Order", KickOrder, BanOrder)


@post("/servers/{server_id:str}/members/{user_id:str}/kick", opt=SPARING | counted(WRITES), status_code=204)
async def kick(
    request: ViewerRequest, context: Injected[ActionContext], server_id: FromPath[UUID], user_id: FromPath[UUID]
) -> None:
    """Take a member out, who may come back (KICK_MEMBERS). A body may give a `reason`."""
    order = await _ordered(request, KickOrder)
    await actions.kick(context, Against(server_id, request.viewer.user_id, user_id), order)


@post("/servers/{server_id:str}/members/{user_id:str}/ban", opt=SPARING | counted(WRITES), status_code=204)
async def ban(
    request: ViewerRequest, context: Injected[ActionContext], server_id: FromPath[UUID], user_id: FromPath[UUID]
) -> None:
    """Ban a user, who need not be a member (BAN_MEMBERS). A body may give a `reason`.

    With `delete_message_hours` (up to 168) what they wrote in that time is removed, and can be brought back for a week.
    """
    order = await _ordered(request, BanOrder)
    await actions.ban(context, Against(server_id, request.viewer.user_id, user_id), order)


@get("/servers/{server_id:str}/bans")
async def bans(
    context: Injected[ActionContext],
    viewer: CurrentViewer,
    server_id: FromPath[UUID],
    after: FromQuery[UUID | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=BAN_LIMIT)] = BAN_LIMIT,
    q: Annotated[str | None, QueryParameter(min_length=1, max_length=32, pattern=ONE_LINE)] = None,
) -> list[ListedBan]:
    """Who is banned, newest first (BAN_MEMBERS); `after` is the `user_id` to continue from.

    With a `q` those with a name that begins so, in the order of the names, the first `limit` of them.
    """
    return await actions.bans(context, server_id, viewer.user_id, BanPage(limit, after, q))


@delete("/servers/{server_id:str}/bans/{user_id:str}")
async def unban(
    context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID], user_id: FromPath[UUID]
) -> None:
    """Unban a user (BAN_MEMBERS). A repeat changes nothing."""
    await actions.unban(context, server_id, viewer.user_id, user_id)


@post("/servers/{server_id:str}/bans/{user_id:str}/restore-messages", status_code=200)
async def restore_messages(
    context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID], user_id: FromPath[UUID]
) -> Restored:
    """Restore the messages of a user that bans of the last week deleted (BAN_MEMBERS). The ban stays."""
    return Restored(await actions.restore_messages(context, server_id, viewer.user_id, user_id))


@post("/servers/{server_id:str}/members/{user_id:str}/timeout", status_code=200)
async def time_out(
    context: Injected[ActionContext],
    viewer: CurrentViewer,
    server_id: FromPath[UUID],
    user_id: FromPath[UUID],
    data: JSONBody[TimeoutOrder],
) -> Timeout:
    """Let a member only read for a while (MUTE_MEMBERS)."""
    return await actions.time_out(context, Against(server_id, viewer.user_id, user_id), data)


@delete("/servers/{server_id:str}/members/{user_id:str}/timeout")
async def end_timeout(
    context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID], user_id: FromPath[UUID]
) -> None:
    """End the timeout of a member (MUTE_MEMBERS). A repeat changes nothing."""
    await actions.end_timeout(context, Against(server_id, viewer.user_id, user_id))


async def _ordered(request: ViewerRequest, order: type[Order]) -> Order:
    """The order in the body. A body that cannot be read as one is ignored, but an invalid value in it is refused."""
    try:
        found: Order = decode(await request.body(), order)
    except CoterieError as error:
        if error.entry is errors.INVALID:
            raise
        return order()
    return found


ROUTES = [kick, ban, bans, unban, restore_messages, time_out, end_timeout]
