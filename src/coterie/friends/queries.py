"""SQL statements for friends, requests and blocks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from coterie.database.columns import columns
from coterie.database.connection import Connection
from coterie.friends.models import Block, BlockedPerson, Contact, Friend, FriendRequest
from coterie.presence.queries import IS_SHOWN, LAST_SEEN, SHOWN

FRIEND: Final = """
    contact_user_id AS id, contacts.user_id, contact_user_id, username, display_name, avatar_url,
    CASE WHEN knows_email AND email_verified_at IS NOT NULL THEN email ELSE '' END AS email, contacts.created_at
"""
SEEN: Final = f"{SHOWN}, {IS_SHOWN} AS is_online, {LAST_SEEN} AS last_seen"
REQUEST: Final = """
    friend_requests.id, from_user_id, to_user_id, sender.username AS from_username, recipient.username AS to_username,
    CASE WHEN is_by_email AND sender.email_verified_at IS NOT NULL THEN sender.email ELSE '' END AS from_email,
    CASE WHEN is_by_email AND recipient.email_verified_at IS NOT NULL THEN recipient.email ELSE '' END AS to_email,
    message, friend_requests.status, friend_requests.created_at, responded_at
"""
PARTIES: Final = """
    JOIN users AS sender ON sender.id = from_user_id JOIN users AS recipient ON recipient.id = to_user_id
"""


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A request about to be stored."""

    id: UUID
    sender: UUID
    recipient: UUID
    message: str | None
    is_by_email: bool
    created_at: datetime


class Friendship(NamedTuple):
    """That two people, the lower id first, are friends."""

    low: UUID
    high: UUID
    created_at: datetime


class WholeRequest(NamedTuple):
    """A request and what became of it."""

    id: UUID
    from_user_id: UUID
    to_user_id: UUID
    message: str | None
    status: str
    is_by_email: bool
    created_at: datetime
    responded_at: datetime | None


FRIENDS: Final = columns(Friendship)
REQUESTS: Final = columns(WholeRequest)


async def contacts(connection: Connection, user_id: UUID) -> list[Contact]:
    """A user's friends by name (their number is limited)."""
    rows = await connection.fetch(
        f"""
        SELECT {FRIEND}, {SEEN} FROM contacts JOIN users ON users.id = contact_user_id
        WHERE contacts.user_id = $1 AND state = 'friend' ORDER BY lower(username)
        """,
        user_id,
    )
    return [Contact(**row) for row in rows]


async def friends(connection: Connection, user_id: UUID) -> list[Friend]:
    """A user's friends as the log has them."""
    rows = await connection.fetch(
        f"""
        SELECT {FRIEND} FROM contacts JOIN users ON users.id = contact_user_id
        WHERE contacts.user_id = $1 AND state = 'friend'
        """,
        user_id,
    )
    return [Friend(**row) for row in rows]


async def befriended(connection: Connection, user_id: UUID) -> list[Friend]:
    """A user as each of their friends has them in the list."""
    rows = await connection.fetch(
        f"""
        SELECT {FRIEND} FROM contacts JOIN users ON users.id = contact_user_id
        WHERE contact_user_id = $1 AND state = 'friend'
        """,
        user_id,
    )
    return [Friend(**row) for row in rows]


async def befriend(
    connection: Connection, one: UUID, other: UUID, now: datetime, *, knows_email: bool
) -> list[Contact]:
    """Make two people friends; returns each as the other's list has them. A second time violates `contacts_pkey`."""
    rows = await connection.fetch(
        f"""
        WITH contacts AS (
            INSERT INTO contacts (user_id, contact_user_id, state, knows_email, created_at)
            VALUES ($1, $2, 'friend', $3, $4), ($2, $1, 'friend', $3, $4)
            RETURNING user_id, contact_user_id, knows_email, created_at
        )
        SELECT {FRIEND}, {SEEN} FROM contacts JOIN users ON users.id = contact_user_id
        """,
        one,
        other,
        knows_email,
        now,
    )
    return [Contact(**row) for row in rows]


async def befriend_all(connection: Connection, pairs: Sequence[Friendship]) -> list[Friend]:
    """Make pairs friends who know each other's addresses; returns both directions as in the log."""
    rows = await connection.fetch(
        f"""
        WITH given AS (
            SELECT {FRIENDS.names} FROM {FRIENDS.given}
        ), contacts AS (
            INSERT INTO contacts (user_id, contact_user_id, state, knows_email, created_at)
            SELECT low, high, 'friend', TRUE, created_at FROM given
            UNION ALL SELECT high, low, 'friend', TRUE, created_at FROM given
            RETURNING user_id, contact_user_id, knows_email, created_at
        )
        SELECT {FRIEND} FROM contacts JOIN users ON users.id = contact_user_id
        """,
        *FRIENDS.arrays(pairs),
    )
    return [Friend(**row) for row in rows]


async def end_friendship(connection: Connection, one: UUID, other: UUID) -> bool:
    """End a friendship on both sides; False if there was none."""
    rows = await connection.fetch(
        """
        DELETE FROM contacts WHERE state = 'friend'
            AND user_id = ANY(ARRAY[$1, $2]::uuid[]) AND contact_user_id = ANY(ARRAY[$1, $2]::uuid[])
        RETURNING user_id
        """,
        one,
        other,
    )
    return bool(rows)


async def count_contacts(connection: Connection, users: Sequence[UUID], state: str) -> int:
    """The largest number of friends, or of blocked people, that any of the users has."""
    count: int = await connection.fetchval(
        """
        SELECT coalesce(max(number), 0) FROM unnest($1::uuid[]) AS given (id)
        CROSS JOIN LATERAL (
            SELECT count(*) AS number FROM contacts WHERE user_id = given.id AND state = $2
        ) AS counted
        """,
        users,
        state,
    )
    return count


async def block(connection: Connection, user_id: UUID, blocked: UUID, now: datetime) -> Block | None:
    """Store a block; None if there is no such account."""
    row = await connection.fetchrow(
        """
        WITH made AS (
            INSERT INTO contacts (user_id, contact_user_id, state, created_at)
            SELECT $1, id, 'blocked', $3 FROM users WHERE id = $2
            RETURNING contact_user_id, created_at
        )
        SELECT made.contact_user_id AS user_id, username, made.created_at
        FROM made JOIN users ON users.id = made.contact_user_id
        """,
        user_id,
        blocked,
        now,
    )
    return Block(**row) if row else None


async def unblock(connection: Connection, user_id: UUID, blocked: UUID) -> bool:
    """Remove a block; False if there was none."""
    found = await connection.fetchval(
        "DELETE FROM contacts WHERE user_id = $1 AND contact_user_id = $2 AND state = 'blocked' RETURNING TRUE",
        user_id,
        blocked,
    )
    return bool(found)


async def blocks(connection: Connection, user_id: UUID) -> list[BlockedPerson]:
    """The accounts that a user blocks, newest first (their number is limited)."""
    rows = await connection.fetch(
        """
        SELECT contact_user_id AS user_id, username, contacts.created_at, avatar_url
        FROM contacts JOIN users ON users.id = contact_user_id
        WHERE user_id = $1 AND state = 'blocked' ORDER BY contacts.created_at DESC, contact_user_id
        """,
        user_id,
    )
    return [BlockedPerson(**row) for row in rows]


async def request(connection: Connection, request_id: UUID) -> FriendRequest | None:
    """A request, pending or closed."""
    row = await connection.fetchrow(
        f"SELECT {REQUEST} FROM friend_requests {PARTIES} WHERE friend_requests.id = $1", request_id
    )
    return FriendRequest(**row) if row else None


async def pending(connection: Connection, user_id: UUID) -> list[FriendRequest]:
    """The open requests from and to a user, newest first."""
    rows = await connection.fetch(
        f"""
        SELECT {REQUEST} FROM friend_requests {PARTIES}
        WHERE friend_requests.id = ANY(ARRAY(
                  SELECT id FROM friend_requests WHERE from_user_id = $1 AND status = 'pending'
                  UNION ALL SELECT id FROM friend_requests WHERE to_user_id = $1 AND status = 'pending'))
        ORDER BY friend_requests.created_at DESC, friend_requests.id DESC
        """,
        user_id,
    )
    return [FriendRequest(**row) for row in rows]


async def count_pending(connection: Connection, sender: UUID, recipient: UUID) -> tuple[int, int]:
    """How many open requests the sender has sent, and how many the recipient has received."""
    row = await connection.fetchrow(
        """
        SELECT (SELECT count(*) FROM friend_requests WHERE from_user_id = $1 AND status = 'pending'),
               (SELECT count(*) FROM friend_requests WHERE to_user_id = $2 AND status = 'pending')
        """,
        sender,
        recipient,
    )
    assert row is not None, "counts are always there"
    return row[0], row[1]


async def insert_request(connection: Connection, new: NewRequest) -> FriendRequest:
    """Store a request, in place of the closed ones of the same direction; returns it as clients receive it."""
    await connection.execute(
        """
        WITH old AS (
            DELETE FROM friend_requests WHERE from_user_id = $2 AND to_user_id = $3 AND status <> 'pending'
        )
        INSERT INTO friend_requests (id, from_user_id, to_user_id, message, is_by_email, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        new.id,
        new.sender,
        new.recipient,
        new.message,
        new.is_by_email,
        new.created_at,
    )
    made = await request(connection, new.id)
    assert made is not None, "it was just made"
    return made


async def insert_requests(connection: Connection, requests: Sequence[WholeRequest]) -> list[FriendRequest]:
    """Requests with what became of them; returns the open ones as in the log."""
    await connection.execute(
        f"INSERT INTO friend_requests ({REQUESTS.names}) SELECT {REQUESTS.names} FROM {REQUESTS.given}",
        *REQUESTS.arrays(requests),
    )
    rows = await connection.fetch(
        f"""
        SELECT {REQUEST} FROM friend_requests {PARTIES}
        WHERE friend_requests.id = ANY($1) AND friend_requests.status = 'pending'
        """,
        [each.id for each in requests],
    )
    return [FriendRequest(**row) for row in rows]


async def forget_answered(connection: Connection, before: datetime, limit: int) -> int:
    """Delete requests that were answered before a moment, and count them."""
    rows = await connection.fetch(
        """
        DELETE FROM friend_requests WHERE id = ANY(ARRAY(
            SELECT id FROM friend_requests WHERE responded_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED
        )) RETURNING id
        """,
        before,
        limit,
    )
    return len(rows)


async def close_request(connection: Connection, request_id: UUID, status: str, now: datetime) -> None:
    """Store the outcome of a pending request."""
    await connection.execute(
        "UPDATE friend_requests SET status = $2, responded_at = $3 WHERE id = $1 AND status = 'pending'",
        request_id,
        status,
        now,
    )
