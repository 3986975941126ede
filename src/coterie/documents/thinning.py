"""Thins out old history, so that a document's space does not grow with every key that was ever typed in it.

Edits older than an operator's limit keep their author, time, size and version, and lose what they changed, up to the
newest snapshot of that age. Of the snapshots before it, the last one of each day stays. So the newest text, its authors
and the list of edits stay as they are, and of the earlier texts one per day is left at most.

Everyone who reads edits recognises a thinned one (`edit_queries.ThinnedError`), also if it was thinned while they were
reading. A step ends at the next snapshot and holds the document's lock for some milliseconds.
"""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from coterie.database.connection import Database
from coterie.documents import thinning_queries
from coterie.feature import Core
from coterie.jobs.models import Repeated
from coterie.log.append import lock

SECONDS: Final = 3600.0
STEPS_AT_ONCE: Final = 500


async def thin(database: Database, age: timedelta | None) -> None:
    """Thin out everything older than this, or a part of it if there is much; nothing if the operator keeps all."""
    if age is None:
        return
    before = datetime.now(UTC) - age
    for _ in range(STEPS_AT_ONCE):
        if not await _step(database, before):
            return


def repeats(core: Core) -> list[Repeated]:
    """What thins out the history of documents, unless the operator keeps all of it."""
    if not (days := core.settings.document_history_days):
        return []
    work = partial(thin, core.database, timedelta(days=days))
    return [Repeated("documents.thinning", work, SECONDS, is_soon=False)]


async def _step(database: Database, before: datetime) -> bool:
    """Thin one document up to its next snapshot; False if there is nothing to thin."""
    async with database.acquire() as connection, connection.transaction():
        document_id = await thinning_queries.due(connection, before)
        if document_id is None:
            return False
        await lock(connection, [document_id])
        step = await thinning_queries.next_step(connection, document_id, before)
        if step is not None:
            await thinning_queries.empty(connection, document_id, step)
            await thinning_queries.remove_snapshots(connection, document_id, step)
        return True
