"""The statements that permissions are computed from. Each reads everything as of one moment, with its position."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from coterie.database.connection import Connection
from coterie.permissions.messaging import CONTACTS, MAY_MESSAGE
from coterie.permissions.models import Place

CHANGES_LIMIT: Final = 500
"""Changes of one server that are applied one by one; after more of them it is read again."""


@dataclass(frozen=True, slots=True)
class StructureRow:
    """Everything in a server that permissions depend on, except its members; what it has many of, as JSON."""

    server_id: UUID
    position: int
    owner_id: UUID
    default_permissions: int
    roles: str
    channels: str
    overrides: str
    automod: str | None


@dataclass(frozen=True, slots=True)
class ChangeRow:
    position: int
    key: str
    data: str
    is_removal: bool


@dataclass(frozen=True, slots=True)
class MemberStateRow:
    server_id: UUID
    user_id: UUID
    position: int
    is_member: bool
    role_ids: list[UUID]
    timed_out_until: datetime | None


async def structures(connection: Connection, servers: Collection[UUID]) -> list[StructureRow]:
    """The structures of these servers; those that do not exist are missing."""
    rows = await connection.fetch(
        """
        SELECT servers.id AS server_id, topics.position, owner_id, default_permissions,
            (SELECT coalesce(json_agg(json_build_object(
                    'id', id, 'server_id', server_id, 'name', name, 'permissions', permissions, 'color', color,
                    'position', roles.position, 'created_at', roles.created_at, 'hoist', hoist,
                    'auto_assign', auto_assign)), '[]')
             FROM roles WHERE server_id = servers.id)::text AS roles,
            (SELECT coalesce(json_agg(json_build_object(
                    'id', id, 'server_id', server_id, 'name', name, 'type', type, 'position', channels.position,
                    'category', category, 'topic', topic, 'created_at', channels.created_at,
                    'user_limit', user_limit, 'slow_mode_seconds', slow_mode_seconds,
                    'retention_days', retention_days, 'on_hold', on_hold)), '[]')
             FROM channels WHERE server_id = servers.id)::text AS channels,
            (SELECT coalesce(json_agg(json_build_object(
                    'id', held.id, 'channel_id', channel_id, 'user_id', user_id, 'allow', allow, 'deny', deny,
                    'role_id', CASE WHEN user_id IS NULL THEN coalesce(role_id, servers.id) END)), '[]')
             FROM channels JOIN channel_permission_overrides AS held ON held.channel_id = channels.id
             WHERE channels.server_id = servers.id)::text AS overrides,
            (SELECT data FROM changes WHERE topic_id = servers.id AND key = 'automod')::text AS automod
        FROM servers JOIN topics USING (id) WHERE servers.id = ANY($1)
        """,
        servers,
    )
    return [StructureRow(**row) for row in rows]


async def changes(connection: Connection, known: Sequence[tuple[UUID, int]]) -> dict[UUID, list[ChangeRow] | None]:
    """The changes of servers since the given positions; None for one that is gone, or has too many changes."""
    rows = await connection.fetch(
        """
        SELECT known.id AS server_id, topics.floor > known.position AS is_beyond,
               changes.position, changes.key, changes.data, changes.is_removal
        FROM unnest($1::uuid[], $2::bigint[]) AS known (id, position)
        CROSS JOIN LATERAL (SELECT floor FROM topics WHERE topics.id = known.id LIMIT 1) AS topics
        LEFT JOIN LATERAL (
            SELECT position, key, data, is_removal FROM changes
            WHERE changes.topic_id = known.id AND changes.position > known.position
            ORDER BY changes.position LIMIT $3
        ) AS changes ON TRUE
        """,
        [server for server, _ in known],
        [position for _, position in known],
        CHANGES_LIMIT + 1,
    )
    found: dict[UUID, list[ChangeRow] | None] = {server: None for server, _ in known}
    for row in rows:
        if not row["is_beyond"]:
            taken = found[row["server_id"]] = found[row["server_id"]] or []
            if row["position"] is not None:
                taken.append(ChangeRow(row["position"], row["key"], row["data"], row["is_removal"]))
    return {server: taken if taken is None or len(taken) <= CHANGES_LIMIT else None for server, taken in found.items()}


async def member_states(connection: Connection, pairs: Sequence[tuple[UUID, UUID]]) -> list[MemberStateRow]:
    """The state of each pair of server and user; pairs whose server is gone are missing."""
    rows = await connection.fetch(
        """
        SELECT given.server_id, given.user_id, topics.position, member.user_id IS NOT NULL AS is_member,
               ARRAY(SELECT role_id FROM member_roles
                     WHERE member_roles.server_id = given.server_id AND member_roles.user_id = given.user_id)
                   AS role_ids,
               timeout.expires_at AS timed_out_until
        FROM unnest($1::uuid[], $2::uuid[]) AS given (server_id, user_id)
        CROSS JOIN LATERAL (SELECT position FROM topics WHERE topics.id = given.server_id LIMIT 1) AS topics
        LEFT JOIN LATERAL (
            SELECT user_id FROM server_members
            WHERE server_members.server_id = given.server_id AND server_members.user_id = given.user_id LIMIT 1
        ) AS member ON TRUE
        LEFT JOIN LATERAL (
            SELECT expires_at FROM member_timeouts
            WHERE member_timeouts.server_id = given.server_id AND member_timeouts.user_id = given.user_id LIMIT 1
        ) AS timeout ON TRUE
        """,
        [server for server, _ in pairs],
        [user for _, user in pairs],
    )
    return [MemberStateRow(**row) for row in rows]


async def servers_of(connection: Connection, user_id: UUID) -> list[UUID]:
    """The servers that a user is in."""
    rows = await connection.fetch("SELECT server_id FROM server_members WHERE user_id = $1", user_id)
    return [row["server_id"] for row in rows]


async def places(connection: Connection, channels: Collection[UUID]) -> list[Place]:
    """Which of these are channels or conversations, without a check of permissions."""
    rows = await connection.fetch("SELECT id, server_id, type FROM channels WHERE id = ANY($1)", channels)
    return [Place(**row) for row in rows]


async def participations(connection: Connection, pairs: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], bool]:
    """Which of these pairs of conversation and user are participants, and whether they may write."""
    rows = await connection.fetch(
        f"""
        SELECT conversation_id, sender_id AS user_id, NOT is_direct OR ({MAY_MESSAGE}) AS may_write
        FROM (
            SELECT given.conversation_id, given.user_id AS sender_id, is_direct, recipient_id
            FROM unnest($1::uuid[], $2::uuid[]) AS given (conversation_id, user_id)
            CROSS JOIN LATERAL (
                SELECT TRUE FROM conversation_participants AS part
                WHERE part.conversation_id = given.conversation_id AND part.user_id = given.user_id LIMIT 1
            ) AS permitted
            CROSS JOIN LATERAL (
                SELECT is_direct,
                       CASE WHEN direct_low = given.user_id THEN direct_high ELSE direct_low END AS recipient_id
                FROM conversations WHERE conversations.id = given.conversation_id LIMIT 1
            ) AS place
        ) AS pair {CONTACTS}
        """,
        [conversation for conversation, _ in pairs],
        [user for _, user in pairs],
    )
    return {(row["conversation_id"], row["user_id"]): row["may_write"] for row in rows}
