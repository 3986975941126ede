"""The first step of sending: may the author write there? And the last: why was a message passed over?"""

from collections.abc import Sequence
from uuid import UUID

from msgspec.structs import replace

from coterie import errors
from coterie.database.connection import Database
from coterie.errors import CoterieError
from coterie.log import versions
from coterie.messages import queries
from coterie.messages.models import Draft, Message
from coterie.messages.sending.attempt import Attempt, Outcome
from coterie.permissions.authority import Authority
from coterie.permissions.bits import Permission
from coterie.permissions.cache import PermissionCache


async def judge(
    database: Database, permissions: PermissionCache, attempts: Sequence[Attempt], *, is_fresh: bool
) -> list[Attempt]:
    """Find out what each author may do, and refuse those who may not write there.

    Without `is_fresh` by what the process knows, which may be out of date: then a refusal is not final.
    """
    pairs = [(attempt.sending.draft.channel_id, attempt.author_id) for attempt in attempts]
    judged = await permissions.judge(database, pairs, is_fresh=is_fresh)
    return [
        replace(attempt, authority=authority, outcome=_refusal(authority))
        for attempt, authority in zip(attempts, judged, strict=True)
    ]


def _refusal(authority: Authority | None) -> CoterieError | None:
    if authority is None or authority.place is None:
        return CoterieError(errors.NOT_FOUND)
    try:
        authority.check(Permission.SEND_MESSAGES)
    except CoterieError as error:
        return error
    return None


async def explain(database: Database, attempt: Attempt) -> Outcome | None:
    """Why a message found no place: no right, a repeat (answered with what it made first), or a reply to nothing.

    None if nothing stands in its way but that the server has moved on meanwhile, or a refusal of the second step.
    """
    sending, draft = attempt.sending, attempt.sending.draft
    if (refusal := _refusal(attempt.authority)) is not None:
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
