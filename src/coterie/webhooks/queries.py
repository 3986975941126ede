"""SQL statements for webhooks as their administrators see them. `delivery_queries.py` has those of the deliveries."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from coterie.database.connection import Connection
from coterie.settings.sealing import Sealed
from coterie.webhooks.models import LoggedWebhook, Webhook

LOGGED: Final = """
    id, server_id, created_by, name, url, event_types, enabled, disabled_reason, delivery_failures, last_failure,
    failing_since, last_tested_at, last_test_result, created_at, updated_at
"""


async def insert(connection: Connection, webhook: Webhook, sealed: Sealed) -> None:
    await connection.execute(
        """
        INSERT INTO webhooks (
            id, server_id, created_by, name, url, event_types, enabled, sealed_secret, sealed_with, created_at,
            updated_at
        ) VALUES ($1, $2, $3, $4, $5, $6, TRUE, $7, $8, $9, $9)
        """,
        webhook.id,
        webhook.server_id,
        webhook.created_by,
        webhook.name,
        webhook.url,
        webhook.event_types,
        sealed.sealed_secret,
        sealed.sealed_with,
        webhook.created_at,
    )


async def webhooks(connection: Connection, server_id: UUID) -> list[Webhook]:
    """A server's webhooks, oldest first (at most `actions.WEBHOOK_LIMIT`)."""
    rows = await connection.fetch(
        f"SELECT {LOGGED}, last_used_at FROM webhooks WHERE server_id = $1 ORDER BY created_at, id", server_id
    )
    return [Webhook(**row) for row in rows]


async def logged(connection: Connection, server_id: UUID) -> list[LoggedWebhook]:
    """A server's webhooks as the log has them."""
    rows = await connection.fetch(f"SELECT {LOGGED} FROM webhooks WHERE server_id = $1", server_id)
    return [LoggedWebhook(**row) for row in rows]


async def webhook(connection: Connection, server_id: UUID, webhook_id: UUID) -> Webhook | None:
    row = await connection.fetchrow(
        f"SELECT {LOGGED}, last_used_at FROM webhooks WHERE id = $1 AND server_id = $2", webhook_id, server_id
    )
    return Webhook(**row) if row else None


async def count(connection: Connection, server_id: UUID) -> int:
    value: int = await connection.fetchval("SELECT count(*) FROM webhooks WHERE server_id = $1", server_id)
    return value


async def update(connection: Connection, changed: Webhook) -> None:
    """Write what an administrator has changed; the next event is attempted at once, and counted from the beginning."""
    await connection.execute(
        """
        UPDATE webhooks
        SET name = $2, url = $3, event_types = $4, enabled = $5, updated_at = $6,
            disabled_reason = CASE WHEN NOT $5 THEN disabled_reason END,
            delivery_failures = 0, last_failure = NULL, failing_since = NULL, attempts = 0, next_attempt_at = NULL
        WHERE id = $1
        """,
        changed.id,
        changed.name,
        changed.url,
        changed.event_types,
        changed.enabled,
        changed.updated_at,
    )


async def delete(connection: Connection, webhook_id: UUID) -> None:
    await connection.execute("DELETE FROM webhooks WHERE id = $1", webhook_id)


async def request_test(connection: Connection, webhook_id: UUID, now: datetime) -> None:
    await connection.execute("UPDATE webhooks SET test_requested_at = $2 WHERE id = $1", webhook_id, now)


async def begin(connection: Connection, webhook_id: UUID, server_id: UUID, kinds: Collection[str]) -> None:
    """Deliver from now on what happens in the server's topics of these kinds (`server`, `channel`).

    Changes that are under way get positions after these, since a position is taken at the end of its topic.
    """
    await connection.execute(
        """
        INSERT INTO webhook_positions (webhook_id, topic_id, position)
        SELECT $1, topics.id, topics.position FROM topics
        WHERE topics.kind = ANY($3)
          AND (topics.id = $2 OR topics.id = ANY(ARRAY(SELECT channels.id FROM channels WHERE channels.server_id = $2)))
        ON CONFLICT (webhook_id, topic_id) DO UPDATE SET position = excluded.position
        """,
        webhook_id,
        server_id,
        list(kinds),
    )


async def sealed_otherwise(connection: Connection, current: str, after: UUID, limit: int) -> dict[UUID, Sealed]:
    """Secrets that are encrypted with another key than this, by the ids of their webhooks after an id."""
    rows = await connection.fetch(
        """
        SELECT id, sealed_secret, sealed_with FROM webhooks
        WHERE sealed_with <> $1 AND id > $2 ORDER BY id LIMIT $3
        """,
        current,
        after,
        limit,
    )
    return {row["id"]: Sealed(row["sealed_secret"], row["sealed_with"]) for row in rows}


async def reseal(connection: Connection, webhook_id: UUID, before: Sealed, sealed: Sealed) -> None:
    await connection.execute(
        "UPDATE webhooks SET sealed_secret = $2, sealed_with = $3 WHERE id = $1 AND sealed_secret = $4",
        webhook_id,
        sealed.sealed_secret,
        sealed.sealed_with,
        before.sealed_secret,
    )


async def forget_creator(connection: Connection, server_id: UUID, user_id: UUID) -> list[LoggedWebhook]:
    """The server's webhooks that a user made are nobody's from now on; returns them. Their next delivery ends them."""
    rows = await connection.fetch(
        f"UPDATE webhooks SET created_by = NULL WHERE server_id = $1 AND created_by = $2 RETURNING {LOGGED}",
        server_id,
        user_id,
    )
    return [LoggedWebhook(**row) for row in rows]
