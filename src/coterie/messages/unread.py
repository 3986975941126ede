"""What a user has not read: counted from their read mark, and never from before they joined.

Their own messages, replies in threads, deleted messages and system messages are not counted, except calls that they
missed and what they are told about events. One statement counts all channels of all servers. It reads no more than the
newest messages of each up to a limit, so a count that reaches the limit means "or more". The first of them is then one
step of an index behind the read mark.
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from coterie.database.connection import Connection
from coterie.messages.models import UnreadCount

LIMIT: Final = 100
"""The highest count for a channel: clients show "99+" from here."""

LATEST: Final = (1 << 63) - 1

IS_NEWS: Final = """(type <> 'system' OR (
    type_details ->> 'kind' = 'call' AND type_details ->> 'seconds' IS NULL AND author_id IS DISTINCT FROM $1
    AND NOT coalesce((type_details -> 'declined')::jsonb ? ($1::uuid)::text, FALSE))
    OR (type_details ->> 'kind' LIKE 'event_%' AND $1 = ANY(mention_user_ids)))"""
"""What can be unread: the messages of users, and for the user $1 a call that they missed, and did not decline, and what
they are told about an event."""


async def counts(connection: Connection, user_id: UUID, channels: Mapping[UUID, int]) -> list[UnreadCount]:
    """What a user has not read in each of these channels up to a position, without channels that are read."""
    rows = await connection.fetch(
        f"""
        SELECT given.channel_id, unread.count AS unread_count, mentioned.count AS mention_count,
               coalesce(first.seq - 1, unread.read_position) AS read_position,
               least(topic.position, given.position) AS counted_to,
               first.id AS first_id, first.created_at AS first_at
        FROM unnest($2::uuid[], $3::bigint[]) AS given (channel_id, position)
        CROSS JOIN LATERAL (SELECT position FROM topics WHERE topics.id = given.channel_id LIMIT 1) AS topic
        CROSS JOIN LATERAL (
            SELECT server_id FROM channels WHERE channels.id = given.channel_id LIMIT 1
        ) AS place
        CROSS JOIN LATERAL (
            (SELECT joined_at FROM server_members
             WHERE server_members.server_id = place.server_id AND server_members.user_id = $1 LIMIT 1)
            UNION ALL
            (SELECT joined_at FROM conversation_participants
             WHERE conversation_participants.conversation_id = given.channel_id
               AND conversation_participants.user_id = $1 LIMIT 1)
        ) AS part
        LEFT JOIN LATERAL (
            SELECT position FROM read_marks
            WHERE read_marks.user_id = $1 AND read_marks.channel_id = given.channel_id LIMIT 1
        ) AS mark ON TRUE
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE counts) AS count, min(seq) FILTER (WHERE counts) - 1 AS read_position,
                   count(*) = {LIMIT} AS is_capped
            FROM (
                SELECT seq, author_id IS DISTINCT FROM $1 AND created_at > joined_at AND {IS_NEWS} AS counts
                FROM messages
                WHERE messages.channel_id = given.channel_id AND seq > coalesce(mark.position, 0)
                  AND seq <= given.position AND thread_id IS NULL AND deleted_at IS NULL
                ORDER BY seq DESC LIMIT {LIMIT}
            ) AS newest
        ) AS unread
        LEFT JOIN LATERAL (
            SELECT id, seq, created_at FROM messages
            WHERE messages.channel_id = given.channel_id AND seq > mark.position AND seq <= given.position
              AND thread_id IS NULL AND deleted_at IS NULL AND unread.is_capped
            ORDER BY seq LIMIT 1
        ) AS first ON first.created_at > joined_at
        CROSS JOIN LATERAL (
            SELECT count(*) FROM (
                SELECT DISTINCT mentioning.seq FROM unnest(ARRAY(
                    SELECT role_id FROM member_roles
                    WHERE member_roles.server_id = place.server_id AND member_roles.user_id = $1
                ) || ARRAY[$1, given.channel_id]) AS target (id)
                CROSS JOIN LATERAL (
                    SELECT seq FROM mentions
                    WHERE mentions.channel_id = given.channel_id AND mentions.target_id = target.id
                      AND mentions.seq > coalesce(mark.position, 0) AND mentions.seq <= given.position
                      AND NOT in_thread
                    ORDER BY seq DESC LIMIT {LIMIT}
                ) AS mentioning
                JOIN messages ON messages.channel_id = given.channel_id AND messages.seq = mentioning.seq
                WHERE author_id IS DISTINCT FROM $1 AND created_at > joined_at AND deleted_at IS NULL
                LIMIT {LIMIT}
            ) AS newest_mentions
        ) AS mentioned
        WHERE topic.position > coalesce(mark.position, 0) AND unread.count > 0
        """,
        user_id,
        list(channels.keys()),
        list(channels.values()),
    )
    return [UnreadCount(**row) for row in rows]
