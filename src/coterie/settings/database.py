"""The settings of the database: where it is, its connections, and its time limits."""

from typing import Annotated

from coterie.settings.server import ServerSettings, variable_name
from coterie.settings.values import about


class DatabaseSettings(ServerSettings, frozen=True, kw_only=True, rename=variable_name):
    """The second part of `Settings`."""

    database_url: Annotated[
        str,
        about(
            "Database",
            "The PostgreSQL database (15 or newer). Required by `serve`; `dev` runs its own. Add "
            "`?sslmode=verify-full` and `sslrootcert=` to encrypt the connection, see docs/operating/tune.md.",
            expected="a URL such as postgresql://coterie:password@127.0.0.1:5432/coterie",
            secret=True,
            pattern=r"^postgres(ql)?://\S*$",
        ),
    ] = ""
    database_direct_url: Annotated[
        str,
        about(
            "Database",
            "The same database without the pooler, if DATABASE_URL leads through one that assigns connections per "
            "transaction, such as PgBouncer. Used for what needs a dedicated connection: notifications, "
            "migrations, backups and imports.",
            expected="a URL such as postgresql://coterie:password@127.0.0.1:5432/coterie",
            secret=True,
            pattern=r"^postgres(ql)?://\S*$",
        ),
    ] = ""
    pool_size: Annotated[
        int,
        about("Database", "Database connections per process, in addition to one for notifications.", ge=2, le=1000),
    ] = 25
    pool_acquire_timeout: Annotated[
        float,
        about("Database", "How long a request waits for a free connection, in seconds.", gt=0, le=300),
    ] = 5.0
    pool_idle_time: Annotated[
        float,
        about("Database", "Unused connections are closed after this time, in seconds.", gt=0, le=86400),
    ] = 600.0
    pool_lifetime: Annotated[
        float, about("Database", "Connections are replaced after this time, in seconds.", gt=0, le=86400)
    ] = 1800.0
    slow_query_ms: Annotated[
        float,
        about(
            "Database",
            "Statements that take longer are counted and logged by name, in milliseconds.",
            gt=0,
            le=3_600_000,
        ),
    ] = 1000.0
    statement_timeout: Annotated[
        float, about("Database", "PostgreSQL cancels statements after this time, in seconds.", ge=0.1, le=3600)
    ] = 30.0
    allow_unsafe_database: Annotated[
        bool,
        about(
            "Database",
            "Start even if `fsync` or `full_page_writes` is off in the database. A power failure can then lose or "
            "destroy everything. For tests only.",
        ),
    ] = False

    bus_url: Annotated[
        str,
        about(
            "Database",
            "A NATS server through which the processes notify each other. Empty for PostgreSQL's own "
            "LISTEN/NOTIFY, which is right until there are many processes.",
            expected="a URL such as nats://coterie:password@127.0.0.1:4222, or several separated by commas",
            secret=True,
            pattern=r"^((nats|tls)://[^\s,]+)(\s*,\s*(nats|tls)://[^\s,]+)*$",
        ),
    ] = ""
