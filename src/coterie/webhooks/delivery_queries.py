"""SQL statements of the deliveries: who delivers, what is due, and how far it has come.

A webhook is delivered by the process that has claimed it, until its claim ends. A statement that notes progress has an
effect only while the claim holds, and extends it. Moments are PostgreSQL's, so that the processes' clocks may differ.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from coterie.database.connection import Connection, Row
from coterie.settings.sealing import Sealed
from coterie.webhooks.models import EVENT_TYPES, LoggedWebhook
from coterie.webhooks.queries import LOGGED


@dataclass(frozen=True, slots=True)
class ClaimedWebhook:
    """A webhook that this process may deliver. `wait` is how long the next attempt is not due yet, in seconds."""

    id: UUID
    server_id: UUID
    server_name: str
    created_by: UUID | None
    url: str
    event_types: frozenset[str]
    enabled: bool
    sealed: Sealed
    attempts: int
    is_failing: bool
    is_test_requested: bool
    wait: float
    updated_at: datetime


class Holder(NamedTuple):
    """A process that delivers, and how long its claim lasts after each sign of life."""

    process: UUID
    lease: timedelta


async def claim(connection: Connection, webhook_id: UUID, holder: Holder) -> ClaimedWebhook | None:
    """Claim a webhook, unless another process has."""
    row = await connection.fetchrow(
        """
        UPDATE webhooks SET claimed_by = $2, claimed_until = now() + $3
        FROM servers
        WHERE webhooks.id = $1 AND servers.id = server_id
          AND (claimed_until IS NULL OR claimed_until < now() OR claimed_by = $2)
        RETURNING webhooks.id, server_id, servers.name AS server_name, created_by, url, event_types, enabled,
                  sealed_secret, sealed_with, attempts, failing_since IS NOT NULL AS is_failing,
                  test_requested_at IS NOT NULL AS is_test_requested,
                  extract(epoch FROM greatest(next_attempt_at - now(), interval '0'))::float8 AS wait,
                  webhooks.updated_at
        """,
        webhook_id,
        *holder,
    )
    return _claimed(row) if row else None


async def claimed_for(connection: Connection, webhook_id: UUID) -> float | None:
    """For how many seconds another process has a webhook; None if it is gone."""
    seconds: float | None = await connection.fetchval(
        """
        SELECT extract(epoch FROM greatest(coalesce(claimed_until, now()) - now(), interval '0'))::float8
        FROM webhooks WHERE id = $1
        """,
        webhook_id,
    )
    return seconds


async def release(connection: Connection, webhook_id: UUID, process: UUID) -> None:
    """Let any process claim the webhook."""
    await connection.execute(
        "UPDATE webhooks SET claimed_by = NULL, claimed_until = NULL WHERE id = $1 AND claimed_by = $2",
        webhook_id,
        process,
    )


async def release_all(connection: Connection, process: UUID) -> None:
    """Let others claim whatever this process has claimed."""
    await connection.execute(
        "UPDATE webhooks SET claimed_by = NULL, claimed_until = NULL WHERE claimed_by = $1", process
    )


MOVED: Final = """
    INSERT INTO webhook_positions (webhook_id, topic_id, position)
    SELECT id, $4, $5 FROM kept WHERE EXISTS (SELECT FROM topics WHERE topics.id = $4)
    ON CONFLICT (webhook_id, topic_id) DO UPDATE
    SET position = greatest(webhook_positions.position, excluded.position)
"""
"""Moves a webhook in a topic, if the claim is kept and the topic was not deleted while its events were sent."""


async def delivered(
    connection: Connection, webhook: ClaimedWebhook, holder: Holder, topic: UUID, position: int
) -> bool:
    """Note a success, and with it the position; False if this process must stop: the webhook was changed or claimed."""
    updated_at: datetime | None = await connection.fetchval(
        f"""
        WITH kept AS (
            UPDATE webhooks
            SET claimed_until = now() + $3, last_used_at = now(), delivery_failures = 0, attempts = 0,
                last_failure = NULL, failing_since = NULL, next_attempt_at = NULL
            WHERE id = $1 AND claimed_by = $2 RETURNING id, updated_at
        ), moved AS ({MOVED})
        SELECT updated_at FROM kept
        """,
        webhook.id,
        *holder,
        topic,
        position,
    )
    return updated_at == webhook.updated_at


async def passed(connection: Connection, webhook: ClaimedWebhook, holder: Holder, topic: UUID, position: int) -> bool:
    """Note a position up to which there was nothing to send; False if this process must stop."""
    updated_at: datetime | None = await connection.fetchval(
        f"""
        WITH kept AS (
            UPDATE webhooks SET claimed_until = now() + $3 WHERE id = $1 AND claimed_by = $2 RETURNING id, updated_at
        ), moved AS ({MOVED})
        SELECT updated_at FROM kept
        """,
        webhook.id,
        *holder,
        topic,
        position,
    )
    return updated_at == webhook.updated_at


class Failed(NamedTuple):
    """How often and since when a webhook has failed, as a failure finds it."""

    attempts: int
    delivery_failures: int
    failing_for: timedelta


async def logged(connection: Connection, webhook_id: UUID) -> LoggedWebhook | None:
    """A webhook as it is now."""
    row = await connection.fetchrow(f"SELECT {LOGGED} FROM webhooks WHERE id = $1", webhook_id)
    return LoggedWebhook(**row) if row else None


async def failures(connection: Connection, webhook_id: UUID, process: UUID) -> Failed | None:
    """The failures until now, with the webhook locked; None if the claim is lost."""
    row = await connection.fetchrow(
        """
        SELECT attempts, delivery_failures, now() - coalesce(failing_since, now()) AS failing_for
        FROM webhooks WHERE id = $1 AND claimed_by = $2 FOR NO KEY UPDATE
        """,
        webhook_id,
        process,
    )
    return Failed(**row) if row else None


async def note_failure(
    connection: Connection, webhook_id: UUID, after: Failed, reason: str, wait: timedelta
) -> LoggedWebhook:
    """Write the failures, and when the next attempt is due; any process may make it."""
    row = await connection.fetchrow(
        f"""
        UPDATE webhooks
        SET attempts = $2, delivery_failures = $3, last_failure = $4, failing_since = coalesce(failing_since, now()),
            next_attempt_at = now() + $5, claimed_by = NULL, claimed_until = NULL
        WHERE id = $1 RETURNING {LOGGED}
        """,
        webhook_id,
        after.attempts,
        after.delivery_failures,
        reason,
        wait,
    )
    assert row is not None, "it is locked"
    return LoggedWebhook(**row)


async def note_test(connection: Connection, webhook_id: UUID, result: str, *, is_success: bool) -> LoggedWebhook | None:
    """Write how a test went. A success shows that the receiver is back: what waits is attempted at once."""
    row = await connection.fetchrow(
        f"""
        UPDATE webhooks
        SET test_requested_at = NULL, last_tested_at = now(), last_test_result = $2,
            last_used_at = CASE WHEN $3 THEN now() ELSE last_used_at END,
            next_attempt_at = CASE WHEN $3 THEN NULL ELSE next_attempt_at END
        WHERE id = $1 RETURNING {LOGGED}
        """,
        webhook_id,
        result,
        is_success,
    )
    return LoggedWebhook(**row) if row else None


async def switch_off(connection: Connection, webhook_id: UUID, reason: str) -> LoggedWebhook | None:
    """Disable a webhook; None if it is disabled already."""
    row = await connection.fetchrow(
        f"""
        UPDATE webhooks
        SET enabled = FALSE, disabled_reason = $2, attempts = 0, next_attempt_at = NULL, updated_at = now()
        WHERE id = $1 AND enabled RETURNING {LOGGED}
        """,
        webhook_id,
        reason,
    )
    return LoggedWebhook(**row) if row else None


async def due(connection: Connection, limit: int) -> list[UUID]:
    """Webhooks that wait for an attempt or a test that is due, whose process has died, or that something was not sent
    to since the bus lost the message about it."""
    rows = await connection.fetch(
        """
        SELECT id FROM webhooks
        WHERE (claimed_until IS NULL OR claimed_until < now())
          AND (test_requested_at IS NOT NULL OR (enabled AND coalesce(next_attempt_at, now()) <= now() AND EXISTS (
              SELECT FROM (
                  SELECT webhooks.server_id AS id
                  UNION ALL SELECT channels.id FROM channels WHERE channels.server_id = webhooks.server_id
              ) AS places JOIN topics ON topics.id = places.id
              LEFT JOIN webhook_positions AS sent ON sent.webhook_id = webhooks.id AND sent.topic_id = topics.id
              WHERE topics.position > coalesce(sent.position, 0)
                AND event_types && CASE WHEN topics.kind = 'server' THEN $2::text[] ELSE $3::text[] END)))
        ORDER BY id LIMIT $1
        """,
        limit,
        [each for each in EVENT_TYPES if each.startswith("member.")],
        [each for each in EVENT_TYPES if each.startswith("message.")],
    )
    return [row["id"] for row in rows]


def _claimed(row: Row) -> ClaimedWebhook:
    return ClaimedWebhook(
        id=row["id"],
        server_id=row["server_id"],
        server_name=row["server_name"],
        created_by=row["created_by"],
        url=row["url"],
        event_types=frozenset(row["event_types"]),
        enabled=row["enabled"],
        sealed=Sealed(row["sealed_secret"], row["sealed_with"]),
        attempts=row["attempts"],
        is_failing=row["is_failing"],
        is_test_requested=row["is_test_requested"],
        wait=row["wait"] or 0.0,
        updated_at=row["updated_at"],
    )
