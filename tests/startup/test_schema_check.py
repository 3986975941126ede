"""The recorded schema is what the migrations make, and changes by hand are found."""

import asyncpg
import pytest

from coterie.database.catalogue import describe
from coterie.process.refusals import Exit, Refusal
from coterie.startup.preparation import check_schema
from coterie.startup.schema_check import compare, recorded


async def test_the_record_is_current(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        assert await describe(connection) == recorded(), "see coterie.startup.schema_check for how to write it again"
        assert await check_schema(connection) == "matches the migrations"
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        ("ALTER TABLE messages DROP COLUMN pinned_by", ["column messages.pinned_by"]),
        ("ALTER TABLE sessions RENAME COLUMN user_agent TO agent", ["column sessions.user_agent"]),
    ],
)
async def test_a_lost_column_refuses_the_start(database_url: str, change: str, lost: list[str]) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(change)
        assert (await compare(connection)).lost == lost
        with pytest.raises(Refusal, match=lost[0]) as caught:
            await check_schema(connection)
        assert caught.value.code == Exit.SCHEMA_DIFFERS
    finally:
        await connection.close()


async def test_an_extra_or_missing_index_is_only_reported(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("DROP INDEX messages_pinned_by; CREATE INDEX ours ON messages (created_at)")
        differences = await compare(connection)
        assert [line for line in differences.missing if "messages_pinned_by" in line]
        assert [line for line in differences.surplus if "ours" in line]
        assert "1 definitions differ" in await check_schema(connection)
    finally:
        await connection.close()
