"""One run of an import from beginning to end: both databases open, one at a time, and in the end the comparison."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import asyncpg
import msgspec

from coterie.database.connection import OneConnection
from coterie.database.pool import open_pool
from coterie.files.receiving import Files
from coterie.importing import archive, engine, links, records, source, uploads, xfchat
from coterie.importing.engine import Progress, Result, Stage
from coterie.importing.records import Import, Kind
from coterie.importing.source import Source
from coterie.importing.together import stages as together
from coterie.importing.work import Options, Work
from coterie.refusals import Exit, Refusal
from coterie.settings import Settings
from coterie.startup import require_current_schema

Stages = Callable[[Source], Awaitable[list[Stage]]]
STAGES: Final[Mapping[Kind, Stages]] = {"xfchat": xfchat.stages, "together": together.stages}
REST: Final[Mapping[Kind, Mapping[str, str]]] = {"xfchat": xfchat.REST, "together": together.REST}
NAMES: Final[Mapping[Kind, str]] = {"xfchat": "XFChat", "together": "Together"}


@dataclass(frozen=True, slots=True)
class Order:
    """What to import: from where, under which name it is known here (None: by its oldest account), and how."""

    kind: Kind
    url: str
    name: str | None
    options: Options


Report = Callable[[OneConnection, Import, list[Result]], Awaitable[None]]


async def run(settings: Settings, order: Order, progress: Progress, report: Report) -> list[Result]:
    """Bring what is not here yet, compare all of it, and report while it can still be read. Raises Refusal."""
    await require_current_schema(settings)
    async with (
        _target(settings) as connection,
        source.opened(order.url, order.options.zone) as opened,
        _files(settings, order) as files,
        _transaction(connection, is_dry=order.options.is_dry),
    ):
        record = await records.begin(connection, order.kind, await _name(opened, order))
        work = Work(opened, connection, record, order.options, files)
        await archive.owner_of(work)
        work.links = await links.resolve(work, await opened.table("users"))
        results = await _carry(work, order.kind, progress)
        await report(connection, record, results)
        return results


async def _carry(work: Work, kind: Kind, progress: Progress) -> list[Result]:
    stages, rest = await STAGES[kind](work.source), REST[kind]
    await engine.bring(work, stages, progress)
    results = await engine.compare(work, stages, progress)
    return [*results, *await engine.count_rest(work, rest, stages)]


@contextlib.asynccontextmanager
async def _files(settings: Settings, order: Order) -> AsyncIterator[Files | None]:
    """What takes files in, if there are any to take."""
    if order.options.uploads is None or order.options.is_dry:
        yield None
        return
    database = await open_pool(msgspec.structs.replace(settings, pool_size=2))
    files = uploads.files_for(settings, database)
    try:
        yield files
    finally:
        files.pictures.close()
        await database.close()


@contextlib.asynccontextmanager
async def _target(settings: Settings) -> AsyncIterator[OneConnection]:
    """A connection without time limits, that no other import has."""
    connection = await asyncpg.connect(
        settings.direct_url,
        timeout=10,
        server_settings={
            "application_name": "coterie import",
            "timezone": "UTC",
            "statement_timeout": "0",
            "idle_in_transaction_session_timeout": "0",
        },
    )
    try:
        await _take_turn(connection)
        yield connection
    finally:
        await connection.close(timeout=5)


async def _take_turn(connection: OneConnection) -> None:
    """A killed import's connection may live for a moment more, so it is waited for."""
    await connection.execute("SET lock_timeout = '20s'")
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", records.LOCK)
    except asyncpg.LockNotAvailableError:
        raise Refusal(Exit.NOT_ALLOWED_HERE, "another import is under way in this database; wait for its end") from None
    await connection.execute("SET lock_timeout = 0")


@contextlib.asynccontextmanager
async def _transaction(connection: OneConnection, *, is_dry: bool) -> AsyncIterator[None]:
    """Nothing around the batches; or for a dry run one transaction, which is taken back."""
    if not is_dry:
        yield
        return
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()


async def _name(opened: Source, order: Order) -> str:
    users = await opened.table("users")
    name = NAMES[order.kind]
    if not users:
        raise Refusal(Exit.NOT_FOUND, f"SOURCE: there is no table users, so this is no database of {name}'s")
    found = order.name or await opened.fingerprint(users)
    if found is None:
        raise Refusal(Exit.NOT_FOUND, f"SOURCE: this {name} has no accounts; there is nothing to bring along")
    return found
