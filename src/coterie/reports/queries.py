"""SQL statements for reports."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import astuple

from coterie.database.columns import parameters
from coterie.database.connection import Connection, Row
from coterie.messages.models import Message
from coterie.messages.queries import COLUMNS as MESSAGE
from coterie.messages.queries import placed
from coterie.reports.models import OwnReport, ReportedMessage, ReportKind, ReportPage, ReportState

COLUMNS: Final = """
    id, queue_id, kind, target_id, server_id, channel_id, user_id, reporter_id, category, reason, server_name, message,
    context, state, answer, escalated_at, closed_by, closed_at, created_at
"""
OWN: Final = "id, kind, target_id, server_id, category, reason, state, answer, created_at, closed_at"
LOOKED_AT: Final = 100
"""Messages that are looked at for those before a reported one: deleted ones and other threads are among them."""

ADMINS_LIMIT: Final = 100
"""Administrators who are notified of the instance's reports."""

MESSAGES: Final = msgspec.json.Decoder(list[ReportedMessage])


class NewReport(Struct, frozen=True, kw_only=True):
    """A report to store; `message` and `context` are JSON."""

    id: UUID
    queue_id: UUID | None
    kind: str
    target_id: UUID
    server_id: UUID | None
    channel_id: UUID | None = None
    user_id: UUID | None
    reporter_id: UUID
    category: str
    reason: str | None
    server_name: str | None
    message: str | None = None
    context: str = "[]"
    created_at: datetime


class ReportRow(Struct, frozen=True):
    """A stored report."""

    id: UUID
    queue_id: UUID | None
    kind: ReportKind
    target_id: UUID
    server_id: UUID | None
    channel_id: UUID | None
    user_id: UUID | None
    reporter_id: UUID | None
    category: str
    reason: str | None
    server_name: str | None
    message: ReportedMessage | None
    context: list[ReportedMessage]
    state: ReportState
    answer: str | None
    escalated_at: datetime | None
    closed_by: UUID | None
    closed_at: datetime | None
    created_at: datetime


class NoteRow(Struct, frozen=True):
    """A stored note."""

    id: UUID
    report_id: UUID
    author_id: UUID | None
    content: str
    created_at: datetime


P: Final = parameters(NewReport)


async def insert(connection: Connection, report: NewReport) -> None:
    await connection.execute(
        f"""
        INSERT INTO reports (id, queue_id, kind, target_id, server_id, channel_id, user_id, reporter_id, category,
                             reason, server_name, message, context, created_at)
        VALUES ({P.id}, {P.queue_id}, {P.kind}, {P.target_id}, {P.server_id}, {P.channel_id}, {P.user_id},
                {P.reporter_id}, {P.category}, {P.reason}, {P.server_name}, {P.message}::json, {P.context}::json,
                {P.created_at})
        """,
        *P.values(report),
    )


async def open_of(connection: Connection, reporter_id: UUID, target_id: UUID, server_id: UUID | None) -> UUID | None:
    """The open report of a user about something."""
    found: UUID | None = await connection.fetchval(
        """
        SELECT id FROM reports
        WHERE reporter_id = $1 AND target_id = $2 AND coalesce(server_id, target_id) = coalesce($3, $2)
          AND state = 'open'
        """,
        reporter_id,
        target_id,
        server_id,
    )
    return found


async def count_open(connection: Connection, reporter_id: UUID, limit: int) -> int:
    """How many open reports a user has, as far as `limit`."""
    value: int = await connection.fetchval(
        "SELECT count(*) FROM (SELECT FROM reports WHERE reporter_id = $1 AND state = 'open' LIMIT $2) AS open",
        reporter_id,
        limit,
    )
    return value


async def own(connection: Connection, reporter_id: UUID, before: UUID | None, limit: int) -> list[OwnReport]:
    """What a user reported, newest first."""
    rows = await connection.fetch(
        f"""
        SELECT {OWN} FROM reports WHERE reporter_id = $1 AND ($2::uuid IS NULL OR id < $2)
        ORDER BY id DESC LIMIT $3
        """,
        reporter_id,
        before,
        limit,
    )
    return [OwnReport(**row) for row in rows]


async def report(connection: Connection, report_id: UUID) -> ReportRow | None:
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM reports WHERE id = $1", report_id)
    return _report(row) if row else None


async def locked(connection: Connection, report_id: UUID) -> ReportRow | None:
    """A report that does not change until the transaction's end."""
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM reports WHERE id = $1 FOR UPDATE", report_id)
    return _report(row) if row else None


async def of_server(
    connection: Connection, server_id: UUID, viewer_id: UUID, channels: Collection[UUID] | None, page: ReportPage
) -> list[ReportRow]:
    """A server's reports, newest first: not those about the viewer, nor of channels other than these, if given."""
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS} FROM reports
        WHERE (queue_id = $1 OR (server_id = $1 AND escalated_at IS NOT NULL))
          AND user_id IS DISTINCT FROM $2 AND ($3::uuid[] IS NULL OR channel_id IS NULL OR channel_id = ANY($3))
          AND ($4::uuid IS NULL OR id < $4) AND ($5::text IS NULL OR state = $5)
        ORDER BY id DESC LIMIT $6
        """,
        server_id,
        viewer_id,
        channels,
        page.before,
        page.state,
        page.limit,
    )
    return [_report(row) for row in rows]


async def of_instance(connection: Connection, viewer_id: UUID, page: ReportPage) -> list[ReportRow]:
    """The reports for the administrators of the instance, newest first, without those about the viewer."""
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS} FROM reports
        WHERE queue_id IS NULL AND user_id IS DISTINCT FROM $1
          AND ($2::uuid IS NULL OR id < $2) AND ($3::text IS NULL OR state = $3)
        ORDER BY id DESC LIMIT $4
        """,
        viewer_id,
        page.before,
        page.state,
        page.limit,
    )
    return [_report(row) for row in rows]


async def update(connection: Connection, report: ReportRow) -> None:
    """Store a decision, or that a report was escalated."""
    await connection.execute(
        """
        UPDATE reports SET queue_id = $2, state = $3, answer = $4, escalated_at = $5, closed_by = $6, closed_at = $7
        WHERE id = $1
        """,
        report.id,
        report.queue_id,
        report.state,
        report.answer,
        report.escalated_at,
        report.closed_by,
        report.closed_at,
    )


async def notes(connection: Connection, report_id: UUID) -> list[NoteRow]:
    """A report's notes, oldest first (at most `deciding.NOTES_LIMIT`)."""
    rows = await connection.fetch(
        "SELECT id, report_id, author_id, content, created_at FROM report_notes WHERE report_id = $1 ORDER BY id",
        report_id,
    )
    return [NoteRow(**row) for row in rows]


async def insert_note(connection: Connection, note: NoteRow) -> None:
    await connection.execute(
        "INSERT INTO report_notes (id, report_id, author_id, content, created_at) VALUES ($1, $2, $3, $4, $5)",
        *astuple(note),
    )


async def messages_before(connection: Connection, message: Message, limit: int) -> list[Message]:
    """The messages just before one, in its channel or thread, oldest first."""
    rows = await connection.fetch(
        f"""
        SELECT {MESSAGE} FROM messages WHERE id = ANY(ARRAY(
            SELECT id FROM (
                SELECT id, seq, thread_id, deleted_at, type FROM messages
                WHERE channel_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT {LOOKED_AT}
            ) AS seen
            WHERE thread_id IS NOT DISTINCT FROM $3 AND deleted_at IS NULL AND type <> 'system'
            ORDER BY seq DESC LIMIT $4
        ))
        ORDER BY seq
        """,
        message.channel_id,
        message.seq,
        message.thread_id,
        limit,
    )
    return [placed(row) for row in rows]


async def admins(connection: Connection) -> list[UUID]:
    """The administrators of the instance."""
    rows = await connection.fetch(
        f"SELECT id FROM users WHERE is_admin AND disabled_at IS NULL ORDER BY id LIMIT {ADMINS_LIMIT}"
    )
    return [row["id"] for row in rows]


async def forget(connection: Connection, before: datetime, limit: int) -> int:
    """Delete the oldest reports from before a moment, and count them. Ids grow with time."""
    rows = await connection.fetch(
        """
        DELETE FROM reports WHERE id = ANY(ARRAY(
            SELECT id FROM reports WHERE id < $1 AND created_at < $2 ORDER BY id LIMIT $3
        )) RETURNING id
        """,
        UUID(int=int(before.timestamp() * 1000) << 80),
        before,
        limit,
    )
    return len(rows)


def _report(row: Row) -> ReportRow:
    message = row["message"] and msgspec.json.decode(row["message"], type=ReportedMessage)
    return ReportRow(**{**row, "message": message, "context": MESSAGES.decode(row["context"])})
