"""How new messages get into the history: those of many people in one statement and one commit, step by step.

Judge, screen, mention, admit, insert: each step is a module of this package, and hands on what became of each message.
One that may not be stored is passed over with the reason; a write that repeats its key is answered with what the key
made first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg

from coterie import errors
from coterie.audit.actions import record
from coterie.audit.models import AuditEntry
from coterie.database.connection import Connection, Database
from coterie.errors import CoterieError
from coterie.messages import polls, scheduled
from coterie.messages.audit_actions import EVENT_CREATE
from coterie.messages.read_marks import note_delivered
from coterie.messages.receipts import Receipts
from coterie.messages.sending.admit import admit, commits, is_needed
from coterie.messages.sending.attempt import Attempt, Outcome, Sending, decided
from coterie.messages.sending.insert import insert
from coterie.messages.sending.insert_plain import insert_plain, is_plain
from coterie.messages.sending.judge import explain, judge
from coterie.messages.sending.mention import mention
from coterie.messages.sending.screen import screen
from coterie.permissions.cache import PermissionCache
from coterie.screening.screen import UNCOUNTED, Screening
from coterie.usage.counting import Usage
from coterie.usage.models import Period

TRIES: Final = 5
"""How often a message is tried whose author's permissions change all the while."""


@dataclass(frozen=True, slots=True)
class Sender:
    """What sending works with. `introduced` is called with a user who wrote in a conversation for the first time."""

    database: Database
    permissions: PermissionCache
    usage: Usage
    receipts: Receipts
    introduced: Callable[[UUID], None] = lambda user_id: None
    screening: Screening = UNCOUNTED


class _NothingStoredError(Exception):
    """Rolls a transaction back, which gives a turn back that was taken."""

    def __init__(self, attempts: list[Attempt]) -> None:
        self.attempts: Final = attempts


async def store(sender: Sender, sendings: Sequence[Sending], *, is_retry: bool) -> list[Outcome]:
    """Store a batch. What an earlier try of the writer committed is found by its id.

    The first try judges permissions by what the process knows. What is not stored then is judged by what the database
    knows, and what is passed over even then has a known reason.
    """
    outcomes: dict[int, Outcome] = {}
    todo = [Attempt(number, sending) for number, sending in enumerate(sendings)]
    for tries in range(TRIES):
        tried = await _try(sender, todo, is_fresh=tries > 0)
        outcomes |= {attempt.number: attempt.outcome for attempt in tried if attempt.outcome is not None}
        todo = [Attempt(attempt.number, attempt.sending) for attempt in tried if attempt.outcome is None]
        if not todo:
            break
    late = CoterieError(errors.UNAVAILABLE, retry_after=1)
    return [outcomes.get(number, late) for number in range(len(sendings))]


async def _try(sender: Sender, attempts: Sequence[Attempt], *, is_fresh: bool) -> list[Attempt]:
    """Take messages through the steps. Only with `is_fresh` is a refusal final."""
    judged = await judge(sender.database, sender.permissions, attempts, is_fresh=is_fresh)
    judged = await screen(sender.screening, judged)
    tried = [attempt for attempt in judged if attempt.outcome is not None]
    permitted = [attempt for attempt in judged if attempt.outcome is None]
    for together in commits(await mention(sender.database, sender.permissions, permitted)):
        tried += await _commit(sender, together)
    for attempt in tried:
        if attempt.stored is not None:
            note_delivered(sender.permissions, sender.receipts, attempt.author_id, [attempt.stored])
        if attempt.is_first:
            sender.introduced(attempt.author_id)
    return [attempt if attempt.stored else await _settled(sender, attempt, tried, is_fresh) for attempt in tried]


async def _commit(sender: Sender, attempts: list[Attempt]) -> list[Attempt]:
    try:
        if is_needed(sender.usage, attempts) or any(attempt.draft.poll or attempt.draft.event for attempt in attempts):
            return await _commit_admitted(sender, attempts)
        return await _insert(sender.database, attempts, sender.usage.period)
    except asyncpg.UniqueViolationError:
        if len(attempts) > 1:
            raise  # the writer tries each by itself
        return attempts  # its key was taken at the same moment: passed over


async def _insert(connection: Connection, attempts: list[Attempt], period: Period) -> list[Attempt]:
    if is_plain(attempts):
        tried = await insert_plain(connection, attempts[0], period)
        if tried.outcome is not None:
            return [tried]
    return await insert(connection, attempts, period)


async def _commit_admitted(sender: Sender, attempts: list[Attempt]) -> list[Attempt]:
    period = sender.usage.period
    try:
        async with sender.database.acquire() as connection, connection.transaction():
            admitted = await admit(connection, sender.usage, attempts, period)
            tried = await insert(connection, admitted, period)
            if not any(attempt.stored for attempt in tried):
                raise _NothingStoredError(tried)
            if asked := [stored.poll for attempt in tried if (stored := attempt.stored) and stored.poll]:
                await polls.insert(connection, asked)
            await _insert_events(connection, tried)
            return tried
    except _NothingStoredError as nothing:
        return nothing.attempts


async def _insert_events(connection: Connection, attempts: Sequence[Attempt]) -> None:
    """Store the events of messages that were stored; the audit log of a server says who planned them."""
    planned = [attempt for attempt in attempts if attempt.stored and attempt.stored.event]
    if planned:
        await scheduled.insert(connection, [attempt.draft.event for attempt in planned if attempt.draft.event])
        await record(
            connection,
            *(
                AuditEntry(authority.structure.server_id, attempt.author_id, EVENT_CREATE, attempt.draft.id)
                for attempt in planned
                if (authority := attempt.authority) is not None and authority.structure is not None
            ),
        )


async def _settled(sender: Sender, attempt: Attempt, tried: Sequence[Attempt], is_fresh: bool) -> Attempt:
    """One that was not stored, with the reason if that is final.

    A place in the author's quota that went to a message that was passed over is free again for the next try.
    """
    if not is_fresh:
        return decided(attempt, None)
    reason = await explain(sender.database, attempt)
    is_crowded_out = any(other.outcome is None and other.author_id == attempt.author_id for other in tried)
    return decided(attempt, reason or (None if is_crowded_out else attempt.outcome))
