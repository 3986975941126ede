"""Ends the lives of rows that nobody deletes; each package declares its own in its `lives.py`.

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
from coterie.feature import Life
from coterie.jobs import queries as jobs
from coterie.jobs.actions import FAILED_KEPT
from coterie.jobs.models import Repeated
from coterie.log import forgetting, versions
from coterie.settings.record import Settings

log = structlog.get_logger(__name__)

OF_CORE: Final = (
    Life("changes", forgetting.KEPT, forgetting.forget_removals),
    Life("client_versions", forgetting.KEPT, versions.forget),
    Life("jobs", FAILED_KEPT, jobs.forget_failed),
)
"""Of `changes` only removals."""


def repeated(database: Database, settings: Settings, lives: Iterable[Life]) -> Repeated:
    """The work that ends these lives, and those of what has no feature."""
    return Repeated("lives", partial(end_all, database, settings, (*OF_CORE, *lives)), SECONDS)


async def end_all(database: Database, settings: Settings, lives: Iterable[Life]) -> None:
    """One after the other, on one connection at a time; a table that fails is tried again with the next run."""
    for life in lives:
        if (age := life.age_by(settings)) is None:
            continue
        try:
            await forget_old(database, life.forget, age)
        except TROUBLE as error:
            report(log, "lives.failed", error, table=life.table)
