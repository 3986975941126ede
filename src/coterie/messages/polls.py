"""The polls of messages: what a poll asks is stored with its message, and its votes are counted whenever it is read.

A user's choice is one row for each option, so nothing is counted twice. It changes only under the lock of the channel's
topic (`changing/`), so a poll with one choice never has two of one user.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from coterie.database.connection import Connection, Row
from coterie.messages.models import Message, Poll, PollOption
from coterie.messages.queries import Ballot


@dataclass(frozen=True, slots=True)
class BallotChange:
    """What becomes of a poll: the options that the actor chooses now, by number, or when it ends; None leaves it."""

    chosen: list[int] | None = None
    ends_at: datetime | None = None


async def of_messages(connection: Connection, messages: Iterable[Message], viewer: UUID | None) -> dict[UUID, Poll]:
    """The poll of each message that is one; without any, nothing is asked."""
    ids = [message.id for message in messages if message.type == "poll" and not message.deleted]
    return await read(connection, ids, viewer) if ids else {}


async def read(connection: Connection, ids: Sequence[UUID], viewer: UUID | None) -> dict[UUID, Poll]:
    """Polls with their results, and the viewer's own choice."""
    rows = await connection.fetch(
        """
        SELECT message_id, question, option_ids, options, is_multiple, is_anonymous, ends_at, version,
               ARRAY(SELECT (SELECT count(*) FROM poll_votes
                             WHERE poll_votes.message_id = polls.message_id AND poll_votes.option = number)
                     FROM generate_subscripts(option_ids, 1) AS number ORDER BY number) AS votes,
               CASE WHEN is_multiple THEN (
                   SELECT count(DISTINCT user_id) FROM poll_votes
                   WHERE poll_votes.message_id = polls.message_id) END AS voters,
               ARRAY(SELECT option FROM poll_votes
                     WHERE poll_votes.message_id = polls.message_id AND user_id = $2 ORDER BY option) AS chosen
        FROM polls WHERE message_id = ANY($1)
        """,
        ids,
        viewer,
    )
    return {row["message_id"]: _poll(row) for row in rows}


async def insert(connection: Connection, asked: Sequence[Poll]) -> None:
    """Store the polls of messages that the same transaction stores."""
    rows = [
        {
            "message_id": poll.id,
            "question": poll.question,
            "option_ids": [option.id for option in poll.options],
            "options": [option.text for option in poll.options],
            "is_multiple": poll.is_multiple,
            "is_anonymous": poll.is_anonymous,
            "ends_at": poll.ends_at,
        }
        for poll in asked
    ]
    await connection.execute(
        """
        INSERT INTO polls (message_id, question, option_ids, options, is_multiple, is_anonymous, ends_at)
        SELECT message_id, question, option_ids, options, is_multiple, is_anonymous, ends_at
        FROM json_populate_recordset(NULL::polls, $1::json)
        """,
        msgspec.json.encode(rows).decode(),
    )


async def ballots(connection: Connection, asked: Mapping[int, tuple[UUID, UUID]]) -> dict[int, Ballot]:
    """Polls as their voters have to decide about them, by the numbers of message and voter; without any, none."""
    if not asked:
        return {}
    rows = await connection.fetch(
        """
        SELECT number, option_ids, is_multiple, ends_at,
               ARRAY(SELECT option FROM poll_votes
                     WHERE poll_votes.message_id = polls.message_id AND poll_votes.user_id = voter_id
                     ORDER BY option) AS chosen
        FROM unnest($1::int[], $2::uuid[], $3::uuid[]) AS given (number, id, voter_id)
        JOIN polls ON polls.message_id = given.id AND polls.message_id = ANY($2)
        """,
        list(asked),
        [message for message, _ in asked.values()],
        [voter for _, voter in asked.values()],
    )
    return {row["number"]: Ballot(*(row[name] for name in Ballot.__slots__)) for row in rows}


async def write(connection: Connection, changes: Sequence[tuple[Message, UUID, BallotChange]], now: datetime) -> None:
    """Store what became of polls, each with its message, which has the position of the change, and the actor."""
    await connection.execute(
        """
        UPDATE polls SET version = given.version, ends_at = coalesce(given.ends_at, polls.ends_at)
        FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[]) AS given (id, version, ends_at)
        WHERE polls.message_id = given.id AND polls.message_id = ANY($1)
        """,
        [message.id for message, _, _ in changes],
        [message.version for message, _, _ in changes],
        [change.ends_at for _, _, change in changes],
    )
    if choices := [(message.id, actor, each.chosen) for message, actor, each in changes if each.chosen is not None]:
        await _choose(connection, choices, now)


async def _choose(connection: Connection, choices: Sequence[tuple[UUID, UUID, list[int]]], now: datetime) -> None:
    """Replace what users have chosen in polls."""
    await connection.execute(
        """
        WITH given AS (
            SELECT id, user_id, chosen::smallint[] AS chosen
            FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS given (id, user_id, chosen)
        ), gone AS (
            DELETE FROM poll_votes USING given
            WHERE poll_votes.message_id = given.id AND poll_votes.user_id = given.user_id
              AND poll_votes.option <> ALL(given.chosen) AND poll_votes.message_id = ANY($1)
        )
        INSERT INTO poll_votes (message_id, option, user_id, created_at)
        SELECT id, unnest(chosen), user_id, $4 FROM given ON CONFLICT DO NOTHING
        """,
        [message for message, _, _ in choices],
        [actor for _, actor, _ in choices],
        ["{" + ",".join(map(str, chosen)) + "}" for _, _, chosen in choices],
        now,
    )


async def chosen(connection: Connection, pairs: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], list[int]]:
    """For each poll and user the options that the user has chosen, by number; pairs without any are missing.

    An answer to a scheduled event counts as an option.
    """
    rows = await connection.fetch(
        """
        SELECT given.id, given.voter_id, array_agg(option ORDER BY option) AS chosen
        FROM unnest($1::uuid[], $2::uuid[]) AS given (id, voter_id)
        CROSS JOIN LATERAL (
            SELECT option FROM poll_votes WHERE poll_votes.message_id = given.id AND user_id = given.voter_id
            UNION ALL
            SELECT answer FROM event_answers WHERE event_answers.message_id = given.id AND user_id = given.voter_id
        ) AS vote (option)
        GROUP BY given.id, given.voter_id
        """,
        [poll for poll, _ in pairs],
        [user for _, user in pairs],
    )
    return {(row["id"], row["voter_id"]): row["chosen"] for row in rows}


def of_viewer(poll: Poll, numbers: Sequence[int]) -> Poll:
    """The poll as the user sees it who chose the options of these numbers."""
    own = [poll.options[number - 1].id for number in numbers]
    return msgspec.structs.replace(poll, user_votes=own, user_vote=own[0] if own else None)


def _poll(row: Row) -> Poll:
    total = sum(row["votes"])
    options = [PollOption(*each) for each in zip(row["option_ids"], row["options"], row["votes"], strict=True)]
    poll = Poll(
        row["message_id"],
        row["question"],
        options,
        total_votes=total,
        total_voters=total if row["voters"] is None else row["voters"],
        is_multiple=row["is_multiple"],
        is_anonymous=row["is_anonymous"],
        ends_at=row["ends_at"],
        version=row["version"],
    )
    return of_viewer(poll, row["chosen"])
