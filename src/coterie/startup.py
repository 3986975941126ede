"""What must hold before the port opens, checked in one order, each check saying in a line what it found.

Settings, connection, version, pooler, rights, durability, connections, migrations, schema, users. Waiting cures a
database that is still starting, so that is waited for; it does not cure a wrong password, so that ends the
start at once. Nothing here is retried later: a server that runs has passed all of it.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import structlog

from coterie.database import migrate
from coterie.database.checks import DATABASE_CHECKS
from coterie.database.migration_files import MigrationError, load
from coterie.database.reaching import Connection, check_database_url, check_direct_url, connect, one_line
from coterie.database.trouble import PASSING, TROUBLE
from coterie.log import epochs
from coterie.log_output import redact
from coterie.refusals import Exit, Refusal
from coterie.schema_check import compare
from coterie.secrecy import weakness
from coterie.settings import Settings

log = structlog.get_logger("coterie.startup")


async def prepare_database(settings: Settings, migrations: Path | None = None) -> None:
    """Reach the database, check it, migrate it. `migrations` is another directory of them, for tests.

    Raises Refusal for the first thing that does not hold.
    """
    connection = await connect(settings)
    try:
        for step, check in DATABASE_CHECKS:
            log.info(step, found=await check(connection, settings))
        await bring_up_to_date(connection, migrations)
        if migrations is None:
            log.info("schema checked", found=await check_schema(connection))
            await settle_epoch(connection)
        await count_users(connection)
    except PASSING as problem:
        sentence = "the database connection ended during the start; start again, and look at the database's own log"
        raise Refusal(Exit.DATABASE_UNREACHABLE, f"{sentence} ({type(problem).__name__})") from problem
    finally:
        with contextlib.suppress(*TROUBLE):
            await connection.close(timeout=2)


def check_settings(settings: Settings) -> None:
    """What only a production start demands of the settings."""
    if settings.dev_auth_bypass:
        raise Refusal(
            Exit.BYPASS,
            "DEV_AUTH_BYPASS is set, and Coterie never switches authentication off: remove the variable",
        )
    check_secret(settings.jwt_secret)
    check_database_url(settings.database_url)
    check_direct_url(settings.database_direct_url)
    if not settings.rate_limits:
        log.warning("RATE_LIMITS=off: nothing limits how fast clients may ask; for load tests only")
    log.info("settings read", environment=settings.app_env, processes=settings.processes)


def check_secret(secret: str) -> None:
    remedy = "make one with `openssl rand -hex 32` and keep it"
    if not secret:
        raise Refusal(Exit.SECRET, f"JWT_SECRET is not set; {remedy}")
    if reason := weakness(secret):
        raise Refusal(Exit.SECRET, f"JWT_SECRET {reason}; {remedy}")


async def bring_up_to_date(connection: Connection, directory: Path | None) -> None:
    """Migrate, one process at a time. `directory` holds other migrations than Coterie's, for tests."""
    known = load(directory)
    with migration_refusals():
        applied = await migrate.run(connection, known, progress=log.info)
    log.info("schema migrated", applied=len(applied), version=known[-1].title)


async def check_schema(connection: Connection) -> str:
    """Nothing that the migrations make was changed by hand."""
    differences = await compare(connection)
    if differences.lost:
        raise Refusal(
            Exit.SCHEMA_DIFFERS,
            f"DATABASE_URL: the schema was changed by hand: {', '.join(differences.lost[:5])} missing; "
            "see `coterie migrate verify`, and restore a backup",
        )
    if differences.missing:
        log.warning("the schema differs in details, see `coterie migrate verify`", missing=len(differences.missing))
        return f"{len(differences.missing)} definitions differ, no table and no column is missing"
    return "as the migrations make it"


async def require_current_schema(settings: Settings) -> None:
    """For commands beside the server: the database has exactly this Coterie's migrations."""
    connection = await connect(settings)
    try:
        with migration_refusals():
            applied = await migrate.history(connection)
            migrate.check(known := load(), applied)
    finally:
        await connection.close(timeout=2)
    if len(applied) < len(known):
        raise Refusal(Exit.SCHEMA_DIFFERS, "the schema is not up to date: run `coterie migrate run` first")


@contextlib.contextmanager
def migration_refusals() -> Iterator[None]:
    """Turn what the migrations raise into the refusal of a command."""
    try:
        yield
    except MigrationError as problem:
        code = next((code for kind, code in _MIGRATION_CODES if isinstance(problem, kind)), Exit.MIGRATION_FAILED)
        raise Refusal(code, one_line(redact(str(problem)))) from problem


_MIGRATION_CODES: Final = (
    (migrate.NewerDatabaseError, Exit.DATABASE_NEWER),
    (migrate.EditedMigrationError, Exit.MIGRATION_EDITED),
    (migrate.HistoryError, Exit.SCHEMA_DIFFERS),
    (migrate.MigrationRightsError, Exit.DATABASE_RIGHTS),
)


async def settle_epoch(connection: Connection) -> None:
    """Begin a new epoch if the database was restored since it was served last."""
    before = await epochs.current(connection)
    epoch = await epochs.settle(connection)
    if epoch.name != before.name:
        log.warning(
            "the database is not where it was: it was restored or failed over, and clients are told to fetch anew",
            epoch=epoch.name,
        )


async def count_users(connection: Connection) -> None:
    """Say how many people there are, since an empty instance gives its first visitor the keys."""
    users: int = await connection.fetchval("SELECT count(*) FROM users")
    if users:
        log.info("accounts found", users=users)
    else:
        log.warning("no accounts yet: the first to register becomes the administrator")
