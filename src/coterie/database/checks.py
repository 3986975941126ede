"""What a start requires of the database before migrating it: each check returns what it found, or raises Refusal."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import structlog

from coterie.database.connecting import DIRECT, Connection, connect_to, where
from coterie.process.refusals import Exit, Refusal
from coterie.settings.record import Settings

OLDEST_MAJOR: Final = 15

log = structlog.get_logger("coterie.startup")


async def check_version(connection: Connection, settings: Settings) -> str:
    version = connection.get_server_version()
    if version.major < OLDEST_MAJOR:
        raise Refusal(
            Exit.DATABASE_VERSION,
            f"DATABASE_URL: {where(settings.direct_url)} is PostgreSQL {version.major}, "
            f"and Coterie needs {OLDEST_MAJOR} or newer; upgrade it or use another server",
        )
    return f"PostgreSQL {version.major}.{version.micro}"


async def check_rights(connection: Connection, settings: Settings) -> str:
    """The user can create tables, and the database accepts writes."""
    row = await connection.fetchrow("""
        SELECT current_user AS role, current_database() AS name, current_schema() AS schema,
               has_schema_privilege(current_schema(), 'CREATE') AS may_create,
               pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean AS is_read_only
    """)
    assert row is not None
    if row["is_read_only"]:
        raise Refusal(
            Exit.DATABASE_RIGHTS,
            f"DATABASE_URL: {where(settings.direct_url)} is read-only (a standby, or "
            "default_transaction_read_only is on); use the primary",
        )
    if not row["may_create"]:
        raise Refusal(
            Exit.DATABASE_RIGHTS,
            f"DATABASE_URL: {row['role']} cannot create tables in {row['name']}; as a database administrator, run: "
            f'GRANT CREATE, USAGE ON SCHEMA {row["schema"] or "public"} TO "{row["role"]}"',
        )
    return f"{row['role']} can create tables in the schema {row['schema']}"


async def check_durability(connection: Connection, settings: Settings) -> str:
    """A committed change is durable only if PostgreSQL is configured for it."""
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
            "messages; turn it on, or set COTERIE_ALLOW_UNSAFE_DATABASE=on for a test",
        )
    if unsafe:
        log.warning("COTERIE_ALLOW_UNSAFE_DATABASE=on: a power cut can lose acknowledged messages", off=unsafe)
        return f"{' and '.join(unsafe)} off, allowed by COTERIE_ALLOW_UNSAFE_DATABASE"
    return "fsync, full_page_writes and synchronous_commit are on; UTF-8"


async def check_connections(connection: Connection, settings: Settings) -> str:
    """Each process needs its pool and a listening connection; behind a pooler, only the latter goes to PostgreSQL."""
    allowed: int = await connection.fetchval("""
        SELECT least(
            current_setting('max_connections')::int
                - current_setting('superuser_reserved_connections')::int
                - coalesce(current_setting('reserved_connections', true), '0')::int,
            (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database()),
            (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user)
        )
    """)
    needed = settings.processes * (1 if settings.is_pooled else settings.pool_size + 1)
    if needed > allowed:
        raise Refusal(
            Exit.DATABASE_CONNECTIONS,
            f"COTERIE_PROCESSES={settings.processes} with COTERIE_POOL_SIZE={settings.pool_size} needs "
            f"{needed} database connections, and PostgreSQL allows {allowed}; lower one of them or raise "
            "max_connections",
        )
    return f"{needed} needed, {allowed} allowed"


async def check_pooler(connection: Connection, settings: Settings) -> str:
    """There is no pooler between us and PostgreSQL unless the settings say so.

    A pooler gives its clients a process number that it made up; PostgreSQL knows the real one.
    """
    if connection.get_server_pid() != await connection.fetchval("SELECT pg_backend_pid()"):
        raise Refusal(
            Exit.POOLER,
            f"{DIRECT if settings.is_pooled else 'DATABASE_URL'} leads through a pooler such as PgBouncer; "
            f"set {DIRECT} to PostgreSQL's own address, and leave DATABASE_URL as it is",
        )
    if not settings.is_pooled:
        return "no pooler"
    pooled = await connect_to(settings.database_url, "DATABASE_URL", settings)
    try:
        await _check_sameness(connection, pooled)
        await _check_limits(pooled, settings)
    finally:
        await pooled.close(timeout=2)
    return f"a pooler at {where(settings.database_url)}"


async def _check_sameness(direct: Connection, pooled: Connection) -> None:
    if await _identity(direct) != await _identity(pooled):
        raise Refusal(
            Exit.POOLER,
            f"DATABASE_URL and {DIRECT} are not the same database and user; point the pooler at that of {DIRECT}",
        )


async def _identity(connection: Connection) -> object:
    return await connection.fetchrow("""
        SELECT pg_postmaster_start_time(), (SELECT oid FROM pg_database WHERE datname = current_database()),
               current_user, current_schema()
    """)


async def _check_limits(pooled: Connection, settings: Settings) -> None:
    """A pooler does not pass on our limits, so the role must have them."""
    wanted = {"statement_timeout": f"{settings.statement_timeout:g}s", "idle_in_transaction_session_timeout": "60s"}
    missing = [name for name in wanted if await pooled.fetchval("SELECT current_setting($1)", name) == "0"]
    if missing:
        role = await pooled.fetchval("SELECT quote_ident(current_user)")
        remedies = ", ".join(f"ALTER ROLE {role} SET {name} = '{wanted[name]}'" for name in missing)
        raise Refusal(
            Exit.POOLER,
            f"DATABASE_URL: the pooler's connections have no {' and no '.join(missing)}, so one query could block "
            f"everyone; {remedies}, then RECONNECT in the pooler",
        )


Check: TypeAlias = Callable[[Connection, Settings], Awaitable[str]]

DATABASE_CHECKS: Final[tuple[tuple[str, Check], ...]] = (
    ("database version", check_version),
    ("database pooler", check_pooler),
    ("database rights", check_rights),
    ("database durability", check_durability),
    ("database connections", check_connections),
)
"""In the order of the start; each returns what it found, or raises Refusal."""
