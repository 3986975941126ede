"""The two ceilings of durable writes: PostgreSQL's own load generator, inserting one row after the other.

*plain*: one row into a table with a primary key, an index on (channel, created_at) and a GIN index of the words of the
content. Any chat server that stores messages in PostgreSQL does at least that.

*with positions*: the same insert as Coterie's, with the same tables, indexes and foreign keys, and a position from the
topic's row, which is locked until commit. It neither checks permissions nor notifies anyone.

Both use prepared statements.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.world import Bench, Rows

CONTENT: Final = "A message of an ordinary length, as people write them all day."

PLAIN_TABLE: Final = """
CREATE TABLE plain_messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel integer NOT NULL,
    content text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON plain_messages (channel, created_at);
CREATE INDEX ON plain_messages USING gin (to_tsvector('simple', content));
"""

POSITIONED: Final = """
WITH placed AS (
    UPDATE topics SET position = position + 1
    WHERE id = ('2' || lpad((:client_id::int % {channels})::text, 31, '0'))::uuid
    RETURNING id, position
)
INSERT INTO messages (id, channel_id, author_id, nonce, seq, version, content, created_at)
SELECT uuidv7(), id, ('1' || lpad(:client_id::text, 31, '0'))::uuid, gen_random_uuid()::text, position, position,
       '{content}', now()
FROM placed;
"""


@dataclass(frozen=True, slots=True)
class Transactions:
    """What pgbench did: transactions per second, and the seconds that each of them took."""

    rate: float
    waits: list[float]


def plain(channels: int) -> str:
    """The plain insert, into as many channels."""
    return f"INSERT INTO plain_messages (channel, content) VALUES (:client_id::int % {channels}, '{CONTENT}');"


def with_positions(channels: int) -> str:
    """Coterie's insert, into as many channels."""
    return POSITIONED.format(channels=channels, content=CONTENT)


async def make_plain_table(rows: Rows) -> None:
    await rows.execute(PLAIN_TABLE)


async def run(bench: Bench, url: str, script: str, clients: int) -> Transactions:
    """Run the script with this many clients, each of which waits for one commit before the next transaction."""
    file, log, seconds = bench.directory / "insert.sql", bench.directory / "pgbench", max(1, round(bench.seconds))
    file.write_text(" ".join(script.split()) + "\n")
    arguments = ["-n", "-M", "prepared", "-c", f"{clients}", "-j", "1", "-T", f"{seconds}", "-l", f"--log-prefix={log}"]
    process = await asyncio.create_subprocess_exec(
        bench.binaries / "pgbench",
        *arguments,
        "-f",
        file,
        url,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    if process.returncode != 0:
        raise SystemExit(f"pgbench failed: {errors.decode()}")
    waits = _waits(log.with_name(f"{log.name}.{process.pid}"))
    return Transactions(len(waits) / seconds, waits)


def _waits(log: Path) -> list[float]:
    """The third column of each line is a transaction's microseconds."""
    waits = [int(line.split()[2]) / 1e6 for line in log.read_text().splitlines()]
    log.unlink()
    return waits
