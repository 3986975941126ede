"""Looking into the inbox, and marking it as read. Whether something is read, the channels' read marks say."""

import asyncio
from collections.abc import Collection
from uuid import UUID

from coterie.inbox import queries
from coterie.inbox.models import Inbox, InboxItem, Reason
from coterie.inbox.queries import NEWEST, Called, Cursor, Places
from coterie.messages import actions as messages_actions
from coterie.messages.actions import Messages
from coterie.messages.queries import conversations_of


async def inbox(messages: Messages, user_id: UUID, before: UUID | None, limit: int, *, is_unread_only: bool) -> Inbox:
    """A page of what calls somebody in places that they may view at this moment; empty behind an unknown message."""
    places = await _places(messages, user_id)
    start = await _start(messages, places, before)
    if start is None:
        return Inbox([], has_more=False)
    read = queries.unread if is_unread_only else queries.newest
    found = await read(messages.database, user_id, places, start, limit + 1)
    items = await _items(messages, user_id, found[:limit], {role for role, _ in places.roles})
    return Inbox(items, has_more=len(found) > limit)


async def mark_read(messages: Messages, user_id: UUID) -> None:
    """Mark each place as read up to the last message of it that calls somebody."""
    places = await _places(messages, user_id)
    last = await queries.last_unread(messages.database, user_id, places)
    await asyncio.gather(
        *(messages_actions.mark_read(messages, channel, user_id, message) for channel, message in last)
    )


async def _places(messages: Messages, user_id: UUID) -> Places:
    seen = await messages.rights.memberships(messages.database, user_id)
    channels = [channel for each in seen for channel in each.visible_channels]
    roles = [
        (role, each.structure.server_id)
        for each in seen
        if each.structure and each.standing
        for role in each.standing.role_ids
    ]
    return Places([*channels, *await conversations_of(messages.database, user_id)], roles)


async def _start(messages: Messages, places: Places, before: UUID | None) -> Cursor | None:
    """Where the page begins; None behind a message that the viewer may not see."""
    if before is None:
        return NEWEST
    found = await queries.place_of(messages.database, before)
    return found if found is not None and found.channel_id in places.channels else None


async def _items(messages: Messages, user_id: UUID, found: list[Called], roles: Collection[UUID]) -> list[InboxItem]:
    complete = await messages_actions.with_reactions(messages.database, [each.message for each in found], user_id)
    return [
        InboxItem(message, each.server_id, _reason(each, user_id, roles), each.is_read)
        for each, message in zip(found, complete, strict=True)
    ]


def _reason(called: Called, user_id: UUID, roles: Collection[UUID]) -> Reason:
    """The closest way of calling, if there are several."""
    message = called.message
    if user_id in message.mention_user_ids:
        return "reply" if called.answers else "mention"
    return "role" if any(role in roles for role in message.mention_role_ids) else "everyone"
