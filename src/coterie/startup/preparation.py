"""What must be true before the port opens, checked in a fixed order; each check logs in one line what it found.

Settings, address, directory of uploads, connection, version, pooler, permissions, durability, connections, migrations,
schema, users. Waiting helps with a database that is still starting, so the start waits for it; it does not help with
a wrong password, so that ends the start at once. Nothing here is retried later: a server that runs has passed every
check.
"""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import structlog

from coterie.accounts import demo_queries
from coterie.database import migrate
from coterie.database.checks import DATABASE_CHECKS
from coterie.database.connecting import Connection, check_database_url, check_direct_url, connect, one_line
from coterie.database.migration_files import MigrationError, load
from coterie.database.trouble import PASSING, TROUBLE
from coterie.log import epochs
from coterie.mail.smtp import check_mail
from coterie.process.log_output import redact
from coterie.process.refusals import Exit, Refusal
from coterie.settings.record import Settings
from coterie.settings.server import LOOPBACK
from coterie.startup.schema_check import compare
from coterie.startup.secrecy import weakness
from coterie.startup.setup_code import derived_code

log = structlog.get_logger("coterie.startup")


async def prepare_database(settings: Settings, migrations: Path | None = None) -> None:
    """Connect to the database, check it, migrate it. `migrations` is another directory of them, for tests.

    Raises Refusal for the first check that fails.
    """
    connection = await connect(settings)
    try:
        for step, check in DATABASE_CHECKS:
            log.info(step, found=await check(connection, settings))
        await bring_up_to_date(connection, migrations, log.debug if settings.is_development else log.info)
        if migrations is None:
            log.info("schema checked", found=await check_schema(connection))
            await settle_epoch(connection)
        await count_users(connection, settings)
        if migrations is None:
            await warn_of_demo(connection, settings)
    except PASSING as problem:
        sentence = "the database connection was lost during the start; start again, and check the database's log"
        raise Refusal(Exit.DATABASE_UNREACHABLE, f"{sentence} ({type(problem).__name__})") from problem
    finally:
        with contextlib.suppress(*TROUBLE):
            await connection.close(timeout=2)


def check_settings(settings: Settings) -> None:
    """Check what only a production start requires of the settings."""
    if settings.dev_auth_bypass:
        raise Refusal(
            Exit.BYPASS,
            "DEV_AUTH_BYPASS is set, but Coterie never turns authentication off; remove the variable",
        )
    check_environment(settings)
    check_secret(settings.jwt_secret)
    if settings.jwt_secret_previous:
        check_secret(settings.jwt_secret_previous, "JWT_SECRET_PREVIOUS")
    check_database_url(settings.database_url)
    check_direct_url(settings.database_direct_url)
    check_mail(settings)
    if not settings.rate_limits:
        log.warning("RATE_LIMITS=off: requests are not limited; for load tests only")
    log.info("settings read", environment=settings.app_env, processes=settings.processes)


def check_upload_dir(settings: Settings) -> None:
    """Create the directory of uploads if there is none, and check that it can be written."""
    if settings.files_url:
        return
    try:
        settings.upload_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.upload_dir):
            pass
    except OSError as problem:
        place = settings.upload_dir.absolute()
        raise Refusal(
            Exit.PLACE, f"UPLOAD_DIR: {place} cannot be written: {problem.strerror}; correct its owner or mode"
        ) from problem
    log.info("upload directory checked", directory=str(settings.upload_dir.absolute()))


def check_environment(settings: Settings) -> None:
    """Other machines must never reach a server that lets every origin in and hardly limits requests."""
    if not settings.is_development:
        return
    if settings.server_host not in LOOPBACK:
        raise Refusal(
            Exit.NOT_ALLOWED_HERE,
            f"APP_ENV=development and SERVER_HOST={settings.server_host}: every website could use the accounts of "
            "people who reach this server; remove APP_ENV",
        )
    log.warning("APP_ENV=development: every origin is allowed and limits are wide; for this machine only")


def check_secret(secret: str, name: str = "JWT_SECRET") -> None:
    remedy = "create one with `openssl rand -hex 32` and keep it"
    if not secret:
        raise Refusal(Exit.SECRET, f"{name} is not set; {remedy}")
    if reason := weakness(secret):
        raise Refusal(Exit.SECRET, f"{name} {reason}; {remedy}")


async def bring_up_to_date(connection: Connection, directory: Path | None, progress: migrate.Progress) -> None:
    """Migrate, one process at a time. `directory` has migrations other than Coterie's, for tests."""
    known = load(directory)
    with migration_refusals():
        applied = await migrate.run(connection, known, progress=progress)
    log.info("schema migrated", applied=len(applied), version=known[-1].title)


async def check_schema(connection: Connection) -> str:
    """Check that nothing that the migrations create was changed by hand."""
    differences = await compare(connection)
    if differences.lost:
        raise Refusal(
            Exit.SCHEMA_DIFFERS,
            f"DATABASE_URL: the schema was changed by hand: {', '.join(differences.lost[:5])} missing; "
            "see `coterie migrate verify`, and restore a backup",
        )
    if differences.missing:
        log.warning("the schema differs in details, see `coterie migrate verify`", missing=len(differences.missing))
        return f"{len(differences.missing)} definitions differ, but no table or column is missing"
    return "matches the migrations"


async def require_current_schema(settings: Settings) -> None:
    """For commands other than the server: check that the database has exactly this version's migrations."""
    connection = await connect(settings)
    try:
        with migration_refusals():
            applied = await migrate.history(connection)
            migrate.check(known := load(), applied)
    finally:
        await connection.close(timeout=2)
    if len(applied) < len(known):
        raise Refusal(Exit.SCHEMA_DIFFERS, "the schema is not up to date; run `coterie migrate run` first")


@contextlib.contextmanager
def migration_refusals() -> Iterator[None]:
    """Turn an error of the migrations into the refusal of a command."""
    try:
        yield
    except MigrationError as problem:
        code = next((code for kind, code in _MIGRATION_CODES if isinstance(problem, kind)), Exit.MIGRATION_FAILED)
        raise Refusal(code, one_line(redact(str(problem)))) from problem


_MIGRATION_CODES: Final = (
    (migrate.NewerDatabaseError, Exit.DATABASE_NEWER),
    (migrate.EditedMigrationError, Exit.MIGRATION_EDITED),
    (migrate.HistoryError, Exit.SCHEMA_DIFFERS),
    (migrate.UnfinishedDatabaseError, Exit.SCHEMA_DIFFERS),
    (migrate.MigrationRightsError, Exit.DATABASE_RIGHTS),
)


async def settle_epoch(connection: Connection) -> None:
    """Begin a new epoch if the database was restored since it was last served."""
    before = await epochs.current(connection)
    epoch = await epochs.settle(connection)
    if epoch.name != before.name:
        log.warning(
            "the database went back: it was restored or failed over, and clients are told to fetch everything again",
            epoch=epoch.name,
        )


async def warn_of_demo(connection: Connection, settings: Settings) -> None:
    """Accounts with a published password come here with a backup of a developer's machine."""
    if not settings.is_development and (names := await demo_queries.demo_names(connection)):
        log.warning(
            "demo accounts have their published password: set others with `coterie user reset-password`",
            accounts=", ".join(names),
            can_log_in=settings.allow_demo_accounts,
        )


async def count_users(connection: Connection, settings: Settings) -> None:
    """Log how many accounts there are, or how the first one, which becomes the administrator, is created.

    A code that the operator chose is not logged.
    """
    users: int = await connection.fetchval("SELECT count(*) FROM users")
    if users:
        log.info("accounts found", users=users)
    elif settings.setup_code:
        log.warning("no accounts yet: register the administrator's account with the code in COTERIE_SETUP_CODE")
    elif settings.is_development:
        log.warning("no accounts yet: the first account to register becomes the administrator")
    else:
        log.warning(
            "no accounts yet: register the administrator's account with this set-up code, or use `coterie user create`",
            setup_code=derived_code(settings.jwt_secret),
        )
