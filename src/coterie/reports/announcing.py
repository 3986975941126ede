"""What the log says of reports: that a queue changed, and to the reporter what became of their report.

The log has no content of a report. A server's topic has one key for its queue, which only those receive who may decide
about it (`reports/collection.py`); they fetch the queue. The administrators of the instance and the reporter have a key
in their own topics.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from coterie.database.connection import Connection
from coterie.log.append import Change
from coterie.reports import queries
from coterie.reports.models import OwnReport, QueueChange
from coterie.reports.queries import ReportRow

QUEUE: Final = "reports"
"""The key of a server's queue, in the server's topic."""

INSTANCE: Final = "instance_reports"
"""The key of the instance's queue, in the topic of each administrator."""

ANSWER: Final = "report_answer"
"""The key of the last decision about a report, in its reporter's topic."""


async def deciders(connection: Connection, queue_id: UUID | None) -> list[UUID]:
    """The topics that have the key of a queue: the server's, or those of the instance's administrators."""
    return [queue_id] if queue_id is not None else await queries.admins(connection)


def queue_changes(queue_id: UUID | None, topics: Collection[UUID], now: datetime) -> list[Change]:
    """That a queue changed."""
    key = QUEUE if queue_id is not None else INSTANCE
    return [Change(topic, key, "REPORTS_UPDATE", QueueChange(queue_id, now)) for topic in topics]


def answer_change(report: ReportRow) -> list[Change]:
    """What the reporter is told; nothing if their account was deleted."""
    if report.reporter_id is None:
        return []
    return [Change(report.reporter_id, ANSWER, "REPORT_ANSWER", as_own(report))]


def as_own(report: ReportRow) -> OwnReport:
    """A report as its reporter sees it."""
    return OwnReport(
        id=report.id,
        kind=report.kind,
        target_id=report.target_id,
        server_id=report.server_id,
        category=report.category,
        reason=report.reason,
        state=report.state,
        answer=report.answer,
        created_at=report.created_at,
        closed_at=report.closed_at,
    )
