"""The routes of polls."""

from typing import Annotated
from uuid import UUID

from litestar import delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from coterie.http.injection import MESSAGES, CurrentViewer, Injected, counted
from coterie.messages import pages
from coterie.messages.actions import Messages
from coterie.messages.limits import REACTIONS
from coterie.messages.models import Message, Poll
from coterie.polls import actions
from coterie.polls.models import PollCreation, PollVote, Voter, VoterPage

PAGE = 50


@post("/channels/{channel_id:str}/polls", opt=MESSAGES)
async def create(
    messages: Injected[Messages], viewer: CurrentViewer, channel_id: FromPath[UUID], data: JSONBody[PollCreation]
) -> Message:
    """Create a poll: a message that others vote on. A repeated nonce makes no second one."""
    return await actions.create(messages, channel_id, viewer.user_id, data)


@get("/polls/{poll_id:str}")
async def read(messages: Injected[Messages], viewer: CurrentViewer, poll_id: FromPath[UUID]) -> Poll:
    """A poll with its results so far, and your own votes."""
    return await actions.read(messages, poll_id, viewer.user_id)


@post("/polls/{poll_id:str}/vote", opt=counted(REACTIONS), status_code=200)
async def vote(
    messages: Injected[Messages], viewer: CurrentViewer, poll_id: FromPath[UUID], data: JSONBody[PollVote]
) -> Poll:
    """Vote, in place of what you voted before."""
    return await actions.vote(messages, poll_id, viewer.user_id, data)


@delete("/polls/{poll_id:str}/vote", opt=counted(REACTIONS), status_code=200)
async def retract(messages: Injected[Messages], viewer: CurrentViewer, poll_id: FromPath[UUID]) -> Poll:
    """Take your votes back."""
    return await actions.retract(messages, poll_id, viewer.user_id)


@post("/polls/{poll_id:str}/close", status_code=200)
async def close(messages: Injected[Messages], viewer: CurrentViewer, poll_id: FromPath[UUID]) -> Poll:
    """Close your own poll, or with MANAGE_MESSAGES anyone's; nobody can vote after that."""
    return await actions.close(messages, poll_id, viewer.user_id)


@get("/polls/{poll_id:str}/options/{option_id:str}/voters")
async def voters(
    messages: Injected[Messages],
    viewer: CurrentViewer,
    poll_id: FromPath[UUID],
    option_id: FromPath[UUID],
    *,
    after: FromQuery[UUID | None] = None,
    limit: Annotated[int, QueryParameter(description="At most 100. Values outside 1 to 100 are clamped.")] = PAGE,
) -> list[Voter]:
    """Who voted for an option, unless the poll is anonymous; `after` is the last user of the page before."""
    page = VoterPage(option_id, max(1, min(limit, pages.PAGE_LIMIT)), after)
    return await actions.voters(messages, poll_id, viewer.user_id, page)


ROUTES = [create, read, vote, retract, close, voters]
