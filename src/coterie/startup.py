"""What must hold before the port opens, checked in one order, each check saying in a line what it found.

Settings, connection, version, rights, durability, connections, migrations, schema, users. Waiting cures a
database that is still starting, so that is waited for; it does not cure a wrong password, so that ends the
start at once. Nothing here is retried later: a server that runs has passed all of it.
"""

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import parse_qs, urlsplit

import asyncpg
import structlog

from coterie.database import migrate
from coterie.database.migration_files import MigrationError, load
from coterie.database.trouble import PASSING, TROUBLE
from coterie.log import epochs
from coterie.log_output import redact
from coterie.refusals import Exit, Refusal
from coterie.schema_check import compare
from coterie.secrecy import weakness
from coterie.settings import Settings

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

OLDEST_MAJOR: Final = 15
_CURED_BY_WAITING: Final = (
    OSError,
    TimeoutError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
)

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
    if not settings.rate_limits:
        log.warning("RATE_LIMITS=off: nothing limits how fast clients may ask; for load tests only")
    log.info("settings read", environment=settings.app_env, processes=settings.processes)


def check_secret(secret: str) -> None:
    remedy = "make one with `openssl rand -hex 32` and keep it"
    if not secret:
        raise Refusal(Exit.SECRET, f"JWT_SECRET is not set; {remedy}")
    if reason := weakness(secret):
        raise Refusal(Exit.SECRET, f"JWT_SECRET {reason}; {remedy}")


def check_database_url(url: str) -> None:
    example = "postgresql://coterie:password@127.0.0.1:5432/coterie"
    if not url:
        raise Refusal(Exit.SETTINGS, f"DATABASE_URL is not set; give the PostgreSQL database as {example}")
    if problem := _malformed(url):
        raise Refusal(Exit.SETTINGS, f"DATABASE_URL {problem}; it should look like {example}")


def _malformed(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "is malformed: host or port cannot be read (special characters in a password must be %-encoded)"
    if parts.scheme not in {"postgresql", "postgres"}:
        return "does not begin with postgresql://"
    if port == 0:
        return "names port 0"
    if not parts.hostname and "host" not in parse_qs(parts.query):
        return "names no host"
    return "" if parts.path.strip("/") else "names no database after the host"


async def connect(settings: Settings) -> Connection:
    """A connection of the start's own; waits up to STARTUP_TIMEOUT for a database that may yet answer."""
    deadline = time.monotonic() + settings.startup_timeout
    pause = 0.1
    while True:
        patience = max(1.0, min(5.0, deadline - time.monotonic()))
        try:
            connection = await asyncpg.connect(settings.database_url, timeout=patience)
        except Exception as problem:
            refusal, is_passing = describe(problem, settings.database_url)
            left = deadline - time.monotonic()
            if not is_passing or left <= 0:
                raise refusal from problem
            log.warning("waiting for the database", reason=reason_for(problem), seconds_left=round(left, 1))
            await asyncio.sleep(min(pause, left))
            pause = min(pause * 2, 5.0)
        else:
            log.info("database reached", at=where(settings.database_url))
            return connection


def describe(problem: Exception, url: str) -> tuple[Refusal, bool]:
    """The refusal for a failed connection, and whether waiting may cure it."""
    place, user = where(url), urlsplit(url).username or "(the default user)"
    name = urlsplit(url).path.strip("/")
    match problem:
        case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
            sentence = f"DATABASE_URL: {place} refused {user}: {redact(str(problem))}; correct user or password"
            return Refusal(Exit.DATABASE_LOGIN, sentence), False
        case asyncpg.InvalidCatalogNameError():
            sentence = f"DATABASE_URL: {place} has no database {name}; create it with `createdb {name}`"
            return Refusal(Exit.DATABASE_MISSING, sentence), False
        case asyncpg.InsufficientPrivilegeError():
            sentence = f"DATABASE_URL: {user} may not connect to {name}: GRANT CONNECT, or name another user"
            return Refusal(Exit.DATABASE_RIGHTS, sentence), False
        case ssl.SSLError() | ssl.CertificateError():
            sentence = f"DATABASE_URL: no TLS with {place}: {reason_for(problem)}; correct sslmode or certificate"
            return Refusal(Exit.DATABASE_UNREACHABLE, sentence), False
        case asyncpg.ClientConfigurationError() | ValueError():
            sentence = f"DATABASE_URL is malformed: {redact(str(problem))}"
            return Refusal(Exit.SETTINGS, _one_line(sentence)), False
    sentence = (
        f"DATABASE_URL: no answer from {place}: {reason_for(problem)}; start PostgreSQL, correct the address, "
        "or raise STARTUP_TIMEOUT if it needs longer"
    )
    return Refusal(Exit.DATABASE_UNREACHABLE, sentence), isinstance(problem, _CURED_BY_WAITING)


def reason_for(problem: Exception) -> str:
    """A failed connection in a few words."""
    if isinstance(problem, socket.gaierror):
        return "the host name is unknown"
    if isinstance(problem, ConnectionRefusedError):
        return "connection refused"
    if isinstance(problem, FileNotFoundError):
        return "there is no such socket"
    if isinstance(problem, TimeoutError):
        return "it took too long"
    return _one_line(redact(str(problem))) or type(problem).__name__


def where(url: str) -> str:
    """Host and port of a database URL, for people; never user or password."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    host = parts.hostname or (query.get("host") or ["?"])[0]
    if host.startswith("/"):
        return f"the socket in {host}"
    return f"{host}:{parts.port or (query.get('port') or ['5432'])[0]}"


async def check_version(connection: Connection, settings: Settings) -> str:
    version = connection.get_server_version()
    if version.major < OLDEST_MAJOR:
        raise Refusal(
            Exit.DATABASE_VERSION,
            f"DATABASE_URL: {where(settings.database_url)} is PostgreSQL {version.major}, "
            f"and Coterie needs {OLDEST_MAJOR} or newer; upgrade it or name another server",
        )
    return f"PostgreSQL {version.major}.{version.micro}"


async def check_rights(connection: Connection, settings: Settings) -> str:
    """May create tables, in a database that takes writes."""
    row = await connection.fetchrow("""
        SELECT current_user AS role, current_database() AS name, current_schema() AS schema,
               has_schema_privilege(current_schema(), 'CREATE') AS may_create,
               pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean AS is_read_only
    """)
    assert row is not None
    if row["is_read_only"]:
        raise Refusal(
            Exit.DATABASE_RIGHTS,
            f"DATABASE_URL: {where(settings.database_url)} takes no writes (a standby, or "
            "default_transaction_read_only is on); name the primary",
        )
    if not row["may_create"]:
        raise Refusal(
            Exit.DATABASE_RIGHTS,
            f"DATABASE_URL: {row['role']} may not create tables in {row['name']}; as an administrator: "
            f'GRANT CREATE, USAGE ON SCHEMA {row["schema"] or "public"} TO "{row["role"]}"',
        )
    return f"{row['role']} may create tables in the schema {row['schema']}"


async def check_durability(connection: Connection, settings: Settings) -> str:
    """Acknowledged means durable only if PostgreSQL itself keeps that promise."""
    row = await connection.fetchrow("""
        SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
               current_setting('synchronous_commit') AS synchronous_commit,
               current_setting('server_encoding') AS encoding
    """)
    assert row is not None
    if row["encoding"] != "UTF8":
        raise Refusal(
            Exit.DATABASE_UNSAFE,
            f"DATABASE_URL: the database is encoded in {row['encoding']}; "
            "create it with ENCODING 'UTF8' TEMPLATE template0",
        )
    unsafe = [name for name in ("fsync", "full_page_writes", "synchronous_commit") if row[name] == "off"]
    if unsafe and not settings.allow_unsafe_database:
        raise Refusal(
            Exit.DATABASE_UNSAFE,
            f"DATABASE_URL: PostgreSQL runs with {' and '.join(unsafe)} off and would lose acknowledged "
            "messages; switch on, or set COTERIE_ALLOW_UNSAFE_DATABASE=on for a test",
        )
    if unsafe:
        log.warning("COTERIE_ALLOW_UNSAFE_DATABASE=on: a power cut can lose acknowledged messages", off=unsafe)
        return f"{' and '.join(unsafe)} off, as COTERIE_ALLOW_UNSAFE_DATABASE allows"
    return "fsync, full_page_writes and synchronous_commit are on; UTF-8"


async def check_connections(connection: Connection, settings: Settings) -> str:
    """Each process needs its pool and one connection that listens."""
    allowed: int = await connection.fetchval("""
        SELECT least(
            current_setting('max_connections')::int
                - current_setting('superuser_reserved_connections')::int
                - coalesce(current_setting('reserved_connections', true), '0')::int,
            (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database()),
            (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user)
        )
    """)
    needed = settings.processes * (settings.pool_size + 1)
    if needed > allowed:
        raise Refusal(
            Exit.DATABASE_CONNECTIONS,
            f"COTERIE_PROCESSES={settings.processes} with COTERIE_POOL_SIZE={settings.pool_size} needs "
            f"{needed} database connections, and PostgreSQL allows {allowed}; lower one of them or raise "
            "max_connections",
        )
    return f"{needed} needed, {allowed} allowed"


Check: TypeAlias = Callable[[Connection, Settings], Awaitable[str]]

DATABASE_CHECKS: Final[tuple[tuple[str, Check], ...]] = (
    ("database version", check_version),
    ("database rights", check_rights),
    ("database durability", check_durability),
    ("database connections", check_connections),
)
"""In the order of the start; each says what it found, or raises Refusal."""


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
        raise Refusal(code, _one_line(redact(str(problem)))) from problem


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


def _one_line(text: str) -> str:
    return " ".join(text.split())
