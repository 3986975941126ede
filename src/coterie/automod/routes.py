"""The routes of automod."""

from typing import Annotated
from uuid import UUID

from litestar import delete, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter

from coterie.automod import actions
from coterie.automod.models import AutomodChange, AutomodLog, AutomodWordFilter, RuleTrial, WordCreation
from coterie.filtering.models import AutomodConfig
from coterie.http.injection import SPARING, CurrentViewer, Injected, counted
from coterie.http.rate_limits import SEARCH, WRITES
from coterie.permissions.context import ActionContext

Defaults = Annotated[bool, QueryParameter(description="Whether to answer with the defaults if none were ever set.")]


@get("/servers/{server_id:str}/automod")
async def config(
    context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID], *, defaults: Defaults = False
) -> AutomodConfig:
    """A server's rules (MANAGE_SERVER); 404 if none were ever set."""
    return await actions.config(context, server_id, viewer.user_id, or_default=defaults)


@patch("/servers/{server_id:str}/automod", opt=SPARING | counted(WRITES))
async def change(
    context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID], data: JSONBody[AutomodChange]
) -> AutomodConfig:
    """Change a server's rules (MANAGE_SERVER). They apply to every message from then on."""
    return await actions.change(context, server_id, viewer.user_id, data)


@get("/servers/{server_id:str}/automod/words")
async def words(
    context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID]
) -> list[AutomodWordFilter]:
    """The words that a server forbids, oldest first, up to 500 (MANAGE_SERVER)."""
    return await actions.words(context, server_id, viewer.user_id)


@post("/servers/{server_id:str}/automod/words")
async def add_word(
    context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID], data: JSONBody[WordCreation]
) -> AutomodWordFilter:
    """Forbid a word (MANAGE_SERVER). A word that is forbidden already is returned as it is."""
    return await actions.add_word(context, server_id, viewer.user_id, data)


@delete("/servers/{server_id:str}/automod/words/{word:str}")
async def remove_word(
    context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID], word: FromPath[str]
) -> None:
    """Allow a word again (MANAGE_SERVER). A repeat changes nothing."""
    await actions.remove_word(context, server_id, viewer.user_id, word)


@get("/servers/{server_id:str}/automod/logs")
async def logs(context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID]) -> list[AutomodLog]:
    """What automod did in the last 30 days, the newest 100 first (MANAGE_SERVER)."""
    return await actions.logs(context, server_id, viewer.user_id)


@post("/servers/{server_id:str}/automod/trial", opt=counted(SEARCH) | SPARING, status_code=200)
async def trial(
    context: Injected[ActionContext], viewer: CurrentViewer, server_id: FromPath[UUID], data: JSONBody[AutomodChange]
) -> RuleTrial:
    """What the rules, with a change that is not made, would have done to the last week's messages (MANAGE_SERVER)."""
    return await actions.trial(context, server_id, viewer.user_id, data)


ROUTES = [config, change, words, add_word, remove_word, logs, trial]
