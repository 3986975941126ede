"""Reports as they go over the wire."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from coterie.accounts.models import NamedUser

ReportKind: TypeAlias = Literal["message", "user", "server"]
ReportState: TypeAlias = Literal["open", "resolved", "dismissed"]
Category: TypeAlias = Literal[
    "spam", "harassment", "hate", "violence", "sexual", "self_harm", "illegal", "impersonation", "other"
]
ReportText = Annotated[str, Meta(min_length=1, max_length=1000, pattern="^[^\\u0000]*$")]


class ReportCreation(Struct, frozen=True, forbid_unknown_fields=True):
    """Why something is reported: a category, and up to 1,000 characters of text."""

    category: Category
    reason: ReportText | None = None


class UserReportCreation(ReportCreation, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A person is reported as a member of a server."""

    server_id: UUID


class ReportChange(Struct, frozen=True, forbid_unknown_fields=True):
    """A decision, or a step towards it. Missing fields change nothing.

    `answer` goes to the reporter together with the `state` "resolved" or "dismissed"; the state "open" reopens the
    report. Only those who decide see a `note`. `escalate` gives the report of a server's queue to the administrators of
    the instance.
    """

    state: ReportState | UnsetType = UNSET
    answer: ReportText | None = None
    note: ReportText | None = None
    escalate: bool = False


class ReportedMessage(Struct, frozen=True):
    """A message as it was when it was reported; `attachments` are the names of its files."""

    id: UUID
    author_id: UUID | None
    author_name: str | None
    content: str
    created_at: datetime
    attachments: list[str]


class ReportNote(Struct, frozen=True):
    """What someone who decides about a report wrote down; `author` is null if that account was deleted."""

    author: NamedUser | None
    content: str
    created_at: datetime


class OwnReport(Struct, frozen=True):
    """A report as its reporter sees it. `answer` is what the moderators say about it, if they say anything."""

    id: UUID
    kind: ReportKind
    target_id: UUID
    server_id: UUID | None
    category: str
    reason: str | None
    state: ReportState
    answer: str | None
    created_at: datetime
    closed_at: datetime | None


class QueuedReport(OwnReport, frozen=True, kw_only=True):
    """A report as those who decide see it.

    `user` is the reported person: the author of the message, or the owner of the server. `channel_id` is the channel
    or conversation of the message, `escalated_at` when moderators escalated the report to the administrators of the
    instance. People whose accounts were deleted are null.
    """

    channel_id: UUID | None
    server_name: str | None
    message: ReportedMessage | None
    user: NamedUser | None
    reporter: NamedUser | None
    escalated_at: datetime | None
    closed_by: NamedUser | None


class ReportDetails(QueuedReport, frozen=True, kw_only=True):
    """A report with the messages before the reported one, oldest first, and the notes, oldest first."""

    context: list[ReportedMessage]
    notes: list[ReportNote]


class QueueChange(Struct, frozen=True):
    """That something changed in a queue of reports: a server's, or with null the instance's."""

    server_id: UUID | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ReportPage:
    """Up to `limit` reports, the newest before that of an id, in one state or any."""

    limit: int
    before: UUID | None
    state: ReportState | None


@dataclass(frozen=True, slots=True)
class ReportPlace:
    """A report in the queue of a server, or of the instance (without `server_id`), and who looks at it."""

    server_id: UUID | None
    report_id: UUID
    viewer_id: UUID
