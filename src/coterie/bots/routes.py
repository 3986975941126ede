"""The routes of bots: for the people who create them, and one for bots."""

from uuid import UUID

from litestar import delete, get, patch, post
from litestar.params import FromPath, JSONBody

from coterie.bots import actions
from coterie.bots.actions import Bots
from coterie.bots.limits import BOTS
from coterie.bots.models import Bot, BotChange, BotConnection, BotCreation, BotList, BotLog, NewBot
from coterie.http.injection import ACCOUNT, BOTS_ONLY, PEOPLE_ONLY, CurrentViewer, Injected, counted
from coterie.http.rate_limits import SEARCH


@post("/bots", opt=PEOPLE_ONLY | ACCOUNT | counted(BOTS))
async def create(bots: Injected[Bots], viewer: CurrentViewer, data: JSONBody[BotCreation]) -> NewBot:
    """Create a bot. No later answer contains the token."""
    return await actions.create(bots, viewer, data)


@get("/bots", opt=PEOPLE_ONLY | ACCOUNT)
async def listing(bots: Injected[Bots], viewer: CurrentViewer) -> BotList:
    """Your bots, revoked ones included, the oldest first; at most 50."""
    return BotList(await actions.listing(bots, viewer))


@post("/bots/connect", opt=BOTS_ONLY | ACCOUNT | counted(BOTS), status_code=200)
async def connect(bots: Injected[Bots], viewer: CurrentViewer) -> BotConnection:
    """Exchange a bot's token for an access token of 15 minutes."""
    return BotConnection(actions.connect(bots, viewer))


@get("/bots/{bot_id:str}", opt=ACCOUNT)
async def single(bots: Injected[Bots], viewer: CurrentViewer, bot_id: FromPath[UUID]) -> Bot:
    """One of your bots."""
    return await actions.get(bots, viewer, bot_id)


@patch("/bots/{bot_id:str}", opt=ACCOUNT)
async def change(bots: Injected[Bots], viewer: CurrentViewer, bot_id: FromPath[UUID], data: JSONBody[BotChange]) -> Bot:
    """Change the name or description of one of your bots."""
    return await actions.change(bots, viewer, bot_id, data)


@delete("/bots/{bot_id:str}", opt=ACCOUNT)
async def revoke(bots: Injected[Bots], viewer: CurrentViewer, bot_id: FromPath[UUID]) -> None:
    """End the token of one of your bots for good; its messages stay."""
    await actions.revoke(bots, viewer, bot_id)


@get("/bots/{bot_id:str}/logs", opt=ACCOUNT | counted(SEARCH))
async def logs(bots: Injected[Bots], viewer: CurrentViewer, bot_id: FromPath[UUID]) -> BotLog:
    """What one of your bots did, newest first: its last 50 messages, and when it was created and revoked."""
    return BotLog(await actions.log(bots, viewer, bot_id))


@post("/bots/{bot_id:str}/token/regenerate", opt=ACCOUNT | counted(BOTS), status_code=200)
async def regenerate(bots: Injected[Bots], viewer: CurrentViewer, bot_id: FromPath[UUID]) -> NewBot:
    """Give one of your bots another token; the one before is invalid at once."""
    return await actions.regenerate(bots, viewer, bot_id)


ROUTES = [create, listing, connect, single, change, revoke, logs, regenerate]
