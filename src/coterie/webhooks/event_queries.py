"""SQL statements that read what happened in a server since a webhook was last sent anything, from the log."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from coterie.database.connection import Connection


class TopicBehind(NamedTuple):
    """A topic of a server, up to where a webhook was sent it, and how far it is now."""

    topic: UUID
    kind: str
    position: int
    reached: int


class LoggedEvent(NamedTuple):
    """An event at a position of a topic: of which message or member; `data` is a member's, as JSON."""

    position: int
    event: str
    subject: UUID
    data: str | None


async def behind(connection: Connection, webhook_id: UUID, kinds: Sequence[str], limit: int) -> list[TopicBehind]:
    """Topics of these kinds that have moved since they were last sent, the server's own first.

    A channel without a position was created after the webhook had begun: it is sent from its beginning.
    """
    rows = await connection.fetch(
        """
        WITH places AS (
            SELECT server_id AS id FROM webhooks WHERE webhooks.id = $1
            UNION ALL
            SELECT channels.id FROM webhooks JOIN channels ON channels.server_id = webhooks.server_id
            WHERE webhooks.id = $1
        )
        SELECT topics.id AS topic, topics.kind, coalesce(sent.position, 0) AS position, topics.position AS reached
        FROM places JOIN topics ON topics.id = places.id
        LEFT JOIN webhook_positions AS sent ON sent.webhook_id = $1 AND sent.topic_id = topics.id
        WHERE topics.kind = ANY($2) AND topics.position > coalesce(sent.position, 0)
        ORDER BY topics.kind DESC, topics.id LIMIT $3
        """,
        webhook_id,
        kinds,
        limit,
    )
    return [TopicBehind(**row) for row in rows]


async def in_channel(connection: Connection, channel_id: UUID, after: int, until: int) -> list[LoggedEvent]:
    """What happened to a channel's messages after a position and up to another, in order.

    A message's creation, its edits and its files have positions that never change; only a deletion moves up, when
    something else about the tombstone changes. So nothing is passed over, whatever changes meanwhile.
    """
    rows = await connection.fetch(
        """
        SELECT position, event, subject, NULL AS data FROM (
            SELECT seq AS position, 'message.created' AS event, id AS subject FROM messages
            WHERE channel_id = $1 AND seq > $2 AND seq <= $3 AND deleted_at IS NULL
            UNION ALL
            SELECT message_edits.version, 'message.updated', messages.id
            FROM messages JOIN message_edits ON message_id = messages.id
            WHERE channel_id = $1 AND messages.version > $2 AND messages.edited_at IS NOT NULL
              AND message_edits.version > $2 AND message_edits.version <= $3
            UNION ALL
            SELECT DISTINCT attachments.position, 'message.updated', messages.id
            FROM messages JOIN attachments ON message_id = messages.id
            WHERE channel_id = $1 AND messages.version > $2
              AND attachments.position > $2 AND attachments.position <= $3
            UNION ALL
            SELECT version, 'message.deleted', id FROM messages
            WHERE channel_id = $1 AND version > $2 AND version <= $3 AND deleted_at IS NOT NULL
        ) AS happened
        ORDER BY position
        """,
        channel_id,
        after,
        until,
    )
    return [LoggedEvent(**row) for row in rows]


async def in_server(connection: Connection, server_id: UUID, after: int, until: int) -> list[LoggedEvent]:
    """Who joined and left a server after a position and up to another, in order.

    The position at which a member joined is kept with the membership, so that a later change of the member does not
    hide it.
    """
    rows = await connection.fetch(
        """
        SELECT joined_position AS position, 'member.joined' AS event, user_id AS subject, data::text AS data
        FROM changes JOIN server_members ON server_id = topic_id AND user_id = substr(key, 9)::uuid
        WHERE topic_id = $1 AND changes.position > $2 AND key LIKE 'members/%' AND NOT is_removal
          AND joined_position > $2 AND joined_position <= $3
        UNION ALL
        SELECT position, 'member.left', substr(key, 9)::uuid, NULL FROM changes
        WHERE topic_id = $1 AND position > $2 AND position <= $3 AND key LIKE 'members/%' AND is_removal
        ORDER BY position
        """,
        server_id,
        after,
        until,
    )
    return [LoggedEvent(**row) for row in rows]


class Listening(NamedTuple):
    """An enabled webhook with the topics whose changes it may send: its server, and the channels of that."""

    webhook_id: UUID
    server_id: UUID
    event_types: list[str]


async def listening(connection: Connection, server_id: UUID | None = None) -> list[Listening]:
    """The enabled webhooks of a server, or of all."""
    rows = await connection.fetch(
        """
        SELECT id AS webhook_id, server_id, event_types FROM webhooks
        WHERE enabled AND ($1::uuid IS NULL OR server_id = $1)
        """,
        server_id,
    )
    return [Listening(**row) for row in rows]


async def channels_of(connection: Connection, servers: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """The channels of these servers, each with its server."""
    rows = await connection.fetch("SELECT id, server_id FROM channels WHERE server_id = ANY($1)", servers)
    return [(row["id"], row["server_id"]) for row in rows]


async def drop_positions(connection: Connection, server_id: UUID | None = None) -> None:
    """Delete the positions of channels that are gone, for the webhooks of a server or of all."""
    await connection.execute(
        """
        DELETE FROM webhook_positions USING webhooks
        WHERE webhooks.id = webhook_id AND ($1::uuid IS NULL OR server_id = $1)
          AND NOT EXISTS (SELECT FROM topics WHERE topics.id = topic_id)
        """,
        server_id,
    )
