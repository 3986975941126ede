"""One run of an import: opens both databases, allows only one import at a time, and compares at the end."""

import contextlib
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import asyncpg
import msgspec

from coterie.database.connection import OneConnection
from coterie.database.pool import open_pool
from coterie.files.receiving import Files
from coterie.importing import accounts, engine, records, room, source, xfchat
from coterie.importing.engine import Progress, Result
from coterie.importing.mappings import Stage
from coterie.importing.records import Import, SourceKind
from coterie.importing.source import Source
from coterie.importing.together import stages as together
from coterie.importing.together.files import files_for
from coterie.importing.work import ImportWork, Options
from coterie.process.refusals import Exit, Refusal
from coterie.settings.record import Settings
from coterie.startup.preparation import require_current_schema

Stages = Callable[[Source], Awaitable[list[Stage]]]
STAGES: Final[Mapping[SourceKind, Stages]] = {"xfchat": xfchat.stages, "together": together.stages}
REST: Final[Mapping[SourceKind, Mapping[str, str]]] = {"xfchat": xfchat.REST, "together": together.REST}
NAMES: Final[Mapping[SourceKind, str]] = {"xfchat": "XFChat", "together": "Together"}


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What to import: from where, the source's name here (None: named after its oldest account), and how."""

    kind: SourceKind
    url: str
    name: str | None
    options: Options


Report = Callable[[OneConnection, Import, list[Result]], Awaitable[None]]


async def run(settings: Settings, order: ImportOrder, progress: Progress, report: Report) -> list[Result]:
    """Import what is not here yet, compare all of it, and report while it can still be read. Raises Refusal."""
    gc.freeze()  # the loaded program stays: otherwise every collection of the rows' garbage goes through it
    await require_current_schema(settings)
    async with (
        _target(settings) as connection,
        source.opened(order.url, order.options.zone) as opened,
        _files(settings, order) as files,
    ):
        if order.options.is_dry:
            await connection.transaction().start()  # ends with the connection, which rolls it back
        record = await records.begin(connection, order.kind, await _name(opened, order))
        work = ImportWork(opened, connection, record, order.options, files)
        await room.owner_of(work)
        work.links = await accounts.resolve_links(work, await opened.table("users"))
        results = await _carry(work, order.kind, progress)
        await report(connection, record, results)
        return results


async def _carry(work: ImportWork, kind: SourceKind, progress: Progress) -> list[Result]:
    stages, rest = await STAGES[kind](work.source), REST[kind]
    await engine.bring(work, stages, progress)
    results = await engine.compare(work, stages, progress)
    return [*results, *await engine.count_rest(work, rest, stages)]


@contextlib.asynccontextmanager
async def _files(settings: Settings, order: ImportOrder) -> AsyncIterator[Files | None]:
    """Accepts the imported files, if there are any."""
    if order.options.uploads is None or order.options.is_dry:
        yield None
        return
    database = await open_pool(msgspec.structs.replace(settings, pool_size=2))
    files = files_for(settings, database)
    try:
        yield files
    finally:
        files.pictures.close()
        await database.close()


@contextlib.asynccontextmanager
async def _target(settings: Settings) -> AsyncIterator[OneConnection]:
    """A connection without time limits, while no other import runs."""
    connection = await source.connect(settings.direct_url)
    try:
        await _take_turn(connection)
        yield connection
    finally:
        await connection.close(timeout=5)


async def _take_turn(connection: OneConnection) -> None:
    """Wait for the lock, since a killed import's connection may live a moment longer."""
    await connection.execute("SET lock_timeout = '20s'")
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", records.LOCK)
    except asyncpg.LockNotAvailableError:
        raise Refusal(
            Exit.NOT_ALLOWED_HERE, "another import is running in this database; wait until it is done"
        ) from None
    await connection.execute("SET lock_timeout = 0")


async def _name(opened: Source, order: ImportOrder) -> str:
    users = await opened.table("users")
    name = NAMES[order.kind]
    if not users:
        raise Refusal(Exit.NOT_FOUND, f"SOURCE: there is no table users, so this is no database of {name}'s")
    found = order.name or await opened.fingerprint(users)
    if found is None:
        raise Refusal(Exit.NOT_FOUND, f"SOURCE: this {name} has no accounts; there is nothing to import")
    return found
