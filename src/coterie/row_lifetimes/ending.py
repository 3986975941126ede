"""Deletes rows that nobody else deletes; each package declares how long its rows are kept in its `row_lifetimes.py`.

docs/operating/growth.md lists every table with what bounds it. Sessions, files, rate limits and the history of
documents end by work of their own.
"""

from collections.abc import Iterable
from functools import partial
from typing import Final

import structlog

from coterie.database.connection import Database
from coterie.database.forgetting import SECONDS, forget_old
from coterie.database.trouble import TROUBLE, report
from coterie.feature import RowLifetime
from coterie.jobs import queries as jobs
from coterie.jobs.actions import FAILED_KEPT
from coterie.jobs.models import Repeated
from coterie.log import forgetting, versions
from coterie.settings.record import Settings

log = structlog.get_logger(__name__)

OF_CORE: Final = (
    RowLifetime("changes", forgetting.KEPT, forgetting.forget_removals),
    RowLifetime("client_versions", forgetting.KEPT, versions.forget),
    RowLifetime("jobs", FAILED_KEPT, jobs.forget_failed),
)
"""Of `changes` only removals."""


def repeated(database: Database, settings: Settings, row_lifetimes: Iterable[RowLifetime]) -> Repeated:
    """The job that deletes expired rows, also of what has no feature."""
    return Repeated("row_lifetimes", partial(end_all, database, settings, (*OF_CORE, *row_lifetimes)), SECONDS)


async def end_all(database: Database, settings: Settings, row_lifetimes: Iterable[RowLifetime]) -> None:
    """One after the other, on one connection at a time; a table that fails is tried again with the next run."""
    for each in row_lifetimes:
        if (age := each.age_by(settings)) is None:
            continue
        try:
            await forget_old(database, each.forget, age)
        except TROUBLE as error:
            report(log, "row_lifetimes.failed", error, table=each.table)
