"""The ceiling of durable writes: PostgreSQL's own load generator, doing the same insert one by one.

The same tables, indexes and foreign keys; a position from the topic's row, locked until commit; prepared statements. It
neither checks permissions nor notifies anyone, so it does less than Coterie.
"""

import asyncio
import re
from typing import Final

from bench.world import Bench

CONTENT: Final = "A message of an ordinary length, as people write them all day."
CLIENTS: Final = 64

SCRIPT: Final = """
WITH placed AS (
    UPDATE topics SET position = position + 1 WHERE id = ('2' || lpad({channel}::text, 31, '0'))::uuid
    RETURNING id, position
)
INSERT INTO messages (id, channel_id, author_id, nonce, seq, version, content, created_at)
SELECT uuidv7(), id, ('1' || lpad(:client_id::text, 31, '0'))::uuid, gen_random_uuid()::text, position, position,
       '{content}', now()
FROM placed;
"""


async def rate(bench: Bench, url: str, channels: int) -> float:
    """Transactions per second of 64 clients over 64 channels, or over one."""
    script = bench.directory / "insert.sql"
    channel = ":client_id" if channels > 1 else "0"
    script.write_text(" ".join(SCRIPT.format(channel=channel, content=CONTENT).split()) + "\n")
    arguments = ["-n", "-M", "prepared", "-c", f"{CLIENTS}", "-j", "1", "-T", f"{max(1, round(bench.seconds))}"]
    process = await asyncio.create_subprocess_exec(
        bench.binaries / "pgbench",
        *arguments,
        "-f",
        script,
        url,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    found = re.search(r"tps = ([\d.]+)", output.decode())
    if found is None or process.returncode != 0:
        raise SystemExit(f"pgbench failed: {errors.decode()}")
    return float(found[1])
