"""How many bytes a message takes, by table and index: `python -m bench.message_bytes`; see docs/operating/growth.md.

Messages of the search corpus go through the writer. One in five mentions a user, and one in five comes from a Braid
client, whose name for it is kept for a time.
"""

import asyncio
import sys
from itertools import islice
from typing import Final
from uuid import UUID

import asyncpg

from bench.corpus import messages as texts
from coterie.channels import actions as channels
from coterie.channels.models import ChannelCreation
from coterie.database import migrate
from coterie.database.connection import OneConnection
from coterie.database.pool import open_pool
from coterie.database.scratch import scratch_cluster
from coterie.identifiers import new_id
from coterie.messages import actions as messages
from coterie.messages.actions import Messages
from coterie.messages.models import MessageCreation
from coterie.messages.sending.drafts import Put
from coterie.permissions.cache import PermissionCache
from coterie.permissions.context import ActionContext
from coterie.registration.actions import create_user
from coterie.servers import actions as servers
from coterie.servers.models import ServerCreation
from coterie.settings.record import Settings
from coterie.usage.counting import Usage

COUNT: Final = 20_000
AT_ONCE: Final = 500
EACH: Final = 5

SIZES: Final = """
SELECT table_name, index_name, bytes FROM (
    SELECT relname AS table_name, '' AS index_name, pg_table_size(oid) AS bytes FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT owner.relname, own.relname, pg_relation_size(indexrelid) FROM pg_index
    JOIN pg_class AS own ON own.oid = indexrelid JOIN pg_class AS owner ON owner.oid = indrelid
    WHERE owner.relnamespace = 'public'::regnamespace
) AS size ORDER BY table_name, index_name
"""


async def send(url: str, count: int) -> None:
    """Write this many messages into one channel."""
    database = await open_pool(Settings(database_url=url, pool_size=4))
    async with database.acquire() as connection:
        author = (await create_user(connection, "author", None, "none", is_admin=False)).id
        reader = (await create_user(connection, "reader", None, "none", is_admin=False)).id
    permissions = PermissionCache()
    context = ActionContext(database, permissions)
    server = (await servers.create(database, author, ServerCreation(name="Club", is_public=True))).id
    channel = (await channels.create(context, server, author, ChannelCreation(name="a", type="text"))).id
    await servers.join(context, server, reader)
    writing = Messages(database, permissions, Usage(database))
    given = enumerate(texts(count))
    while batch := list(islice(given, AT_ONCE)):
        await asyncio.gather(*(write(writing, channel, author, *each) for each in batch))
    await writing.close()
    await database.close()


async def write(writing: Messages, channel: UUID, author: UUID, number: int, text: str) -> None:
    content = (("@reader " if number % EACH == 0 else "") + text)[:4000]
    if number % EACH == 1:
        put = Put(channel, author, new_id(), content, client_version=f"client-{number:010}")
        await messages.put(writing, put)
    else:
        await messages.send(writing, channel, author, MessageCreation(content, nonce=str(new_id())))


async def sizes(connection: OneConnection) -> dict[tuple[str, str], int]:
    await connection.execute("VACUUM ANALYZE")
    return {(row["table_name"], row["index_name"]): row["bytes"] for row in await connection.fetch(SIZES)}


async def run(url: str, count: int) -> None:
    connection = await asyncpg.connect(url)
    await migrate.run(connection)
    before = await sizes(connection)
    await send(url, count)
    after = await sizes(connection)
    text = await connection.fetchval("SELECT avg(octet_length(content))::int FROM messages")
    grown = {name: (size - before[name]) / count for name, size in after.items()}
    await connection.close()
    sys.stdout.write(f"{count:,} messages of {text} bytes on average\n\n")
    sys.stdout.write("| table | index | bytes per message |\n| --- | --- | ---: |\n")
    for (table, index), each in grown.items():
        if each >= 1:
            sys.stdout.write(f"| `{table}` | {index and f'`{index}`'} | {each:.0f} |\n")
    sys.stdout.write(f"| all | | {sum(grown.values()):.0f} |\n")


def main() -> None:
    with scratch_cluster() as cluster:
        asyncio.run(run(cluster.url, int(sys.argv[1]) if len(sys.argv) > 1 else COUNT))


if __name__ == "__main__":
    main()
