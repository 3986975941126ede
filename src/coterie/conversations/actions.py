"""What one can do with a conversation: open it, change it, bring people in, leave, hide it.

Who takes part is in the conversation's own topic, and that one does is among each participant's own affairs; both
change in the transaction of the deed, which the history tells of as well: of coming behind it, of going before it, so
that only who takes part says something. Accounts are held before topics are locked.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec

from coterie import errors, patch
from coterie.conversations import access, happenings, queries, receipts, views
from coterie.conversations.access import Group
from coterie.conversations.happenings import Happening
from coterie.conversations.models import (
    Conversation,
    ConversationChange,
    ConversationCreation,
    Participation,
    SharedConversation,
)
from coterie.conversations.opening import beginning, open_direct
from coterie.conversations.reach import check_may_message
from coterie.database.connection import Connection, Database
from coterie.errors import CoterieError
from coterie.identifiers import new_id
from coterie.log.append import Change, append, lock
from coterie.notifications import endings
from coterie.voice import changes as voice

PARTICIPANT_LIMIT: Final = 50
GROUP_LIMIT: Final = 200
"""Groups that one account may be in: bounds what a connection has to follow."""


async def create(database: Database, user_id: UUID, creation: ConversationCreation) -> tuple[Conversation, bool]:
    """The direct conversation with the one named, found or made; or a new group, if there are more or it has a name.

    Answers it as its maker sees it, and whether it is new.
    """
    others = set(creation.participant_ids) - {user_id}
    if not others:
        raise CoterieError(errors.NOT_YOURSELF)
    if len(others) == 1 and creation.name is None:
        return await open_with(database, user_id, others.pop())
    if len(others) >= PARTICIPANT_LIMIT:
        raise CoterieError(errors.TOO_MANY_PARTICIPANTS)
    async with database.acquire() as connection, connection.transaction():
        people = [user_id, *sorted(others)]
        await _prepare_to_join(connection, user_id, others, people)
        made = SharedConversation(new_id(), False, creation.name, creation.description, user_id, datetime.now(UTC))
        await queries.insert(connection, made, people)
        await append(connection, *await beginning(connection, made, people))
    return await shown(database, user_id, made.id), True


async def open_with(database: Database, user_id: UUID, other: UUID) -> tuple[Conversation, bool]:
    """The direct conversation with somebody, and whether it is new. One that was hidden is shown again.

    One that there is already opens whoever blocked whom: it can still be read.
    """
    async with database.acquire() as connection, connection.transaction():
        await queries.hold(connection, [user_id, other])
        await lock(connection, [user_id, other])
        if await queries.direct(connection, *sorted((user_id, other))) is None and user_id != other:
            await check_may_message(connection, user_id, [other])
        id, was_made = await open_direct(connection, user_id, other)
        if not was_made:
            await _set_hidden(connection, id, user_id, is_hidden=False)
    return await shown(database, user_id, id), was_made


async def shown(database: Database, user_id: UUID, conversation_id: UUID) -> Conversation:
    """A conversation as somebody sees it; NOT_FOUND if they do not take part in it."""
    found = await views.shown(database, user_id, [conversation_id])
    if not found:
        raise CoterieError(errors.NOT_FOUND)
    return found[0]


async def edit(database: Database, conversation_id: UUID, user_id: UUID, change: ConversationChange) -> Conversation:
    """Change a group's name or description, or hand it over to somebody in it."""
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
            await happenings.tell(connection, conversation_id, *_changes(group, changed, user_id))
    return await shown(database, user_id, conversation_id)


async def add(database: Database, conversation_id: UUID, user_id: UUID, newcomer: UUID) -> None:
    """Bring somebody into a group who lets one write to them; nothing if they are in it."""
    async with database.acquire() as connection, connection.transaction():
        await queries.hold(connection, [newcomer])
        group = await access.locked_group(connection, conversation_id, user_id, also=[newcomer])
        if newcomer in group.ids:
            return
        await _check_room(connection, user_id, {newcomer}, len(group.people))
        now = datetime.now(UTC)
        await queries.add(connection, conversation_id, newcomer, now)
        people = {each.user_id: each for each in await queries.participants(connection, conversation_id)}
        own = Participation(conversation_id, False, now)
        await append(
            connection,
            Change(conversation_id, f"participants/{newcomer}", "PARTICIPANT_ADD", people[newcomer]),
            Change(newcomer, f"conversations/{conversation_id}", "DM_CHANNEL_CREATE", own),
        )
        coming = Happening("participant_add", people[user_id], people[newcomer])
        await happenings.tell(connection, conversation_id, coming)


async def remove(database: Database, conversation_id: UUID, user_id: UUID, leaver: UUID) -> None:
    """Leave a group, or as its owner put somebody else out of it; what they said stays.

    Who has been in it longest owns it when its owner leaves; the last one out takes everything along.
    """
    async with database.acquire() as connection, connection.transaction():
        await queries.hold(connection, [leaver])  # a new picture of theirs is told before they go, or not at all
        group = await access.locked_group(connection, conversation_id, user_id, also=[leaver])
        if leaver != user_id:
            group.check_owner(user_id)
        if leaver not in group.ids:
            raise CoterieError(errors.NOT_FOUND)
        if len(group.people) == 1:
            ended = await endings.leave_place(connection, conversation_id, leaver)
            await append(connection, _left(conversation_id, leaver), *ended)
            await queries.delete(connection, conversation_id)
        else:
            await _take_out(connection, group, leaver, user_id)


async def set_hidden(database: Database, conversation_id: UUID, user_id: UUID, *, is_hidden: bool) -> None:
    """Hide a conversation from oneself until the next message, or show it again; only the own devices learn of it."""
    async with database.acquire() as connection, connection.transaction():
        if not await queries.takes_part(connection, conversation_id, user_id):
            raise CoterieError(errors.NOT_FOUND)
        await lock(connection, [user_id])
        await _set_hidden(connection, conversation_id, user_id, is_hidden=is_hidden)


async def told_everywhere(connection: Connection, user_id: UUID) -> list[Change]:
    """What the conversations of somebody are told when their picture or name changed; the caller holds the account."""
    return [
        Change(conversation, f"participants/{user_id}", "PARTICIPANT_UPDATE", participant)
        for conversation, participant in (await queries.as_participant(connection, user_id)).items()
    ]


async def _prepare_to_join(
    connection: Connection, user_id: UUID, others: Collection[UUID], people: Collection[UUID]
) -> None:
    """Hold and lock everybody who comes into a new group, and look whether they may."""
    await queries.hold(connection, people)
    await lock(connection, people)
    await _check_room(connection, user_id, others, 0)
    if await queries.most_groups(connection, [user_id]) >= GROUP_LIMIT:
        raise CoterieError(errors.TOO_MANY_GROUPS)


async def _check_room(connection: Connection, user_id: UUID, newcomers: Collection[UUID], present: int) -> None:
    await check_may_message(connection, user_id, newcomers)
    if present + len(newcomers) > PARTICIPANT_LIMIT:
        raise CoterieError(errors.TOO_MANY_PARTICIPANTS)
    if await queries.most_groups(connection, newcomers) >= GROUP_LIMIT:
        raise CoterieError(errors.TOO_MANY_GROUPS)


async def _take_out(connection: Connection, group: Group, leaver: UUID, actor: UUID) -> None:
    conversation = group.conversation
    heir = next(each for each in group.people if each.user_id != leaver)
    is_inherited = conversation.owner_id in (leaver, None)
    succession = [Happening("owner_succession", heir)] if is_inherited else []
    await happenings.tell(connection, conversation.id, _going(group, leaver, actor), *succession)
    silenced = await voice.leave_topic(connection, conversation.id, leaver)
    had_receipts = await queries.remove(connection, conversation.id, leaver)
    gone = {"conversation_id": conversation.id, "user_id": leaver}
    told = [
        Change(conversation.id, f"participants/{leaver}", "PARTICIPANT_REMOVE", gone, is_removal=True),
        *([receipts.forgotten(conversation.id, leaver)] if had_receipts else []),
        _left(conversation.id, leaver),
        *await endings.leave_place(connection, conversation.id, leaver),
    ]
    if is_inherited:
        conversation = msgspec.structs.replace(conversation, owner_id=heir.user_id)
        await queries.update(connection, conversation)
        told.append(_updated(conversation))
    await append(connection, *silenced, *told)


async def _set_hidden(connection: Connection, conversation_id: UUID, user_id: UUID, *, is_hidden: bool) -> None:
    changed = await queries.set_hidden(connection, conversation_id, user_id, is_hidden=is_hidden)
    if changed is not None:
        key = f"conversations/{conversation_id}"
        await append(connection, Change(user_id, key, "CONVERSATION_STATE_UPDATE", changed))


def _going(group: Group, leaver: UUID, actor: UUID) -> Happening:
    if leaver == actor:
        return Happening("participant_leave", group.person(actor))
    return Happening("participant_remove", group.person(actor), group.person(leaver))


def _changes(group: Group, changed: SharedConversation, actor: UUID) -> list[Happening]:
    """What the history tells of a change; a description is no news."""
    told: list[Happening] = []
    if changed.name != group.conversation.name:
        told.append(Happening("name_change", group.person(actor), name=changed.name))
    if changed.owner_id is not None and changed.owner_id != group.conversation.owner_id:
        told.append(Happening("owner_change", group.person(actor), group.person(changed.owner_id)))
    return told


def _updated(conversation: SharedConversation) -> Change:
    return Change(conversation.id, "conversation", "CONVERSATION_UPDATE", conversation)


def _left(conversation_id: UUID, user_id: UUID) -> Change:
    """Told to the one who is out."""
    gone = {"id": conversation_id}
    return Change(user_id, f"conversations/{conversation_id}", "CONVERSATION_LEAVE", gone, is_removal=True)
