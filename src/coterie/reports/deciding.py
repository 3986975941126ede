"""Decide about reports: list them, read one, write notes, resolve, dismiss, reopen, and escalate one.

A decision, its entry in the server's audit log and what the reporter is told are committed together. Decisions of the
instance's administrators are in no audit log: the report says who decided. A decided report is only decided again after
it was reopened, so that of two moderators at once only one answers the reporter.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from msgspec import UNSET
from msgspec.structs import asdict, replace

from coterie import errors
from coterie.accounts import queries as accounts
from coterie.accounts.models import NamedUser
from coterie.audit.actions import record
from coterie.audit.models import AuditEntry
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.feature import AuditAction
from coterie.identifiers import new_id
from coterie.log.append import Change, append, lock
from coterie.permissions.context import ActionContext
from coterie.reports import access, announcing, queries
from coterie.reports.audit_actions import REPORT_DISMISS, REPORT_ESCALATE, REPORT_REOPEN, REPORT_RESOLVE
from coterie.reports.errors import REPORT_CLOSED, REPORT_ESCALATED, REPORT_REPEATED, TOO_MANY_NOTES
from coterie.reports.models import (
    QueuedReport,
    ReportChange,
    ReportDetails,
    ReportNote,
    ReportPage,
    ReportPlace,
    ReportState,
)
from coterie.reports.queries import NoteRow, ReportRow

NOTES_LIMIT: Final = 50
"""Notes of one report."""

ACTIONS: Final[dict[ReportState, AuditAction]] = {
    "open": REPORT_REOPEN,
    "resolved": REPORT_RESOLVE,
    "dismissed": REPORT_DISMISS,
}


async def of_server(context: ActionContext, server_id: UUID, viewer_id: UUID, page: ReportPage) -> list[QueuedReport]:
    """A page of a server's reports (MANAGE_MESSAGES)."""
    seen = await access.moderator(context.permissions, context.database, server_id, viewer_id)
    channels = access.moderated_channels(seen)
    found = await queries.of_server(context.database, server_id, viewer_id, channels, page)
    return await _listed(context.database, found)


async def of_instance(context: ActionContext, viewer_id: UUID, page: ReportPage) -> list[QueuedReport]:
    """A page of the reports for the administrators of the instance."""
    return await _listed(context.database, await queries.of_instance(context.database, viewer_id, page))


async def details(context: ActionContext, place: ReportPlace) -> ReportDetails:
    """One report, with the messages before the reported one, and the notes."""
    found = await access.report(context.permissions, context.database, place)
    return await _details(context.database, found)


async def change(context: ActionContext, place: ReportPlace, change: ReportChange) -> ReportDetails:
    """Decide about a report, escalate it, or add a note; a repeat changes nothing."""
    _check(change, place)
    async with context.database.acquire() as connection, connection.transaction():
        found = await _locked(context, connection, place, change)
        changed = await _decided(connection, found, place, change)
        await _add_note(connection, found, place, change.note)
        return await _details(connection, changed)


async def _locked(
    context: ActionContext, connection: Connection, place: ReportPlace, change: ReportChange
) -> ReportRow:
    """The report under the locks of all topics that learn of the change, as the viewer may see it then."""
    found = await access.report(context.permissions, connection, place)
    topics = set(await announcing.deciders(connection, found.queue_id))
    if change.escalate:
        topics |= set(await announcing.deciders(connection, None))
    await lock(connection, topics | ({found.reporter_id} if found.reporter_id else set()))
    await access.report(context.permissions, connection, place)
    current = await queries.locked(connection, place.report_id)
    if current is None:
        raise CoterieError(errors.NOT_FOUND)
    return current


async def _decided(connection: Connection, found: ReportRow, place: ReportPlace, change: ReportChange) -> ReportRow:
    """Carry out what the change says of the state and the queue; returns the report as it is then."""
    wanted = found.state if change.state is UNSET else change.state
    is_escalated = change.escalate and found.escalated_at is None
    if wanted == found.state and not is_escalated:
        return found
    if place.server_id is not None and found.queue_id is None:
        raise CoterieError(REPORT_ESCALATED)
    if found.state != "open" and wanted != "open":
        raise CoterieError(REPORT_CLOSED)
    if wanted == "open" and found.state != "open":
        await _check_not_repeated(connection, found)
    now = datetime.now(UTC)
    if is_escalated:
        changed = replace(found, queue_id=None, escalated_at=now)
    else:
        is_open = wanted == "open"
        changed = replace(
            found,
            state=wanted,
            answer=None if is_open else change.answer,
            closed_by=None if is_open else place.viewer_id,
            closed_at=None if is_open else now,
        )
    await queries.update(connection, changed)
    if place.server_id is not None:
        action = REPORT_ESCALATE if is_escalated else ACTIONS[wanted]
        await record(connection, _entry(changed, place.server_id, place.viewer_id, action))
    await append(connection, *await _changes(connection, found, changed, now))
    return changed


async def _check_not_repeated(connection: Connection, found: ReportRow) -> None:
    """Raises REPORT_REPEATED if the reporter, whose topic is locked, has an open report about the same."""
    if found.reporter_id is not None and await queries.open_of(
        connection, found.reporter_id, found.target_id, found.server_id
    ):
        raise CoterieError(REPORT_REPEATED)


async def _changes(connection: Connection, before: ReportRow, after: ReportRow, now: datetime) -> list[Change]:
    """The queue changed, both if it was escalated; the reporter receives a decision."""
    queues = dict.fromkeys((before.queue_id, after.queue_id))
    told = [
        each
        for queue_id in queues
        for each in announcing.queue_changes(queue_id, await announcing.deciders(connection, queue_id), now)
    ]
    return told + (announcing.answer_change(after) if after.state != "open" and before.state == "open" else [])


async def _add_note(connection: Connection, found: ReportRow, place: ReportPlace, content: str | None) -> None:
    """Add a note, unless it repeats the last one."""
    if content is None:
        return
    written = await queries.notes(connection, found.id)
    if written and (written[-1].author_id, written[-1].content) == (place.viewer_id, content):
        return
    if len(written) >= NOTES_LIMIT:
        raise CoterieError(TOO_MANY_NOTES)
    await queries.insert_note(connection, NoteRow(new_id(), found.id, place.viewer_id, content, datetime.now(UTC)))


def _check(change: ReportChange, place: ReportPlace) -> None:
    if change.answer is not None and change.state not in ("resolved", "dismissed"):
        raise CoterieError(errors.INVALID, fields={"answer": "needs the state resolved or dismissed"})
    if change.escalate and (change.state is not UNSET or place.server_id is None):
        raise CoterieError(errors.INVALID, fields={"escalate": "only in the queue of a server, without a state"})


def _entry(report: ReportRow, server_id: UUID, actor_id: UUID, action: AuditAction) -> AuditEntry:
    """It names neither the reporter nor the reported person."""
    details: dict[str, object] = {"kind": report.kind, "category": report.category}
    return AuditEntry(server_id, actor_id, action, report.id, details)


async def _listed(connection: Connection, found: Sequence[ReportRow]) -> list[QueuedReport]:
    users = await accounts.named(connection, [id for each in found for id in _people(each)])
    return [_as_queued(each, users) for each in found]


async def _details(connection: Connection, found: ReportRow) -> ReportDetails:
    written = await queries.notes(connection, found.id)
    asked = [*_people(found), *(note.author_id for note in written)]
    users = await accounts.named(connection, asked)
    return ReportDetails(
        **asdict(_as_queued(found, users)),
        context=found.context,
        notes=[ReportNote(users.get(note.author_id), note.content, note.created_at) for note in written],
    )


def _people(report: ReportRow) -> tuple[UUID | None, ...]:
    return report.user_id, report.reporter_id, report.closed_by


def _as_queued(report: ReportRow, users: dict[UUID | None, NamedUser]) -> QueuedReport:
    return QueuedReport(
        **asdict(announcing.as_own(report)),
        channel_id=report.channel_id,
        server_name=report.server_name,
        message=report.message,
        user=users.get(report.user_id),
        reporter=users.get(report.reporter_id),
        escalated_at=report.escalated_at,
        closed_by=users.get(report.closed_by),
    )
