"""Read the inbox, and mark it as read. What is read depends on the channels' read marks."""

import asyncio
from collections.abc import Collection
from uuid import UUID

from coterie.inbox import queries
from coterie.inbox.models import Inbox, InboxItem, Reason
from coterie.inbox.queries import NEWEST, Cursor, MentioningMessage, Places
from coterie.messages import actions as messages_actions
from coterie.messages.actions import Messages
from coterie.messages.parts import with_parts
from coterie.messages.queries import conversations_of


async def inbox(messages: Messages, user_id: UUID, before: UUID | None, limit: int, *, is_unread_only: bool) -> Inbox:
    """A page of the messages that mention a user, in channels that they can view now; empty if `before` is unknown."""
    places = await _places(messages, user_id)
    start = await _start(messages, places, before)
    if start is None:
        return Inbox([], has_more=False)
    read = queries.unread if is_unread_only else queries.newest
    found = await read(messages.database, user_id, places, start, limit + 1)
    items = await _items(messages, user_id, found[:limit], {role for role, _ in places.roles})
    return Inbox(items, has_more=len(found) > limit)


async def mark_read(messages: Messages, user_id: UUID) -> None:
    """Mark each channel as read up to the last message in it that mentions the user."""
    places = await _places(messages, user_id)
    last = await queries.last_unread(messages.database, user_id, places)
    await asyncio.gather(
        *(messages_actions.mark_read(messages, channel, user_id, message) for channel, message in last)
    )


async def _places(messages: Messages, user_id: UUID) -> Places:
    authority = await messages.permissions.memberships(messages.database, user_id)
    channels = [channel for each in authority for channel in each.visible_channels]
    roles = [
        (role, each.structure.server_id)
        for each in authority
        if each.structure and each.member_state
        for role in each.member_state.role_ids
    ]
    return Places([*channels, *await conversations_of(messages.database, user_id)], roles)


async def _start(messages: Messages, places: Places, before: UUID | None) -> Cursor | None:
    """Where the page begins; None if the viewer cannot see the message `before`."""
    if before is None:
        return NEWEST
    found = await queries.place_of(messages.database, before)
    return found if found is not None and found.channel_id in places.channels else None


async def _items(
    messages: Messages, user_id: UUID, found: list[MentioningMessage], roles: Collection[UUID]
) -> list[InboxItem]:
    complete = await with_parts(messages.database, [each.message for each in found], user_id)
    return [
        InboxItem(message, each.server_id, _reason(each, user_id, roles), each.is_read)
        for each, message in zip(found, complete, strict=True)
    ]


def _reason(found: MentioningMessage, user_id: UUID, roles: Collection[UUID]) -> Reason:
    """The most direct way in which the message mentions the user, if there are several."""
    message = found.message
    if message.type == "system":
        return "event"
    if user_id in message.mention_user_ids:
        return "reply" if found.answers else "mention"
    return "role" if any(role in roles for role in message.mention_role_ids) else "everyone"
