"""Announce events, change and cancel them, and answer: all through the gate of messages."""

from datetime import UTC, datetime
from functools import cache
from typing import Final
from uuid import UUID
from zoneinfo import available_timezones

from msgspec import UNSET, UnsetType
from msgspec.structs import asdict, replace

from coterie import errors
from coterie.errors import CoterieError
from coterie.messages import actions as gate
from coterie.messages import scheduled, scheduled_operations
from coterie.messages.actions import Messages
from coterie.messages.author import UserAuthor
from coterie.messages.changing.request import ChangeRequest
from coterie.messages.models import EventAnswer, EventRepeat, Message, MessageCreation, ScheduledEvent
from coterie.messages.operations import Operation
from coterie.messages.parts import with_parts
from coterie.messages.sending import drafts
from coterie.messages.sending.attempt import Sending
from coterie.naming import BREAKS, visible
from coterie.permissions.authority import Authority
from coterie.scheduled_events import access, queries
from coterie.scheduled_events.models import (
    FIRST_YEAR,
    LAST_YEAR,
    LIST_LIMIT,
    NAME_BYTES,
    AnswerPage,
    Attendee,
    EventChange,
    EventCreation,
)

OFTEN: Final[dict[EventRepeat, str]] = {
    "daily": "every day",
    "weekly": "every week",
    "biweekly": "every two weeks",
    "monthly": "every month",
}


async def create(messages: Messages, channel_id: UUID, author_id: UUID, creation: EventCreation) -> Message:
    """Announce an event at the end of a channel; returns when it is durable."""
    planned = _event(channel_id, author_id, creation)
    authority = await messages.permissions.in_channel(messages.database, channel_id, author_id)
    planned = _checked(planned, authority)
    said = MessageCreation(_text(planned), nonce=creation.nonce)
    draft = drafts.created(channel_id, author_id, said).draft
    draft = replace(draft, type="event", event=replace(planned, id=draft.id, created_at=draft.created_at))
    message = await gate.create(messages, Sending(draft))
    return message if message.event is not None else await _repeated(messages, message, planned)


async def upcoming(messages: Messages, server_id: UUID, user_id: UUID) -> list[ScheduledEvent]:
    """The next events of a server, of the channels that the user can see."""
    authority = await messages.permissions.in_server(messages.database, server_id, user_id)
    return await queries.upcoming(messages.database, authority.visible_channels, user_id, LIST_LIMIT)


async def read(messages: Messages, event_id: UUID, user_id: UUID) -> ScheduledEvent:
    return await access.visible(messages, event_id, user_id)


async def change(messages: Messages, event_id: UUID, user_id: UUID, changed: EventChange) -> ScheduledEvent:
    """Announce something else; what is the same already changes nothing."""
    given = {name: value for name, value in asdict(changed).items() if not isinstance(value, UnsetType)}

    def apply(event: ScheduledEvent, authority: Authority) -> tuple[ScheduledEvent, str]:
        is_elsewhere = changed.voice_channel_id not in (UNSET, event.voice_channel_id)
        after = _checked(replace(event, **given), authority if is_elsewhere else None)
        return after, _text(after)

    request = _request(event_id, user_id, scheduled_operations.change(apply))
    await gate.rewrite(messages, request)
    return await _shown(messages, event_id, user_id)


async def cancel(messages: Messages, event_id: UUID, user_id: UUID) -> ScheduledEvent:
    """Say that an event does not take place, unless that was said."""
    return await _operate(messages, event_id, user_id, scheduled_operations.cancel())


async def answer(messages: Messages, event_id: UUID, user_id: UUID, given: EventAnswer | None) -> ScheduledEvent:
    """Replace the user's answer; the same again changes nothing, and None takes it back."""
    return await _operate(messages, event_id, user_id, scheduled_operations.answer(given))


async def attendees(messages: Messages, event_id: UUID, user_id: UUID, page: AnswerPage) -> list[Attendee]:
    """A page of the users who gave an answer."""
    await access.visible(messages, event_id, user_id)
    return await queries.attendees(messages.database, event_id, page)


async def _operate(messages: Messages, event_id: UUID, user_id: UUID, operation: Operation) -> ScheduledEvent:
    await gate.change(messages, _request(event_id, user_id, operation))
    return await _shown(messages, event_id, user_id)


def _request(event_id: UUID, user_id: UUID, operation: Operation) -> ChangeRequest:
    return ChangeRequest(event_id, UserAuthor(user_id), operation, counted="event")


async def _shown(messages: Messages, event_id: UUID, user_id: UUID) -> ScheduledEvent:
    found = await scheduled.read(messages.database, [event_id], user_id)
    if event_id not in found:
        raise CoterieError(errors.NOT_FOUND)  # deleted since
    return found[event_id]


async def _repeated(messages: Messages, message: Message, planned: ScheduledEvent) -> Message:
    """The message that an earlier try made, or the same nonce first, if that was an event of this name."""
    [complete] = await with_parts(messages.database, [message], message.author_id)
    if not message.deleted and (complete.event is None or complete.event.name != planned.name):
        raise CoterieError(errors.NONCE_REUSED)
    return complete


def _event(channel_id: UUID, author_id: UUID, creation: EventCreation) -> ScheduledEvent:
    """An event as it is given; the id and the time are those of the message that it gets."""
    return ScheduledEvent(
        id=channel_id,
        name=creation.name,
        description=creation.description,
        starts_at=creation.starts_at,
        created_by=author_id,
        created_at=creation.starts_at,
        channel_id=channel_id,
        ends_at=creation.ends_at,
        place=creation.place,
        voice_channel_id=creation.voice_channel_id,
        time_zone=creation.time_zone,
        repeat=creation.repeat,
        reminder_minutes=creation.reminder_minutes,
    )


def _checked(event: ScheduledEvent, authority: Authority | None) -> ScheduledEvent:
    """The event as it is kept. With `authority`, its voice channel must be one that the actor can see."""
    name = visible(BREAKS.sub(" ", event.name))
    if not name:
        raise _invalid("name", "Something that people can see is needed.")
    if len(name.encode()) > NAME_BYTES:
        raise _invalid("name", f"At most {NAME_BYTES} bytes.")
    if event.time_zone not in _zones():
        raise _invalid("time_zone", "The IANA name of a time zone is needed, such as Europe/Berlin.")
    starts_at = _time("starts_at", event.starts_at)
    ends_at = None if event.ends_at is None else _time("ends_at", event.ends_at)
    if ends_at is not None and ends_at <= starts_at:
        raise _invalid("ends_at", "The end must be after the start.")
    if event.voice_channel_id is not None and authority is not None:
        _check_voice_channel(event.voice_channel_id, authority)
    description = (event.description or "").strip() or None
    place = visible(BREAKS.sub(" ", event.place or "")) or None
    if place is not None and event.voice_channel_id is not None:
        raise _invalid("place", "Give either place or voice_channel_id.")
    return replace(event, name=name, description=description, place=place, starts_at=starts_at, ends_at=ends_at)


def _check_voice_channel(channel_id: UUID, authority: Authority) -> None:
    channel = authority.structure.channels.get(channel_id) if authority.structure is not None else None
    if channel is None or channel.type != "voice" or channel_id not in authority.visible_channels:
        raise _invalid("voice_channel_id", "A voice channel of this server is needed.")


def _text(event: ScheduledEvent) -> str:
    """What clients show that know no events, and what the search finds."""
    often = f", {OFTEN[event.repeat]}" if event.repeat else ""
    title = f"\N{CALENDAR} **Event** {event.name} \N{EN DASH} {event.starts_at:%Y-%m-%d %H:%M} UTC{often}"
    return "\n".join(part for part in (title, event.place, event.description) if part)


def _time(field: str, given: datetime) -> datetime:
    if given.tzinfo is None or not FIRST_YEAR < given.year <= LAST_YEAR:
        raise _invalid(field, f"A time until the year {LAST_YEAR} with its time zone is needed.")
    return given.astimezone(UTC)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _invalid(field: str, sentence: str) -> CoterieError:
    return CoterieError(errors.INVALID, f"{field}: {sentence}", fields={field: sentence})
