"""The usage of accounts: the metrics that are counted here too, by period."""

from datetime import UTC, datetime, timedelta
from typing import Final

from coterie.database.connection import Row
from coterie.importing.mappings import ACCOUNT, Compared, SourceRow, TableMapping, inserting, one_by_one
from coterie.importing.tables import Table, number, read
from coterie.importing.work import ImportWork
from coterie.usage import queries
from coterie.usage.counting import KEPT
from coterie.usage.queries import CountedPeriod

METRICS: Final = frozenset({"messages_sent", "documents_created", "api_requests"})
"""Storage is not imported as a metric: it follows from the files."""


def _name(table: Table, _: str) -> str:
    user, start = table.id("user_id", "users"), table.text("period_start")
    return f"concat({user}, '/', {table.text('metric_type')}, '/', {start})"


def _counted(row: SourceRow) -> CountedPeriod | None:
    metric, start, end, count = (row[name] for name in ("metric_type", "period_start", "period_end", "count"))
    if metric not in METRICS:
        row.leave("this metric is not counted here", metric)
        return None
    if end < datetime.now(UTC) - KEPT:
        row.leave("is too old to be kept here")
        return None
    if end <= start or count < 0:
        row.change("its period or count was impossible", count)
    return CountedPeriod(row.here["user_id"], metric, start, max(end, start + timedelta(days=1)), max(count, 0))


async def _compare(work: ImportWork, rows: list[Row]) -> list[Compared]:
    people = await work.known("users", [row["user_id"] for row in rows])
    found = await work.connection.fetch(
        "SELECT user_id, metric, period_start, count FROM usage_tracking WHERE user_id = ANY($1)",
        list(people.values()),
    )
    counts = {tuple(row)[:3]: row["count"] for row in found}
    keys = [(people.get(str(row["user_id"])), row["metric_type"], row["period_start"]) for row in rows]
    return [Compared(row["id"], row["count"], counts.get(key)) for row, key in zip(rows, keys, strict=True)]


usage: Final = TableMapping[CountedPeriod](
    "usage_tracking",
    reads={
        "id": _name,
        "metric_type": Table.text,
        **read(Table.moment, "period_start", "period_end"),
        "count": number,
    },
    refers={"user_id": ACCOUNT},
    make=one_by_one(_counted),
    store=inserting(queries.insert),
    compare=_compare,
    became=None,
    keys=("user_id", "metric_type", "period_start"),
)
