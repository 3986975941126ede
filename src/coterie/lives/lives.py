"""The lives of rows: each kind with its age, and the statement that deletes what is older.

docs/operating/growth.md lists every table with what bounds it. Sessions, files, rate limits and the history of
documents end by work of their own.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from coterie.audit import queries as audit
from coterie.automod import queries as automod
from coterie.automod.actions import LOGS_KEPT
from coterie.database.connection import Database
from coterie.database.forgetting import SECONDS, Forget, forget_old
from coterie.database.recurring import Recurring
from coterie.database.trouble import TROUBLE, report
from coterie.friends import queries as friends
from coterie.invites import queries as invites
from coterie.invites.actions import REVOKED_KEPT
from coterie.log import forgetting, versions
from coterie.messages.forgetting import MENTIONS_KEPT, TURNS_KEPT, forget_mentions, forget_turns
from coterie.reports import queries as reports
from coterie.reports.actions import KEPT as REPORTS_KEPT
from coterie.security_events import queries as security_events
from coterie.security_events.failures import FAILURES, FAILURES_KEPT
from coterie.settings.record import Settings
from coterie.usage import queries as usage
from coterie.usage.counting import KEPT as USAGE_KEPT

log = structlog.get_logger(__name__)

REQUESTS_KEPT: Final = timedelta(days=30)
"""How long an answered friend request is kept after its sender may ask again."""


@dataclass(frozen=True, slots=True)
class Life:
    """How long the rows of a table live; of `changes` only removals."""

    table: str
    age: timedelta
    forget: Forget


def lives(settings: Settings) -> Iterator[Life]:
    yield Life("changes", forgetting.KEPT, forgetting.forget_removals)
    yield Life("client_versions", forgetting.KEPT, versions.forget)
    yield Life("mentions", MENTIONS_KEPT, forget_mentions)
    yield Life("slow_mode_sends", TURNS_KEPT, forget_turns)
    yield Life("usage_tracking", USAGE_KEPT, usage.forget)
    cooling_off = timedelta(days=settings.friend_request_cooling_off)
    yield Life("friend_requests", cooling_off + REQUESTS_KEPT, friends.forget_answered)
    events_kept = timedelta(days=settings.security_event_days)
    yield Life("security_events", events_kept, security_events.forget)
    yield Life("security_events", min(events_kept, FAILURES_KEPT), partial(security_events.forget, types=FAILURES))
    yield Life("revoked_invites", REVOKED_KEPT, invites.forget_revoked)
    yield Life("automod_logs", LOGS_KEPT, automod.forget_logs)
    yield Life("reports", REPORTS_KEPT, reports.forget)
    yield Life("audit_logs", timedelta(0), audit.forget_beyond)
    if days := settings.audit_days:
        yield Life("audit_logs", timedelta(days=days), audit.forget)


def recurring(database: Database, settings: Settings) -> Recurring:
    """The work that ends these lives."""
    return Recurring("lives", partial(end_all, database, tuple(lives(settings))), SECONDS)


async def end_all(database: Database, ending: Iterable[Life]) -> None:
    """One after the other, on one connection at a time; a table that fails is tried again with the next run."""
    for life in ending:
        try:
            await forget_old(database, life.forget, life.age)
        except TROUBLE as error:
            report(log, "lives.failed", error, table=life.table)
