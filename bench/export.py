"""How long the export of a large server takes, and how much memory: `python -m bench.export`; see decision 0046.

Messages of the search corpus are put into one channel without the writer, since only reading is measured; one in ten
has a reaction and one in twenty answers another. The bench is the server process: it starts the export as a request
would, and looks how late its event loop is meanwhile.
"""

import asyncio
import resource
import sys
import tempfile
import time
import zipfile
from itertools import islice
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
import psutil

from bench.corpus import messages as texts
from coterie.channels import actions as channels
from coterie.channels.models import ChannelCreation
from coterie.database import migrate
from coterie.database.connection import Database
from coterie.database.pool import open_pool
from coterie.database.scratch import scratch_cluster
from coterie.database.statistics import Postgres
from coterie.exporting.actions import Exports
from coterie.exporting.subjects import ServerSubject
from coterie.files.receiving import FileLimits, Files
from coterie.files.storage import Storage, path
from coterie.identifiers import new_id
from coterie.permissions.cache import PermissionCache
from coterie.permissions.context import ActionContext
from coterie.registration.actions import create_user
from coterie.servers import actions as servers
from coterie.servers.models import ServerCreation
from coterie.settings.record import Settings
from coterie.space.space import Space
from coterie.usage.counting import Usage

COUNT: Final = 1_000_000
AT_ONCE: Final = 10_000
MEGABYTE: Final = 1_000_000
LATE_SECONDS: Final = 0.02


async def fill(url: str, channel: UUID, author: UUID, count: int) -> None:
    """Put the messages into the channel."""
    connection = await asyncpg.connect(url)
    await connection.execute("DROP INDEX messages_words")
    first, given = new_id(), enumerate(texts(count), 1)
    while batch := [(new_id(), number, text[:4000]) for number, text in islice(given, AT_ONCE)]:
        await connection.execute(
            """
            INSERT INTO messages (id, channel_id, author_id, seq, version, content, reply_to, created_at)
            SELECT id, $4, $5, seq, seq, content, CASE WHEN seq % 20 = 0 THEN $6::uuid END,
                   now() - interval '1 year' + seq * interval '10 seconds'
            FROM unnest($1::uuid[], $2::bigint[], $3::text[]) AS given (id, seq, content)
            """,
            [first if number == 1 else id for id, number, _ in batch],
            *([each[place] for each in batch] for place in (1, 2)),
            channel,
            author,
            first,
        )
        await connection.execute(
            "INSERT INTO reactions SELECT id, $2, '👍', now() FROM unnest($1::uuid[]) AS id",
            [id for id, number, _ in batch if number % 10 == 0],
            author,
        )
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


async def lateness(worst: list[float]) -> None:
    """Note by how much the event loop is late."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(LATE_SECONDS)
        worst[0] = max(worst[0], time.perf_counter() - began - LATE_SECONDS)


async def made(database: Database, settings: Settings, server: UUID, owner: UUID) -> None:
    files = Files(
        database, PermissionCache(), Storage("", settings.upload_dir), FileLimits.read(settings), Usage(database)
    )
    exports, own, worst = Exports(files, settings, Space(settings, Postgres(database))), psutil.Process(), [0.0]
    before, began = own.memory_info().rss, time.perf_counter()
    watching = asyncio.create_task(lateness(worst))
    subject = ServerSubject(server, owner)
    export = await exports.start(subject)
    while (now := await exports.last(subject)) and now.state == "preparing":  # noqa: ASYNC110  (another process)
        await asyncio.sleep(0.2)
    watching.cancel()
    seconds = time.perf_counter() - began
    assert now is not None
    assert now.state == "ready", now
    archive = settings.upload_dir / path(export.id)
    with zipfile.ZipFile(archive) as opened:
        entries, unpacked = len(opened.infolist()), sum(each.file_size for each in opened.infolist())
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    for name, value in (
        ("seconds", f"{seconds:.1f}"),
        ("archive, MB", f"{(now.size or 0) / MEGABYTE:.1f}"),
        ("unpacked, MB", f"{unpacked / MEGABYTE:.1f}"),
        ("entries", f"{entries:,}"),
        ("peak memory of the process that makes it, MB", f"{peak / MEGABYTE:.0f}"),
        ("memory of the server process before, MB", f"{before / MEGABYTE:.0f}"),
        ("memory of the server process after, MB", f"{own.memory_info().rss / MEGABYTE:.0f}"),
        ("event loop of the server late by at most, ms", f"{worst[0] * 1000:.0f}"),
    ):
        sys.stdout.write(f"| {name} | {value} |\n")


async def run(url: str, count: int, directory: Path) -> None:
    connection = await asyncpg.connect(url)
    await migrate.run(connection)
    await connection.close()
    settings = Settings(database_url=url, pool_size=4, upload_dir=directory, jwt_secret="x" * 40)
    database = await open_pool(settings)
    async with database.acquire() as transaction:
        owner = (await create_user(transaction, "owner", None, "none", is_admin=False)).id
    context = ActionContext(database, PermissionCache())
    server = (await servers.create(database, owner, ServerCreation(name="Club", is_public=True))).id
    channel = (await channels.create(context, server, owner, ChannelCreation(name="a", type="text"))).id
    await fill(url, channel, owner, count)
    sys.stdout.write(f"| {count:,} messages | |\n| --- | ---: |\n")
    await made(database, settings, server, owner)
    await database.close()


def main() -> None:
    with scratch_cluster() as cluster, tempfile.TemporaryDirectory() as directory:
        asyncio.run(run(cluster.url, int(sys.argv[1]) if len(sys.argv) > 1 else COUNT, Path(directory)))


if __name__ == "__main__":
    main()
