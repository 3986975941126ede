"""Automod's rules that depend on earlier messages: spam, and the same text again.

They are decided under the lock of the channel's topic, in the transaction that stores the message, so that of several
messages at once, in whatever processes, exactly as many are stored as the rule allows. What is looked at are the newest
messages of the channel: in one that is busier than that, older ones are not found.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct

from coterie.database.connection import Connection
from coterie.filtering.models import DUPLICATE_SECONDS, Verdict
from coterie.filtering.rules import AutomodRefusalError, Rules, same_text
from coterie.log import append
from coterie.messages.sending.attempt import Attempt, decided

LOOKED_AT: Final = 500
"""Messages of a channel, its newest."""


class Recent(Struct, frozen=True):
    """How many messages an author sent within the window of the rule, and whether one of them has the same text."""

    sent: int
    is_repeated: bool


def is_watched(attempt: Attempt) -> bool:
    """Whether earlier messages decide about this one."""
    rules = _rules(attempt)
    return rules is not None and rules.watches_rates


async def within_rates(connection: Connection, attempts: Sequence[Attempt]) -> list[Attempt]:
    """Refuse spam and repeated messages; those of the batch count too."""
    open = [attempt for attempt in attempts if attempt.outcome is None]
    watched = [attempt for attempt in open if is_watched(attempt)]
    if not watched:
        return list(attempts)
    await append.lock(connection, {attempt.sending.draft.channel_id for attempt in open})  # all, as `admit` does later
    recent = dict(zip((each.number for each in watched), await _recent(connection, watched), strict=True))
    sent: Counter[tuple[UUID, UUID]] = Counter()
    said: set[tuple[UUID, UUID, str | None]] = set()
    judged = []
    for attempt in attempts:
        found = recent.get(attempt.number)
        if found is not None and attempt.outcome is None:
            draft = attempt.sending.draft
            place = (draft.channel_id, attempt.author_id)
            text = same_text(draft.content)
            known = Recent(found.sent + sent[place], found.is_repeated or (*place, text) in said)
            verdict = _verdict(_rules(attempt), known, text)
            if verdict is not None and attempt.authority is not None:
                attempt = decided(attempt, AutomodRefusalError(verdict, attempt.authority.written(draft.content)))
            else:
                sent[place] += 1
                said.add((*place, text))
        judged.append(attempt)
    return judged


def _rules(attempt: Attempt) -> Rules | None:
    return attempt.authority.rules if attempt.authority is not None else None


def _verdict(rules: Rules | None, recent: Recent, text: str | None) -> Verdict | None:
    assert rules is not None, "it is watched"
    if rules.config.duplicate_enabled and recent.is_repeated and text is not None:
        return Verdict("duplicate", "delete")
    if rules.config.spam_enabled and recent.sent >= rules.config.spam_max_messages:
        return Verdict("spam", rules.config.spam_action)
    return None


async def _recent(connection: Connection, attempts: Sequence[Attempt]) -> list[Recent]:
    """What the authors wrote lately in these channels, for each message."""
    drafts = [attempt.sending.draft for attempt in attempts]
    windows = [rules.config.spam_window_secs for attempt in attempts if (rules := _rules(attempt)) is not None]
    rows = await connection.fetch(
        f"""
        SELECT lately.sent, lately.is_repeated
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[])
            WITH ORDINALITY AS given (channel_id, author_id, content, seconds, number)
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE created_at > clock_timestamp() - seconds * interval '1 second') AS sent,
                   coalesce(bool_or(
                       newest.content = given.content
                       AND created_at > clock_timestamp() - {DUPLICATE_SECONDS} * interval '1 second'
                   ), FALSE) AS is_repeated
            FROM (
                SELECT author_id, content, created_at, deleted_at FROM messages
                WHERE messages.channel_id = given.channel_id ORDER BY seq DESC LIMIT {LOOKED_AT}
            ) AS newest
            WHERE newest.author_id = given.author_id AND deleted_at IS NULL
        ) AS lately
        ORDER BY given.number
        """,
        [draft.channel_id for draft in drafts],
        [draft.author_id for draft in drafts],
        [draft.content for draft in drafts],
        windows,
    )
    return [Recent(row["sent"], row["is_repeated"]) for row in rows]
