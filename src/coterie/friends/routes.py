"""The routes of friends, requests, blocks and privacy."""

from typing import Literal
from uuid import UUID

from litestar import delete, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from coterie.friends import actions, privacy, queries, requests
from coterie.friends.actions import Friends
from coterie.friends.limits import FRIENDS
from coterie.friends.models import (
    BlockedPerson,
    Contacts,
    FriendRequests,
    Privacy,
    PrivacyChange,
    RequestCreation,
    RequestOutcome,
    RequestResponse,
    ResponseOutcome,
)
from coterie.http.injection import COSTLY, CurrentViewer, Injected, counted
from coterie.permissions.context import ActionContext


@post("/friends/request", opt=counted(FRIENDS), status_code=200)
async def ask(friends: Injected[Friends], viewer: CurrentViewer, data: JSONBody[RequestCreation]) -> RequestOutcome:
    """Send a friend request, by email address, username or id; a request in return accepts it.

    What the rules forbid is answered with `success` false, a sentence and its code.
    """
    return await requests.ask(friends, viewer.user_id, data)


@get("/friends/requests")
async def open_requests(
    context: Injected[ActionContext],
    viewer: CurrentViewer,
    direction: FromQuery[Literal["incoming", "outgoing", "all"]] = "incoming",
) -> FriendRequests:
    """The requests that wait for an answer, newest first."""
    found = await queries.pending(context.database, viewer.user_id)
    if direction == "all":
        return FriendRequests(found)
    is_incoming = direction == "incoming"
    return FriendRequests([each for each in found if (each.to_user_id == viewer.user_id) == is_incoming])


@post("/friends/respond", status_code=200)
async def respond(
    friends: Injected[Friends], viewer: CurrentViewer, data: JSONBody[RequestResponse]
) -> ResponseOutcome:
    """Accept or decline a request that you received. Accepting opens a direct conversation, or finds it."""
    conversation = await requests.respond(friends, viewer.user_id, data.request_id, accept=data.accept)
    return ResponseOutcome(success=True, error=None, conversation_id=conversation)


@delete("/friends/requests/{request_id:str}")
async def cancel(friends: Injected[Friends], viewer: CurrentViewer, request_id: FromPath[UUID]) -> None:
    """Cancel a request that you sent. A repeat changes nothing."""
    await requests.cancel(friends, viewer.user_id, request_id)


@get("/contacts", opt=COSTLY)
async def contacts(context: Injected[ActionContext], viewer: CurrentViewer) -> Contacts:
    """Your friends, by name."""
    return Contacts(await queries.contacts(context.database, viewer.user_id))


@delete("/friends/{user_id:str}")
async def part(friends: Injected[Friends], viewer: CurrentViewer, user_id: FromPath[UUID]) -> None:
    """End a friendship. A repeat changes nothing."""
    await actions.end_friendship(friends, viewer.user_id, user_id)


@get("/blocks", opt=COSTLY)
async def blocks(context: Injected[ActionContext], viewer: CurrentViewer) -> list[BlockedPerson]:
    """The accounts that you block, newest first."""
    return await queries.blocks(context.database, viewer.user_id)


@put("/blocks/{user_id:str}", status_code=204)
async def block(friends: Injected[Friends], viewer: CurrentViewer, user_id: FromPath[UUID]) -> None:
    """Block an account, which is not notified: no requests, no direct messages, no calls. A repeat changes nothing."""
    await actions.block(friends, viewer.user_id, user_id)


@delete("/blocks/{user_id:str}")
async def unblock(friends: Injected[Friends], viewer: CurrentViewer, user_id: FromPath[UUID]) -> None:
    """Unblock an account. A repeat changes nothing."""
    await actions.unblock(friends, viewer.user_id, user_id)


@get("/users/@me/privacy")
async def own_privacy(context: Injected[ActionContext], viewer: CurrentViewer) -> Privacy:
    """Who can send you requests and direct messages, and whether others see what you have read."""
    return await privacy.privacy(context.database, viewer.user_id)


@patch("/users/@me/privacy")
async def edit_privacy(
    context: Injected[ActionContext], viewer: CurrentViewer, data: JSONBody[PrivacyChange]
) -> Privacy:
    """Change your privacy settings."""
    return await privacy.edit(context.database, viewer.user_id, data)


ROUTES = [
    ask,
    open_requests,
    respond,
    cancel,
    contacts,
    part,
    blocks,
    block,
    unblock,
    own_privacy,
    edit_privacy,
]
