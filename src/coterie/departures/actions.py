"""Delete accounts. The account is disabled and hidden at once; everything else is work that any process finishes.

A job dissolves each account with `users.deleted_at`. Each step is one transaction that locks the account, takes one
thing away and logs it for those who see it, as if the user had left, unfriended and so on themselves: first a server,
then a conversation, then friends, requests and blocks, then a bounded number of messages, of which the author becomes
null, then what else names the account (`traces.py`). If the owner wanted that, the messages that the account wrote are
deleted in the same step. When nothing is left, the account's row goes, with everything that only its owner could see.
A step begins with what is left, so a process may die after any of them. Nothing joins a locked account to something
new.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from coterie import errors
from coterie.accounts import standing
from coterie.accounts.access import existing
from coterie.conversations import actions as conversations
from coterie.database.connection import Connection, Database
from coterie.departures import queries
from coterie.departures.traces import remove_some
from coterie.errors import CoterieError
from coterie.feature import Trace
from coterie.friends import queries as friends
from coterie.friends.actions import closed
from coterie.jobs.actions import enqueue
from coterie.jobs.models import NOW, JobKind, NewJob
from coterie.log.append import Change, append, lock, move
from coterie.messages.actions import carry_out
from coterie.messages.author import SystemAuthor
from coterie.messages.changing.request import ChangeRequest
from coterie.messages.operations import delete
from coterie.security_events.actions import record
from coterie.security_events.models import SecurityEvent
from coterie.servers import actions as servers
from coterie.servers import queries as server_queries

DEPARTURE: Final = JobKind(name="departure", payload=UUID)
"""Dissolves the account with this id."""

SOON: Final = timedelta(seconds=5)
"""When the job begins, so that it does not do the first steps at the same time as the request."""

CONTACTS: Final = 100
"""Friends and blocks that one step ends."""

MESSAGES: Final = 500
"""Messages that one step changes."""

FIRST_STEPS: Final = 20
"""Steps that the request for the deletion does itself."""

RESUME_SECONDS: Final = 3600.0
"""How often accounts that are to be deleted and have no job get one."""


@dataclass(frozen=True, slots=True)
class Departures:
    """Dissolves what deleted accounts leave behind, and what names them."""

    database: Database
    traces: Sequence[Trace]

    async def begin(self, users: Iterable[UUID]) -> None:
        """Do the first steps for accounts that are marked; their jobs do the rest."""
        left = list(users)
        for _ in range(FIRST_STEPS):
            if not left:
                return
            async with self.database.acquire() as connection, connection.transaction():
                if await self.step(connection, left[0]) is None:
                    left.pop(0)

    async def resume(self) -> None:
        """Store jobs for marked accounts that have none: an operator dropped it, or an earlier version marked them."""
        async with self.database.acquire() as connection, connection.transaction():
            left = await queries.without_jobs(connection, DEPARTURE.name)
            await enqueue(connection, *map(_job, left))

    async def step(self, connection: Connection, user_id: UUID) -> timedelta | None:
        """Do one step for an account that is to be deleted, in a transaction; None if nothing of it is left."""
        erases = await queries.lock(connection, user_id)
        if erases is None:
            return None
        if (owned := await queries.owned_server(connection, user_id)) is not None:
            await _delete_server(connection, owned, user_id)  # made while the account was being deleted
        elif (server := await queries.membership(connection, user_id)) is not None:
            await servers.remove_member(connection, server, user_id)
        elif (conversation := await queries.participation(connection, user_id)) is not None:
            await conversations.depart(connection, conversation, user_id)
        elif not (
            await _end_contacts(connection, user_id)
            or await _leave_messages(connection, user_id, erases=erases)
            or (erases and await queries.erase_refused(connection, user_id, MESSAGES))
            or await remove_some(connection, self.traces, user_id)
        ):
            await queries.delete(connection, user_id)
            return None
        return NOW


async def mark(connection: Connection, user_id: UUID, actor_id: UUID | None) -> list[UUID]:
    """Disable an account and its bots, to be deleted; returns the bots. The caller has locked the account.

    `actor_id` is the administrator, or None on the command line. Raises OWNS_SERVERS: someone else has to own them
    first, or they have to be deleted.
    """
    if await queries.owned_server(connection, user_id) is not None:
        raise CoterieError(errors.OWNS_SERVERS)
    await existing(connection, user_id)
    await standing.disable(connection, user_id, actor_id)
    return await _mark(connection, SecurityEvent("admin.account_deleted", user_id, actor_id), user_id)


async def mark_own(connection: Connection, user_id: UUID) -> bool:
    """The same because its owner wanted it; False if the account owns servers."""
    if await queries.owned_server(connection, user_id) is not None:
        return False
    await standing.end_access(connection, user_id)
    await _mark(connection, SecurityEvent("auth.account_deleted", user_id), user_id)
    return True


async def _mark(connection: Connection, event: SecurityEvent, user_id: UUID) -> list[UUID]:
    marked = await queries.mark(connection, user_id, datetime.now(UTC))
    await enqueue(connection, *map(_job, marked))
    await record(connection, replace(event, details={"id": str(user_id)}))
    return [each for each in marked if each != user_id]


def _job(user_id: UUID) -> NewJob:
    return DEPARTURE.job(str(user_id), user_id, SOON)


async def _delete_server(connection: Connection, server_id: UUID, owner_id: UUID) -> None:
    members = await servers.lock_all(connection, server_id)
    server = await server_queries.server(connection, server_id)
    if server is not None:
        await servers.remove(connection, server, members, owner_id)


async def _end_contacts(connection: Connection, user_id: UUID) -> bool:
    """End some friendships, blocks and open requests; False if there are none."""
    known = await queries.contacts(connection, user_id, CONTACTS)
    requests = await friends.pending(connection, user_id)
    if not known and not requests:
        return False
    others = {each.other for each in known}
    asked = {person for each in requests for person in (each.from_user_id, each.to_user_id)}
    await lock(connection, {user_id, *others, *asked})
    ended = await queries.end_contacts(connection, user_id, list(others))
    await queries.end_requests(connection, user_id)
    gone = {"user_id": user_id}
    await append(
        connection,
        *(
            Change(each.other, f"contacts/{user_id}", "CONTACT_DELETE", gone, is_removal=True)
            if each.state == "friend"
            else Change(each.other, f"blocks/{user_id}", "BLOCK_DELETE", gone, is_removal=True)
            for each in ended
        ),
        *(change for request in requests for change in closed(request, "cancelled")),
    )
    return True


async def _leave_messages(connection: Connection, user_id: UUID, *, erases: bool) -> bool:
    """Take the user out of some messages that they wrote, pinned, or reacted to in any way; False if there are none.

    Each gets a new position in its channel, and those who follow the channel read it from the log. With `erases`, those
    that the user wrote become tombstones before.
    """
    found = await queries.messages_with(connection, user_id, MESSAGES)
    if not found:
        return False
    await lock(connection, {each.channel_id for each in found})
    if erases and (own := [each.id for each in found if each.is_own]):
        await carry_out(connection, [ChangeRequest(each, SystemAuthor(user_id), delete()) for each in own])
    positions = await queries.leave_messages(connection, user_id, [each.id for each in found])
    await move(connection, positions)
    return True
