"""The statements about who is connected, and how people appear to others.

Invisible and absent look alike: offline, and doing nothing. What is told last of somebody is kept in `appearances`,
whose row is locked (`hold`) before anything that changes how they appear is written; so what is told is never older
than what was told before, and nothing is told twice.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from coterie.accounts.models import User
from coterie.database.connection import Connection
from coterie.presence.models import Appearance, Look, SeenPerson, Why

IS_SHOWN: Final = "(users.status <> 'offline' AND EXISTS (SELECT FROM presences WHERE presences.user_id = users.id))"
SHOWN: Final = f"""
    CASE WHEN {IS_SHOWN} THEN users.status ELSE 'offline' END AS status,
    users.custom_status,
    CASE WHEN {IS_SHOWN} THEN users.activity END AS activity
"""
"""Of `users` how somebody appears to others: for every statement that answers a person's status."""

LAST_SEEN: Final = f"CASE WHEN {IS_SHOWN} THEN now() ELSE coalesce(users.last_seen_at, users.created_at) END"
"""Of `users` when others saw them last."""

EXPIRED_LIMIT: Final = 500
CONVERSATIONS_LIMIT: Final = 300
"""Of somebody who takes part in more conversations, those that they came to or read last are told."""

VIEWED: Final = f"""
    CROSS JOIN LATERAL (
        SELECT {IS_SHOWN} AS is_shown,
               users.id = $1
               OR EXISTS (SELECT FROM server_members AS theirs
                          JOIN server_members AS mine ON mine.server_id = theirs.server_id
                          WHERE theirs.user_id = users.id AND mine.user_id = $1)
               OR (NOT EXISTS (SELECT FROM contacts
                               WHERE user_id = users.id AND contact_user_id = $1 AND state = 'blocked')
                   AND (EXISTS (SELECT FROM contacts
                                WHERE user_id = users.id AND contact_user_id = $1 AND state = 'friend')
                        OR EXISTS (SELECT FROM conversation_participants AS theirs
                                   JOIN conversation_participants AS mine
                                   ON mine.conversation_id = theirs.conversation_id
                                   WHERE theirs.user_id = users.id AND mine.user_id = $1))) AS is_told
        OFFSET 0
    ) AS viewed
"""
"""Beside `users`, whether the person $1 is told of their presence: see docs/protocol/presence.md."""

SHOWN_TO_VIEWER: Final = """
    CASE WHEN is_shown AND is_told THEN users.status ELSE 'offline' END AS status,
    users.custom_status,
    CASE WHEN is_shown AND is_told THEN users.activity END AS activity
"""
"""As `SHOWN`, to the person $1 of `VIEWED`: who is not told of somebody sees them away."""


async def beat(connection: Connection, process: UUID, now: datetime) -> bool:
    """Say that this process lives; True if it was not known (new, or taken for dead meanwhile)."""
    is_new: bool = await connection.fetchval(
        """
        INSERT INTO processes (id, seen_at) VALUES ($1, $2)
        ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at RETURNING xmax = 0
        """,
        process,
        now,
    )
    return is_new


async def bury(connection: Connection, silent_since: datetime) -> list[Look]:
    """Forget processes that were not seen since, and answer who was connected to them, and until when."""
    rows = await connection.fetch(
        """
        WITH dead AS (DELETE FROM processes WHERE seen_at < $1 RETURNING id, seen_at)
        SELECT user_id, max(seen_at) AS at FROM dead JOIN presences ON presences.process_id = dead.id
        WHERE process_id IN (SELECT id FROM dead) GROUP BY user_id
        """,
        silent_since,
    )
    return [Look(row["user_id"], Why.MOVED, row["at"]) for row in rows]


async def living(connection: Connection, processes: Collection[UUID]) -> set[UUID]:
    """Which of these processes are not taken for dead."""
    rows = await connection.fetch("SELECT id FROM processes WHERE id = ANY($1)", list(processes))
    return {row["id"] for row in rows}


async def connected_to(connection: Connection, process: UUID) -> list[UUID]:
    """Who counts as connected to a process."""
    rows = await connection.fetch("SELECT user_id FROM presences WHERE process_id = $1", process)
    return [row["user_id"] for row in rows]


async def forget(connection: Connection, process: UUID) -> None:
    """Forget a process that ends, with its connections."""
    await connection.execute("DELETE FROM processes WHERE id = $1", process)


async def hold(connection: Connection, looks: Sequence[Look]) -> None:
    """Keep others from telling of these people until commit.

    Of whom nothing was told yet, they are taken to have been told that they are away, but nothing of an edit.
    """
    await connection.execute(
        """
        INSERT INTO appearances (user_id, custom_status)
        SELECT id, CASE WHEN id <> ALL($2) THEN custom_status END FROM users WHERE id = ANY($1) ORDER BY id
        ON CONFLICT (user_id) DO UPDATE SET version = appearances.version WHERE FALSE
        """,
        [look.user_id for look in looks],
        [look.user_id for look in looks if look.why is Why.EDITED],
    )


async def record(connection: Connection, process: UUID, present: Sequence[UUID], absent: Sequence[UUID]) -> None:
    """Who is connected to this process now, and who no longer is."""
    await connection.execute(
        """
        WITH gone AS (DELETE FROM presences WHERE process_id = $1 AND user_id = ANY($3))
        INSERT INTO presences (user_id, process_id)
        SELECT id, $1 FROM users WHERE id = ANY($2) ORDER BY id
        ON CONFLICT DO NOTHING
        """,
        process,
        present,
        absent,
    )


async def tell(connection: Connection, looks: Sequence[Look], version: int) -> list[Appearance]:
    """How those appear of whom something is to be told, and to whom; they must be held.

    That somebody is away is told only of who was there: whoever comes to know them takes them to be away. Who
    disappears by it was last seen at that moment.
    """
    rows = await connection.fetch(
        f"""
        WITH look AS (
            SELECT user_id, is_asked, at
            FROM unnest($1::uuid[], $2::bool[], $3::timestamptz[]) AS look (user_id, is_asked, at)
        ), now AS MATERIALIZED (
            SELECT users.id, {SHOWN} FROM users WHERE users.id = ANY($1)
        ), before AS MATERIALIZED (
            SELECT user_id, status FROM appearances WHERE user_id = ANY($1)
        ), told AS (
            UPDATE appearances SET status = now.status, custom_status = now.custom_status, activity = now.activity,
                version = greatest(appearances.version + 1, $4)
            FROM now JOIN look ON look.user_id = now.id
            WHERE appearances.user_id = now.id AND appearances.user_id = ANY($1)
              AND ((is_asked AND now.status <> 'offline')
                   OR (appearances.status, appearances.custom_status, appearances.activity)
                      IS DISTINCT FROM (now.status, now.custom_status, now.activity))
            RETURNING appearances.user_id, appearances.status, appearances.custom_status, appearances.activity,
                appearances.version, look.at
        ), left_now AS (
            UPDATE users SET last_seen_at = told.at
            FROM told JOIN before ON before.user_id = told.user_id
            WHERE users.id = told.user_id AND users.id = ANY($1)
              AND before.status <> 'offline' AND told.status = 'offline'
        )
        SELECT user_id, status, custom_status, activity, version,
               ARRAY(SELECT server_id FROM server_members WHERE server_members.user_id = told.user_id)
               || ARRAY(SELECT conversation_id FROM conversation_participants
                        WHERE conversation_participants.user_id = told.user_id
                        ORDER BY greatest(joined_at, read_at) DESC LIMIT {CONVERSATIONS_LIMIT}) AS audience,
               ARRAY(SELECT contact_user_id FROM contacts
                     WHERE contacts.user_id = told.user_id AND state = 'blocked'
                       AND EXISTS (SELECT FROM conversation_participants AS theirs
                                   JOIN conversation_participants AS own
                                   ON own.conversation_id = theirs.conversation_id
                                   WHERE theirs.user_id = contact_user_id AND own.user_id = told.user_id)
                       AND NOT EXISTS (SELECT FROM server_members AS theirs
                                       JOIN server_members AS own ON own.server_id = theirs.server_id
                                       WHERE theirs.user_id = contact_user_id AND own.user_id = told.user_id)
               ) AS hidden_from
        FROM told
        """,
        [look.user_id for look in looks],
        [look.why is Why.ASKED for look in looks],
        [look.at for look in looks],
        version,
    )
    return [Appearance(**row) for row in rows]


async def seen_by(connection: Connection, viewer: UUID, users: Collection[UUID]) -> dict[UUID, SeenPerson]:
    """How people appear to a viewer; those who are gone are missing.

    Who is not told of somebody's presence sees them away since they registered; oneself sees what others see.
    """
    rows = await connection.fetch(
        f"""
        SELECT users.id AS user_id, {SHOWN_TO_VIEWER}, is_shown AND is_told AS is_online,
               CASE WHEN is_told THEN {LAST_SEEN} ELSE users.created_at END AS last_seen
        FROM users {VIEWED} WHERE users.id = ANY($2)
        """,
        viewer,
        list(users),
    )
    return {row["user_id"]: SeenPerson(**row) for row in rows}


async def is_invisible(connection: Connection, user_id: UUID) -> bool:
    """Whether somebody chose to be taken for away."""
    status = await connection.fetchval("SELECT status FROM users WHERE id = $1", user_id)
    return bool(status == "offline")


async def expired(connection: Connection, now: datetime) -> list[UUID]:
    """Some of those whose custom status no longer stands."""
    rows = await connection.fetch(
        f"SELECT id FROM users WHERE custom_status_expires_at <= $1 LIMIT {EXPIRED_LIMIT}", now
    )
    return [row["id"] for row in rows]


async def clear_expired(connection: Connection, users: Sequence[UUID], now: datetime) -> list[User]:
    """Take away those of these people's custom statuses that no longer stand; answers their accounts."""
    rows = await connection.fetch(
        """
        WITH due AS MATERIALIZED (SELECT id FROM users WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE)
        UPDATE users SET custom_status = NULL, custom_status_expires_at = NULL
        WHERE id IN (SELECT id FROM due) AND custom_status_expires_at <= $2
        RETURNING id, username, email, avatar_url, bio, pronouns, status, custom_status, custom_status_expires_at,
            activity, created_at, is_admin, display_name
        """,
        users,
        now,
    )
    return [User(**row) for row in rows]
