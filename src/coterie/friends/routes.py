"""The routes of friends, requests, blocks and privacy."""

from typing import Literal
from uuid import UUID

from litestar import delete, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from coterie.friends import actions, privacy, queries, requests
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
from coterie.guards import FRIENDS, Asking, Here


@post("/friends/request", opt=FRIENDS, status_code=200)
async def ask(services: Here, viewer: Asking, data: JSONBody[RequestCreation]) -> RequestOutcome:
    """Ask somebody to be friends, by e-mail address, user name or id; who asks back accepts.

    What the rules forbid is answered with `success` false, a sentence and its code.
    """
    return await requests.ask(services.friends, viewer.user_id, data)


@get("/friends/requests")
async def open_requests(
    services: Here, viewer: Asking, direction: FromQuery[Literal["incoming", "outgoing", "all"]] = "incoming"
) -> FriendRequests:
    """The requests that wait for an answer, newest first."""
    found = await queries.pending(services.database, viewer.user_id)
    if direction == "all":
        return FriendRequests(found)
    is_incoming = direction == "incoming"
    return FriendRequests([each for each in found if (each.to_user_id == viewer.user_id) == is_incoming])


@post("/friends/respond", status_code=200)
async def respond(services: Here, viewer: Asking, data: JSONBody[RequestResponse]) -> ResponseOutcome:
    """Accept or decline a request to oneself. Accepting opens a direct conversation, or finds it."""
    conversation = await requests.respond(services.friends, viewer.user_id, data.request_id, accept=data.accept)
    return ResponseOutcome(success=True, error=None, conversation_id=conversation)


@delete("/friends/requests/{request_id:str}")
async def cancel(services: Here, viewer: Asking, request_id: FromPath[UUID]) -> None:
    """Take back a request of one's own. A repeat changes nothing."""
    await requests.cancel(services.friends, viewer.user_id, request_id)


@get("/contacts")
async def contacts(services: Here, viewer: Asking) -> Contacts:
    """One's friends by name."""
    return Contacts(await queries.contacts(services.database, viewer.user_id))


@delete("/friends/{user_id:str}")
async def part(services: Here, viewer: Asking, user_id: FromPath[UUID]) -> None:
    """End a friendship. A repeat changes nothing."""
    await actions.part(services.friends, viewer.user_id, user_id)


@get("/blocks")
async def blocks(services: Here, viewer: Asking) -> list[BlockedPerson]:
    """Whom one blocks, newest first."""
    return await queries.blocks(services.database, viewer.user_id)


@put("/blocks/{user_id:str}", status_code=204)
async def block(services: Here, viewer: Asking, user_id: FromPath[UUID]) -> None:
    """Block somebody, who is not told: no requests, no direct messages, no calls. A repeat changes nothing."""
    await actions.block(services.friends, viewer.user_id, user_id)


@delete("/blocks/{user_id:str}")
async def unblock(services: Here, viewer: Asking, user_id: FromPath[UUID]) -> None:
    """Unblock somebody. A repeat changes nothing."""
    await actions.unblock(services.friends, viewer.user_id, user_id)


@get("/users/@me/privacy")
async def own_privacy(services: Here, viewer: Asking) -> Privacy:
    """Who may send one requests and direct messages, and whether others see what one has read."""
    return await privacy.privacy(services.database, viewer.user_id)


@patch("/users/@me/privacy")
async def edit_privacy(services: Here, viewer: Asking, data: JSONBody[PrivacyChange]) -> Privacy:
    """Change the own privacy."""
    return await privacy.edit(services.database, viewer.user_id, data)


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
