"""The statements about who is connected, and how people appear to others.

Invisible and disconnected users look alike: offline and without activity. What was sent last about a user is kept in
`appearances`. Its row is locked (`hold`) before anything that changes how they appear is written; so what is sent is
never older than what was sent before, and nothing is sent twice.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from coterie.accounts.models import User
from coterie.database.connection import Connection
from coterie.presence.models import Appearance, CheckReason, PresenceCheck, SeenPerson

IS_SHOWN: Final = "(users.status <> 'offline' AND EXISTS (SELECT FROM presences WHERE presences.user_id = users.id))"
SHOWN: Final = f"""
    CASE WHEN {IS_SHOWN} THEN users.status ELSE 'offline' END AS status,
    users.custom_status,
    CASE WHEN {IS_SHOWN} THEN users.activity END AS activity
"""
"""How a row of `users` appears to others: for every statement that returns a user's status."""

LAST_SEEN: Final = f"CASE WHEN {IS_SHOWN} THEN now() ELSE coalesce(users.last_seen_at, users.created_at) END"
"""When others last saw a row of `users` online."""

EXPIRED_LIMIT: Final = 500
CONVERSATIONS_LIMIT: Final = 300
"""If a user has written in more conversations, only those that they joined or read last receive their presence."""

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
                                   WHERE theirs.user_id = users.id AND theirs.has_written
                                     AND mine.user_id = $1))) AS is_visible
        OFFSET 0
    ) AS viewed
"""
"""Joined to `users`: whether the user $1 receives their presence, see docs/protocol/presence.md."""

SHOWN_TO_VIEWER: Final = """
    CASE WHEN is_shown AND is_visible THEN users.status ELSE 'offline' END AS status,
    CASE WHEN is_visible THEN users.custom_status END AS custom_status,
    CASE WHEN is_shown AND is_visible THEN users.activity END AS activity
"""
"""As `SHOWN`, for the user $1 of `VIEWED`: users whose presence they do not receive appear offline to them,
without a status line."""


async def beat(connection: Connection, process: UUID) -> bool:
    """Record that this process is alive; True if it was unknown (new, or meanwhile considered dead).

    The time is the database's, so that a machine with another clock neither lives on for others nor dies early.
    """
    is_new: bool = await connection.fetchval(
        """
        INSERT INTO processes (id, seen_at) VALUES ($1, now())
        ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at RETURNING xmax = 0
        """,
        process,
    )
    return is_new


async def delete_dead(connection: Connection, dead_after: timedelta) -> list[PresenceCheck]:
    """Delete processes that were silent for this long; returns who was connected to them, and until when."""
    rows = await connection.fetch(
        """
        WITH dead AS (DELETE FROM processes WHERE seen_at < now() - $1::interval RETURNING id, seen_at)
        SELECT user_id, max(seen_at) AS at FROM dead JOIN presences ON presences.process_id = dead.id
        WHERE process_id IN (SELECT id FROM dead) GROUP BY user_id
        """,
        dead_after,
    )
    return [PresenceCheck(row["user_id"], CheckReason.CONNECTION, row["at"]) for row in rows]


async def alive(connection: Connection, processes: Collection[UUID]) -> set[UUID]:
    """Which of these processes are considered alive."""
    rows = await connection.fetch("SELECT id FROM processes WHERE id = ANY($1)", list(processes))
    return {row["id"] for row in rows}


async def connected_to(connection: Connection, process: UUID) -> list[UUID]:
    """The users recorded as connected to a process."""
    rows = await connection.fetch("SELECT user_id FROM presences WHERE process_id = $1", process)
    return [row["user_id"] for row in rows]


async def forget(connection: Connection, process: UUID) -> None:
    """Delete a process that ends, with its connections."""
    await connection.execute("DELETE FROM processes WHERE id = $1", process)


async def hold(connection: Connection, checks: Sequence[PresenceCheck]) -> None:
    """Keep others from sending these users' presence until commit.

    A user without a row is recorded as sent offline, with their status line unless that may be what was edited.
    """
    await connection.execute(
        """
        INSERT INTO appearances (user_id, custom_status)
        SELECT id, CASE WHEN id <> ALL($2) THEN custom_status END FROM users WHERE id = ANY($1) ORDER BY id
        ON CONFLICT (user_id) DO UPDATE SET version = appearances.version WHERE FALSE
        """,
        [check.user_id for check in checks],
        [check.user_id for check in checks if check.reason is CheckReason.EDITED],
    )


async def record(connection: Connection, process: UUID, present: Sequence[UUID], absent: Sequence[UUID]) -> None:
    """Record who is connected to this process now, and who no longer is."""
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


async def update_appearances(connection: Connection, checks: Sequence[PresenceCheck], version: int) -> list[Appearance]:
    """How the users appear whose presence has to be sent, and to whom; they must be held.

    Offline is sent only for users who were online: clients take users for offline until they learn otherwise. A user
    who goes offline by this was last seen at that moment.
    """
    rows = await connection.fetch(
        f"""
        WITH checks AS (
            SELECT user_id, is_repeated, at
            FROM unnest($1::uuid[], $2::bool[], $3::timestamptz[]) AS checks (user_id, is_repeated, at)
        ), now AS MATERIALIZED (
            SELECT users.id, {SHOWN} FROM users WHERE users.id = ANY($1)
        ), before AS MATERIALIZED (
            SELECT user_id, status FROM appearances WHERE user_id = ANY($1)
        ), sent AS (
            UPDATE appearances SET status = now.status, custom_status = now.custom_status, activity = now.activity,
                version = greatest(appearances.version + 1, $4)
            FROM now JOIN checks ON checks.user_id = now.id
            WHERE appearances.user_id = now.id AND appearances.user_id = ANY($1)
              AND ((is_repeated AND now.status <> 'offline')
                   OR (appearances.status, appearances.custom_status, appearances.activity)
                      IS DISTINCT FROM (now.status, now.custom_status, now.activity))
            RETURNING appearances.user_id, appearances.status, appearances.custom_status, appearances.activity,
                appearances.version, checks.at
        ), left_now AS (
            UPDATE users SET last_seen_at = sent.at
            FROM sent JOIN before ON before.user_id = sent.user_id
            WHERE users.id = sent.user_id AND users.id = ANY($1)
              AND before.status <> 'offline' AND sent.status = 'offline'
        )
        SELECT user_id, status, custom_status, activity, version,
               ARRAY(SELECT server_id FROM server_members WHERE server_members.user_id = sent.user_id)
               || ARRAY(SELECT conversation_id FROM conversation_participants
                        WHERE conversation_participants.user_id = sent.user_id AND has_written
                        ORDER BY greatest(joined_at, read_at) DESC LIMIT {CONVERSATIONS_LIMIT}) AS audience,
               ARRAY(SELECT contact_user_id FROM contacts
                     WHERE contacts.user_id = sent.user_id AND state = 'blocked'
                       AND EXISTS (SELECT FROM conversation_participants AS theirs
                                   JOIN conversation_participants AS own
                                   ON own.conversation_id = theirs.conversation_id
                                   WHERE theirs.user_id = contact_user_id AND own.user_id = sent.user_id
                                     AND own.has_written)
                       AND NOT EXISTS (SELECT FROM server_members AS theirs
                                       JOIN server_members AS own ON own.server_id = theirs.server_id
                                       WHERE theirs.user_id = contact_user_id AND own.user_id = sent.user_id)
               ) AS hidden_from
        FROM sent
        """,
        [check.user_id for check in checks],
        [check.reason is CheckReason.REPEATED for check in checks],
        [check.at for check in checks],
        version,
    )
    return [Appearance(**row) for row in rows]


async def seen_by(connection: Connection, viewer: UUID, users: Collection[UUID]) -> dict[UUID, SeenPerson]:
    """How users appear to a viewer; deleted accounts are missing.

    Users whose presence the viewer does not receive appear offline since they registered, without a status line.
    Viewers see themselves as others do.
    """
    rows = await connection.fetch(
        f"""
        SELECT users.id AS user_id, {SHOWN_TO_VIEWER}, is_shown AND is_visible AS is_online,
               CASE WHEN is_visible THEN {LAST_SEEN} ELSE users.created_at END AS last_seen
        FROM users {VIEWED} WHERE users.id = ANY($2)
        """,
        viewer,
        list(users),
    )
    return {row["user_id"]: SeenPerson(**row) for row in rows}


async def is_invisible(connection: Connection, user_id: UUID) -> bool:
    """Whether a user chose to appear offline."""
    status = await connection.fetchval("SELECT status FROM users WHERE id = $1", user_id)
    return bool(status == "offline")


async def expired(connection: Connection, now: datetime) -> list[UUID]:
    """Some of the users whose status line has expired."""
    rows = await connection.fetch(
        f"SELECT id FROM users WHERE custom_status_expires_at <= $1 LIMIT {EXPIRED_LIMIT}", now
    )
    return [row["id"] for row in rows]


async def clear_expired(connection: Connection, users: Sequence[UUID], now: datetime) -> list[User]:
    """Clear those of these users' status lines that have expired; returns their accounts."""
    rows = await connection.fetch(
        """
        WITH due AS MATERIALIZED (SELECT id FROM users WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE)
        UPDATE users SET custom_status = NULL, custom_status_expires_at = NULL
        WHERE id IN (SELECT id FROM due) AND custom_status_expires_at <= $2
        RETURNING id, username, email, avatar_url, bio, pronouns, status, custom_status, custom_status_expires_at,
            activity, created_at, is_admin, display_name, deletion_due_at, deletion_erases_messages
        """,
        users,
        now,
    )
    return [User(**row) for row in rows]
