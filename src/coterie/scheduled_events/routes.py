"""The routes of scheduled events."""

from typing import Annotated
from uuid import UUID

from litestar import delete, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from coterie.http.injection import MESSAGES, CurrentViewer, Injected, counted
from coterie.messages import pages
from coterie.messages.actions import Messages
from coterie.messages.limits import REACTIONS
from coterie.messages.models import EventAnswer, Message, ScheduledEvent
from coterie.scheduled_events import actions
from coterie.scheduled_events.models import AnswerPage, Attendee, EventChange, EventCreation, GivenAnswer

PAGE = 50


@post("/channels/{channel_id:str}/events", opt=MESSAGES)
async def create(
    messages: Injected[Messages], viewer: CurrentViewer, channel_id: FromPath[UUID], data: JSONBody[EventCreation]
) -> Message:
    """Announce an event: a message that others answer. A repeated nonce makes no second one."""
    return await actions.create(messages, channel_id, viewer.user_id, data)


@get("/servers/{server_id:str}/events")
async def upcoming(
    messages: Injected[Messages], viewer: CurrentViewer, server_id: FromPath[UUID]
) -> list[ScheduledEvent]:
    """The events of a server that are to come or going on, the next first, at most 50: of channels that you can see."""
    return await actions.upcoming(messages, server_id, viewer.user_id)


@get("/events/{event_id:str}")
async def read(messages: Injected[Messages], viewer: CurrentViewer, event_id: FromPath[UUID]) -> ScheduledEvent:
    """An event with how many answered what, and your own answer."""
    return await actions.read(messages, event_id, viewer.user_id)


@patch("/events/{event_id:str}", opt=MESSAGES)
async def change(
    messages: Injected[Messages], viewer: CurrentViewer, event_id: FromPath[UUID], data: JSONBody[EventChange]
) -> ScheduledEvent:
    """Change your own event, or with MANAGE_MESSAGES anyone's. Missing fields stay, and null clears."""
    return await actions.change(messages, event_id, viewer.user_id, data)


@post("/events/{event_id:str}/cancel", status_code=200)
async def cancel(messages: Injected[Messages], viewer: CurrentViewer, event_id: FromPath[UUID]) -> ScheduledEvent:
    """Cancel your own event, or with MANAGE_MESSAGES anyone's. Those who are interested or coming are told."""
    return await actions.cancel(messages, event_id, viewer.user_id)


@put("/events/{event_id:str}/answer", opt=counted(REACTIONS))
async def answer(
    messages: Injected[Messages], viewer: CurrentViewer, event_id: FromPath[UUID], data: JSONBody[GivenAnswer]
) -> ScheduledEvent:
    """Say whether you are interested, coming, or not coming, in place of what you said before."""
    return await actions.answer(messages, event_id, viewer.user_id, data.answer)


@delete("/events/{event_id:str}/answer", opt=counted(REACTIONS), status_code=200)
async def retract(messages: Injected[Messages], viewer: CurrentViewer, event_id: FromPath[UUID]) -> ScheduledEvent:
    """Take your answer back."""
    return await actions.answer(messages, event_id, viewer.user_id, None)


@get("/events/{event_id:str}/answers/{answer:str}")
async def attendees(
    messages: Injected[Messages],
    viewer: CurrentViewer,
    event_id: FromPath[UUID],
    answer: FromPath[EventAnswer],
    *,
    after: FromQuery[UUID | None] = None,
    limit: Annotated[int, QueryParameter(description="At most 100. Values outside 1 to 100 are clamped.")] = PAGE,
) -> list[Attendee]:
    """Who gave an answer; `after` is the last user of the page before."""
    page = AnswerPage(answer, max(1, min(limit, pages.PAGE_LIMIT)), after)
    return await actions.attendees(messages, event_id, viewer.user_id, page)


ROUTES = [create, upcoming, read, change, cancel, answer, retract, attendees]
