"""How new messages get into the history: many people's in one statement and one commit, each judged before.

What may not be stored is passed over, and told why: no right, another's key, a reply to nothing, a turn not yet come. A
write that repeats its key is answered with what the key made first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from coterie import errors
from coterie.conversations.receipts import Receipts
from coterie.database.connection import Database
from coterie.errors import CoterieError
from coterie.log import versions
from coterie.messages import insertion, mentions, metered, queries, slow_mode
from coterie.messages.changes import encoder
from coterie.messages.insertion import Sending
from coterie.messages.mentions import NOBODY, Mentions, Text
from coterie.messages.models import Draft, Message
from coterie.messages.slow_mode import SlowSending, seconds_to_wait
from coterie.permissions.bits import Permission
from coterie.permissions.rights import Rights, Seen
from coterie.usage.counting import Usage

ATTEMPTS: Final = 5
"""How often a write whose rights change all the while is judged anew."""


@dataclass(frozen=True, slots=True)
class Work:
    """What storing works with."""

    database: Database
    rights: Rights
    usage: Usage
    receipts: Receipts


async def store(work: Work, sendings: Sequence[Sending], *, is_retry: bool) -> list[Message | CoterieError]:
    """Write a batch in one statement and one commit. What an earlier try committed is found by its id.

    Rights are judged by what the process knows. Whoever has none by that, or whose server has moved on since, is judged
    anew; what is passed over even then has a reason that can be told.
    """
    results: dict[int, Message | CoterieError] = {}
    for attempt in range(ATTEMPTS):
        todo = [(index, sending) for index, sending in enumerate(sendings) if index not in results]
        if not todo:
            break
        await _store_some(work, todo, results, is_fresh=attempt > 0)
    late = CoterieError(errors.UNAVAILABLE, retry_after=1)
    return [results.get(index, late) for index in range(len(sendings))]


async def _store_some(
    work: Work,
    todo: Sequence[tuple[int, Sending]],
    results: dict[int, Message | CoterieError],
    *,
    is_fresh: bool,
) -> None:
    """Store what may be stored. With `is_fresh` what may not is told why; else it is left for another attempt."""
    pairs = [(sending.draft.channel_id, sending.author_id) for _, sending in todo]
    judged = await work.rights.judge(work.database, pairs, is_fresh=is_fresh)
    permitted = await _with_mentions(
        work,
        [
            (index, sending, seen)
            for (index, sending), seen in zip(todo, judged, strict=True)
            if seen is not None and _refusal(seen) is None
        ],
    )
    waits = [seconds_to_wait(seen) for _, _, seen in permitted]
    late: dict[int, CoterieError] = {}
    if any(waits):
        late = await _store_slowly(work, permitted, waits, results)
        permitted = [each for each, wait in zip(permitted, waits, strict=True) if not wait]
    outcomes = await _insert(work, [(sending, seen.as_of) for _, sending, seen in permitted])
    for number, (index, sending, _) in enumerate(permitted):
        outcome = outcomes.get(number)
        if isinstance(outcome, CoterieError):
            late[index] = outcome
        elif outcome is not None:
            results[index] = placed = _placed(sending.draft, outcome)
            reach(work.rights, work.receipts, sending.author_id, [placed])
    if not is_fresh:
        return
    for (index, sending), seen in zip(todo, judged, strict=True):
        if index not in results:
            reason = await _passed_over(work.database, sending, seen) or late.get(index)
            if reason is not None:
                results[index] = reason


async def _store_slowly(
    work: Work,
    permitted: Sequence[tuple[int, Sending, Seen]],
    waits: Sequence[int],
    results: dict[int, Message | CoterieError],
) -> dict[int, CoterieError]:
    """Store the messages of those who have to wait between two. Answers whose turn it is not: it may be a repeat."""
    slow = [
        (index, SlowSending(sending, seen.as_of, wait))
        for (index, sending, seen), wait in zip(permitted, waits, strict=True)
        if wait
    ]
    late: dict[int, CoterieError] = {}
    outcomes = await slow_mode.insert(work.database, work.usage, [each for _, each in slow])
    for (index, each), outcome in zip(slow, outcomes, strict=True):
        if isinstance(outcome, CoterieError):
            late[index] = outcome
        elif outcome is not None:
            results[index] = _placed(each.sending.draft, outcome)
    return late


async def _with_mentions(work: Work, permitted: list[tuple[int, Sending, Seen]]) -> list[tuple[int, Sending, Seen]]:
    """The messages with whom they call; most call nobody."""
    texts = [Text(sending.draft.content, seen, sending.draft.reply_to) for _, sending, seen in permitted]
    calling = [text for text in texts if text.may_call]
    if not calling:
        return permitted
    found = iter(await mentions.resolve(work.database, work.rights, calling))
    return [
        (index, _calling(sending, next(found)) if text.may_call else sending, seen)
        for (index, sending, seen), text in zip(permitted, texts, strict=True)
    ]


def _calling(sending: Sending, called: Mentions) -> Sending:
    if called == NOBODY:
        return sending
    draft = mentions.mentioning(sending.draft, called)
    return replace(sending, draft=draft, json=encoder.encode(draft).decode(), mentions=called)


async def _insert(
    work: Work, judged: Sequence[tuple[Sending, int]]
) -> Mapping[int, int] | Mapping[int, int | CoterieError]:
    database, usage = work.database, work.usage
    if not judged:
        return {}
    try:
        if not metered.is_metered(usage, judged):
            return await insertion.insert(database, judged, usage.period)
        async with database.acquire() as connection, connection.transaction():
            return await metered.insert(connection, usage, judged)
    except asyncpg.UniqueViolationError:
        if len(judged) > 1:
            raise
        return {}


def _refusal(seen: Seen | None) -> CoterieError | None:
    """Why somebody may not send there, if so."""
    if seen is None or seen.place is None:
        return CoterieError(errors.NOT_FOUND)
    if seen.place.type != "text":
        return CoterieError(errors.NOT_A_TEXT_CHANNEL)
    try:
        seen.check(Permission.SEND_MESSAGES)
    except CoterieError as error:
        return error
    return None


async def _passed_over(database: Database, sending: Sending, seen: Seen | None) -> Message | CoterieError | None:
    """Why a write found no place: no right, a repeat (answered with what it made first), or a reply to nothing.

    None if nothing stands in its way but that the server has moved on meanwhile.
    """
    draft = sending.draft
    if (refusal := _refusal(seen)) is not None:
        return refusal
    earlier = await queries.earlier(database, draft)
    if earlier is not None:
        return earlier if _is_repeat(draft, earlier) else CoterieError(errors.NONCE_REUSED)
    if sending.client_version and await versions.position_of(database, draft.channel_id, sending.client_version):
        return CoterieError(errors.NONCE_REUSED)
    refusal = await _answer_refusal(database, draft.reply_to, draft.channel_id) if draft.reply_to else None
    if refusal is None and draft.thread_id is not None:
        return await _thread_refusal(database, draft.thread_id, draft.channel_id)
    return refusal


async def _answer_refusal(database: Database, reply_to: UUID, channel_id: UUID) -> CoterieError | None:
    answered = await queries.message(database, reply_to)
    if answered is None or answered.deleted or answered.channel_id != channel_id:
        return CoterieError(errors.REPLY_NOT_FOUND)
    return CoterieError(errors.SYSTEM_MESSAGE) if answered.type == "system" else None


async def _thread_refusal(database: Database, thread_id: UUID, channel_id: UUID) -> CoterieError | None:
    root = await queries.message(database, thread_id)
    if root is None or root.deleted or root.channel_id != channel_id:
        return CoterieError(errors.NOT_FOUND)
    if root.type == "system":
        return CoterieError(errors.SYSTEM_MESSAGE)
    return CoterieError(errors.THREAD_IN_THREAD) if root.thread_id is not None else None


def _is_repeat(draft: Draft, earlier: Message) -> bool:
    """Whether both are one write. What became of the message since does not matter."""
    is_same_place = _place(earlier) == _place(draft)
    is_changed = earlier.edited_at is not None or earlier.deleted
    is_same_text = (earlier.content, earlier.reply_to) == (draft.content, draft.reply_to)
    return is_same_place and (is_changed or is_same_text)


def _place(draft: Draft) -> tuple[UUID, UUID | None, UUID | None]:
    return draft.channel_id, draft.thread_id, draft.author_id


def _placed(draft: Draft, seq: int) -> Message:
    return Message(*msgspec.structs.astuple(draft), seq=seq, version=seq)


def reach(rights: Rights, receipts: Receipts, user_id: UUID, found: Sequence[Message]) -> None:
    """Whoever has fetched or written messages of a conversation has what came before, too."""
    if found and rights.is_conversation(found[0].channel_id):
        receipts.reached(user_id, found[0])
