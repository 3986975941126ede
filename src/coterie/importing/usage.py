"""What was counted of accounts: the metrics that are counted here, by their periods."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from coterie.database.connection import Row
from coterie.importing.engine import Compared, Stage
from coterie.importing.source import Query, Table
from coterie.importing.work import Work
from coterie.usage.counting import KEPT

KIND: Final = "usage_tracking"
METRICS: Final = frozenset({"messages_sent", "documents_created", "api_requests"})
"""What is stored is not counted here: it is what the files are."""


def stage(table: Table) -> Stage | None:
    if not table:
        return None
    user, metric, start = table.id("user_id", "users"), table.text("metric_type"), table.moment("period_start")
    columns = (
        f"{user} AS user_id",
        f"{metric} AS metric",
        f"{start} AS period_start",
        f"{table.moment('period_end')} AS period_end",
        f"{table.value('count', '0')}::bigint AS count",
        f"concat({user}, '/', {metric}, '/', {table.text('period_start')}) AS id",
    )
    keys = ((user, "uuid"), (metric, "text"), (start, "timestamptz"))
    return Stage(KIND, Query(columns, table.name, keys), _store, _compare)


async def _store(work: Work, rows: list[Row]) -> None:
    people = await work.accounts([row["user_id"] for row in rows])
    kept: list[tuple[UUID, str, datetime, datetime, int]] = []
    for row in rows:
        user_id, metric, start = people.get(row["user_id"]), row["metric"], row["period_start"]
        if user_id is None:
            work.leave(KIND, row["id"], "there is no such account")
        elif metric not in METRICS:
            work.leave(KIND, row["id"], "nothing of this kind is counted here", metric)
        elif row["period_end"] < datetime.now(UTC) - KEPT:
            work.leave(KIND, row["id"], "is of so long ago that it would not be kept here")
        else:
            if row["period_end"] <= start or row["count"] < 0:
                work.change(KIND, row["id"], "its period or count was impossible", row["count"])
            end = max(row["period_end"], start + timedelta(days=1))
            kept.append((user_id, metric, start, end, max(row["count"], 0)))
    await work.connection.execute(
        """
        INSERT INTO usage_tracking (user_id, metric, period_start, period_end, count)
        SELECT user_id, metric, period_start, period_end, count
        FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::bigint[])
            AS given (user_id, metric, period_start, period_end, count)
        ON CONFLICT (user_id, metric, period_start) DO NOTHING
        """,
        *([each[number] for each in kept] for number in range(5)),
    )


async def _compare(work: Work, rows: list[Row]) -> list[Compared]:
    people = await work.known("users", [row["user_id"] for row in rows])
    found = await work.connection.fetch(
        """
        SELECT user_id, metric, period_start, count FROM usage_tracking WHERE user_id = ANY($1)
        """,
        list(people.values()),
    )
    counts = {(row["user_id"], row["metric"], row["period_start"]): row["count"] for row in found}
    keys = {row["id"]: (people.get(str(row["user_id"])), row["metric"], row["period_start"]) for row in rows}
    return [
        Compared(row["id"], (row["count"],), (counts[key],) if (key := keys[row["id"]]) in counts else None)
        for row in rows
    ]
