"""The actions on conversations: open, change, add people, leave, hide.

Participants are logged in the conversation's topic and in the topic of each participant, both in the transaction of the
action. A system message records each change: after it when a participant joins, before it when one leaves, so that its
author always takes part. Accounts are locked before topics.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec

from coterie import errors
from coterie.accounts.queries import hold
from coterie.conversations import access, queries, views
from coterie.conversations.access import Group
from coterie.conversations.errors import TOO_MANY_GROUPS, TOO_MANY_PARTICIPANTS
from coterie.conversations.group_changes import GroupChange
from coterie.conversations.models import (
    Conversation,
    ConversationChange,
    ConversationCreation,
    Participation,
    SharedConversation,
)
from coterie.conversations.opening import beginning, open_direct
from coterie.database.connection import Connection, Database
from coterie.endings import endings
from coterie.errors import CoterieError
from coterie.http import patch
from coterie.identifiers import new_id
from coterie.log.append import Change, append, lock
from coterie.messages import receipts
from coterie.messages.actions import add_system_messages
from coterie.messages.system_messages import SystemMessage
from coterie.permissions.messaging import check_may_message
from coterie.permissions.topic_limit import check_topics

PARTICIPANT_LIMIT: Final = 50
GROUP_LIMIT: Final = 200
"""Groups per account: limits what a connection has to follow."""


async def create(database: Database, user_id: UUID, creation: ConversationCreation) -> tuple[Conversation, bool]:
    """The direct conversation with the named user, found or created; or a new group, for several users or with a name.

    Returns it as its creator sees it, and whether it is new.
    """
    others = set(creation.participant_ids) - {user_id}
    if not others:
        raise CoterieError(errors.NOT_YOURSELF)
    if len(others) == 1 and creation.name is None:
        return await open_with(database, user_id, others.pop())
    if len(others) >= PARTICIPANT_LIMIT:
        raise CoterieError(TOO_MANY_PARTICIPANTS)
    async with database.acquire() as connection, connection.transaction():
        people = [user_id, *sorted(others)]
        await _prepare_to_join(connection, user_id, others, people)
        await check_topics(connection, user_id)
        made = SharedConversation(new_id(), False, creation.name, creation.description, user_id, datetime.now(UTC))
        await queries.insert(connection, made, people)
        await append(connection, *await beginning(connection, made, people))
    return await shown(database, user_id, made.id), True


async def open_with(database: Database, user_id: UUID, other: UUID) -> tuple[Conversation, bool]:
    """The direct conversation with another user, and whether it is new. A hidden one is shown again.

    An existing one opens even between people who block each other: they can still read it.
    """
    async with database.acquire() as connection, connection.transaction():
        await hold(connection, [user_id, other])
        await lock(connection, [user_id, other])
        if await queries.direct(connection, *sorted((user_id, other))) is None and user_id != other:
            await check_may_message(connection, user_id, [other])
            await check_topics(connection, user_id)
        id, was_made = await open_direct(connection, user_id, other)
        if not was_made:
            await _set_hidden(connection, id, user_id, is_hidden=False)
    return await shown(database, user_id, id), was_made


async def shown(database: Database, user_id: UUID, conversation_id: UUID) -> Conversation:
    """A conversation as the user sees it; NOT_FOUND if the user does not take part in it."""
    found = await views.shown(database, user_id, [conversation_id])
    if not found:
        raise CoterieError(errors.NOT_FOUND)
    return found[0]


async def edit(database: Database, conversation_id: UUID, user_id: UUID, change: ConversationChange) -> Conversation:
    """Change a group's name or description, or make another participant its owner."""
    async with database.acquire() as connection, connection.transaction():
        group = await access.locked_group(connection, conversation_id, user_id)
        changed = patch.apply(group.conversation, change)
        if changed.owner_id != group.conversation.owner_id:
            group.check_owner(user_id)
            if changed.owner_id not in group.ids:
                raise CoterieError(errors.NOT_FOUND)
        if changed != group.conversation:
            await queries.update(connection, changed)
            await append(connection, _updated(changed))
            await add_system_messages(connection, conversation_id, *_messages_for(group, changed, user_id))
    return await shown(database, user_id, conversation_id)


async def add(database: Database, conversation_id: UUID, user_id: UUID, newcomer: UUID) -> None:
    """Add a user who accepts messages from the caller to a group; does nothing if they are in it already."""
    async with database.acquire() as connection, connection.transaction():
        await hold(connection, [newcomer])
        group = await access.locked_group(connection, conversation_id, user_id, also=[newcomer])
        if newcomer in group.ids:
            return
        await _check_capacity(connection, user_id, {newcomer}, len(group.people))
        now = datetime.now(UTC)
        await queries.add(connection, conversation_id, newcomer, now)
        people = {each.user_id: each for each in await queries.participants(connection, conversation_id)}
        own = Participation(conversation_id, False, now)
        await append(
            connection,
            Change(conversation_id, f"participants/{newcomer}", "PARTICIPANT_ADD", people[newcomer]),
            Change(newcomer, f"conversations/{conversation_id}", "DM_CHANNEL_CREATE", own),
        )
        coming = GroupChange("participant_add", people[user_id], people[newcomer])
        await add_system_messages(connection, conversation_id, coming.message)


async def remove(database: Database, conversation_id: UUID, user_id: UUID, leaver: UUID) -> None:
    """Leave a group, or remove another participant as its owner; their messages stay.

    If the owner leaves, the longest-standing participant becomes owner. When the last one leaves, the group is deleted.
    """
    async with database.acquire() as connection, connection.transaction():
        await hold(connection, [leaver])  # a new picture of theirs is logged before they leave, or not at all
        group = await access.locked_group(connection, conversation_id, user_id, also=[leaver])
        if leaver != user_id:
            group.check_owner(user_id)
        if leaver not in group.ids:
            raise CoterieError(errors.NOT_FOUND)
        if len(group.people) == 1:
            await _end(connection, conversation_id, leaver)
        else:
            await _take_out(connection, group, leaver, user_id)


async def depart(connection: Connection, conversation_id: UUID, leaver: UUID) -> None:
    """A participant whose account is deleted leaves, also from a direct conversation; their messages stay.

    Inside the caller's transaction, which has locked the account.
    """
    await lock(connection, {conversation_id, leaver})
    group = await access.group(connection, conversation_id, leaver)
    if len(group.people) == 1:
        await _end(connection, conversation_id, leaver)
    elif group.conversation.is_direct:
        ended = await endings.with_participation(connection, conversation_id, leaver)
        had_receipts = await queries.remove(connection, conversation_id, leaver)
        await append(connection, *ended.before, *_out(conversation_id, leaver, had_receipts=had_receipts), *ended.after)
    else:
        await _take_out(connection, group, leaver, leaver)


async def set_hidden(database: Database, conversation_id: UUID, user_id: UUID, *, is_hidden: bool) -> None:
    """Hide a conversation until the next message, or show it again; only the user's own devices receive the change."""
    async with database.acquire() as connection, connection.transaction():
        if not await queries.takes_part(connection, conversation_id, user_id):
            raise CoterieError(errors.NOT_FOUND)
        await lock(connection, [user_id])
        await _set_hidden(connection, conversation_id, user_id, is_hidden=is_hidden)


async def profile_changes(connection: Connection, user_id: UUID) -> list[Change]:
    """The changes for a user's conversations when their picture or name changed; the account must be locked."""
    return [
        Change(conversation, f"participants/{user_id}", "PARTICIPANT_UPDATE", participant)
        for conversation, participant in (await queries.as_participant(connection, user_id)).items()
    ]


async def _prepare_to_join(
    connection: Connection, user_id: UUID, others: Collection[UUID], people: Collection[UUID]
) -> None:
    """Lock the accounts and topics of everyone in a new group, and check that each of them can join."""
    await hold(connection, people)
    await lock(connection, people)
    await _check_capacity(connection, user_id, others, 0)
    if await queries.most_groups(connection, [user_id]) >= GROUP_LIMIT:
        raise CoterieError(TOO_MANY_GROUPS)


async def _check_capacity(connection: Connection, user_id: UUID, newcomers: Collection[UUID], present: int) -> None:
    await check_may_message(connection, user_id, newcomers)
    if present + len(newcomers) > PARTICIPANT_LIMIT:
        raise CoterieError(TOO_MANY_PARTICIPANTS)
    if await queries.most_groups(connection, newcomers) >= GROUP_LIMIT:
        raise CoterieError(TOO_MANY_GROUPS)


async def _take_out(connection: Connection, group: Group, leaver: UUID, actor: UUID) -> None:
    conversation = group.conversation
    heir = next(each for each in group.people if each.user_id != leaver)
    is_inherited = conversation.owner_id in (leaver, None)
    succession = [GroupChange("owner_succession", heir).message] if is_inherited else []
    ended = await endings.with_participation(connection, conversation.id, leaver)
    await add_system_messages(connection, conversation.id, _leave_message(group, leaver, actor), *succession)
    had_receipts = await queries.remove(connection, conversation.id, leaver)
    after = [*_out(conversation.id, leaver, had_receipts=had_receipts), *ended.after]
    if is_inherited:
        conversation = msgspec.structs.replace(conversation, owner_id=heir.user_id)
        await queries.update(connection, conversation)
        after.append(_updated(conversation))
    await append(connection, *ended.before, *after)


async def _end(connection: Connection, conversation_id: UUID, last: UUID) -> None:
    """The last participant leaves, and the conversation is deleted."""
    ended = await endings.with_participation(connection, conversation_id, last)
    await append(connection, *ended.before, _left(conversation_id, last), *ended.after)
    await queries.delete(connection, conversation_id)


async def _set_hidden(connection: Connection, conversation_id: UUID, user_id: UUID, *, is_hidden: bool) -> None:
    changed = await queries.set_hidden(connection, conversation_id, user_id, is_hidden=is_hidden)
    if changed is not None:
        key = f"conversations/{conversation_id}"
        await append(connection, Change(user_id, key, "CONVERSATION_STATE_UPDATE", changed))


def _leave_message(group: Group, leaver: UUID, actor: UUID) -> SystemMessage:
    if leaver == actor:
        return GroupChange("participant_leave", group.person(actor)).message
    return GroupChange("participant_remove", group.person(actor), group.person(leaver)).message


def _messages_for(group: Group, changed: SharedConversation, actor: UUID) -> list[SystemMessage]:
    """The system messages for a change; a new description needs none."""
    messages: list[GroupChange] = []
    if changed.name != group.conversation.name:
        messages.append(GroupChange("name_change", group.person(actor), name=changed.name))
    if changed.owner_id is not None and changed.owner_id != group.conversation.owner_id:
        messages.append(GroupChange("owner_change", group.person(actor), group.person(changed.owner_id)))
    return [each.message for each in messages]


def _updated(conversation: SharedConversation) -> Change:
    return Change(conversation.id, "conversation", "CONVERSATION_UPDATE", conversation)


def _out(conversation_id: UUID, leaver: UUID, *, had_receipts: bool) -> list[Change]:
    """The changes when a participant is gone, for those who stay and for the one who left."""
    gone = {"conversation_id": conversation_id, "user_id": leaver}
    return [
        Change(conversation_id, f"participants/{leaver}", "PARTICIPANT_REMOVE", gone, is_removal=True),
        *([receipts.forgotten(conversation_id, leaver)] if had_receipts else []),
        _left(conversation_id, leaver),
    ]


def _left(conversation_id: UUID, user_id: UUID) -> Change:
    """The change for the user who left or was removed."""
    gone = {"id": conversation_id}
    return Change(user_id, f"conversations/{conversation_id}", "CONVERSATION_LEAVE", gone, is_removal=True)
