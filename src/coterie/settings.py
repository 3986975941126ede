"""The settings: one frozen record, read once from the environment, and nothing else is ever consulted.

A value that does not fit stops the start with the variable's name and what is expected; the value of a
secret is never shown. The fields below are the documentation too: docs/configuration.md is written from
them (`coterie.settings_page`), so a setting without a description cannot exist.
"""

import pathlib
from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self

import msgspec

from coterie.settings_values import PREFIX, about, is_secret, values

PLAIN_NAMES: Final = frozenset(
    {
        "app_env",
        "database_url",
        "bus_url",
        "jwt_secret",
        "server_host",
        "server_port",
        "allowed_origins",
        "upload_dir",
        "stun_urls",
        "turn_url",
        "turn_secret",
        "startup_timeout",
        "rate_limits",
        "link_previews",
        "giphy_api_key",
        "dev_auth_bypass",
    }
)


def variable_name(field: str) -> str:
    return field.upper() if field in PLAIN_NAMES else PREFIX + field.upper()


class Settings(msgspec.Struct, frozen=True, kw_only=True, rename=variable_name):
    """What this process was told. An empty variable counts as one that is not set."""

    app_env: Annotated[
        Literal["production", "development"],
        about("Server", "Development opens CORS to every origin, reads an `.env` file and widens rate limits."),
    ] = "production"
    server_host: Annotated[
        str,
        about(
            "Server",
            "The address to listen on. Loopback by default, since Coterie speaks plain HTTP and expects a "
            "proxy with TLS in front; `0.0.0.0` for every interface, as in a container.",
            expected="an address or a host name of this machine",
            pattern=r"^\S+$",
        ),
    ] = "127.0.0.1"
    server_port: Annotated[int, about("Server", "The port to listen on; 0 takes a free one.", ge=0, le=65535)] = 3000
    share_port: Annotated[
        bool,
        about(
            "Server",
            "Let another `coterie serve` of the same user listen on the same port, so that one serves while the other "
            "is restarted: see docs/operating/rolling-restart.md.",
        ),
    ] = False
    public_url: Annotated[
        str,
        about(
            "Server",
            "The address people type. With https:// the cookies are marked Secure; it also stands in links.",
            expected="a URL without a path, such as https://chat.example.org",
            pattern=r"^https?://[^/\s@?#]+$",
        ),
    ] = ""
    allowed_origins: Annotated[
        tuple[Annotated[str, msgspec.Meta(pattern=r"^(https?|tauri|app)://[^/\s@?#,]+$")], ...],
        about(
            "Server",
            "Other web origins whose pages may call the API. The own origin needs no entry.",
            expected="origins such as https://chat.example.org, separated by commas",
        ),
    ] = ()
    trusted_proxies: Annotated[
        tuple[str, ...],
        about(
            "Server",
            "Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed. Without them every client "
            "behind a proxy shares one rate limit.",
            expected="addresses or networks such as 127.0.0.1 or 10.0.0.0/8, separated by commas",
        ),
    ] = ()
    processes: Annotated[int, about("Server", "Server processes; about one for each processor core.", ge=1, le=256)] = 1
    connection_limit: Annotated[
        int,
        about("Server", "Open connections for each process; more are answered 503.", ge=10, le=1_000_000),
    ] = 10_000
    body_limit: Annotated[
        int,
        about("Server", "The largest JSON request body, in bytes.", ge=1024, le=64 * 1024 * 1024),
    ] = 2 * 1024 * 1024
    request_deadline: Annotated[
        float,
        about(
            "Server",
            "When the answer to a request must have begun, in seconds. Later it is cut off and answered 408, or 503 if "
            "it waited for its turn. Uploads and sockets have limits of their own.",
            ge=0.1,
            le=3600,
        ),
    ] = 10.0
    startup_timeout: Annotated[
        float,
        about(
            "Server",
            "How long the start waits for a database that does not answer yet, in seconds.",
            ge=0,
            le=3600,
        ),
    ] = 30.0

    database_url: Annotated[
        str,
        about(
            "Database",
            "The PostgreSQL database (15 or newer). Required by `serve`; `dev` runs its own. `?sslmode=verify-full` "
            "and `sslrootcert=` at its end encrypt the way there, see docs/operating/tune.md.",
            expected="a URL such as postgresql://coterie:password@127.0.0.1:5432/coterie",
            secret=True,
            pattern=r"^postgres(ql)?://\S*$",
        ),
    ] = ""
    database_direct_url: Annotated[
        str,
        about(
            "Database",
            "The same database without the pooler in between, where DATABASE_URL leads through one that hands out its "
            "connections by the transaction, such as PgBouncer. What needs a connection of its own uses it: "
            "notifications, migrations, backups, imports.",
            expected="a URL such as postgresql://coterie:password@127.0.0.1:5432/coterie",
            secret=True,
            pattern=r"^postgres(ql)?://\S*$",
        ),
    ] = ""
    pool_size: Annotated[
        int,
        about("Database", "Database connections for each process, besides one that listens.", ge=2, le=1000),
    ] = 25
    pool_acquire_timeout: Annotated[
        float,
        about("Database", "How long a request waits for a free connection, in seconds.", gt=0, le=300),
    ] = 5.0
    pool_idle_time: Annotated[
        float,
        about("Database", "An unused connection is closed after this time, in seconds.", gt=0, le=86400),
    ] = 600.0
    pool_lifetime: Annotated[
        float, about("Database", "A connection is replaced after this time, in seconds.", gt=0, le=86400)
    ] = 1800.0
    slow_query_ms: Annotated[
        float,
        about(
            "Database",
            "A statement that takes longer is counted and logged by its name, in milliseconds.",
            gt=0,
            le=3_600_000,
        ),
    ] = 1000.0
    statement_timeout: Annotated[
        float, about("Database", "PostgreSQL ends a statement after this time, in seconds.", ge=0.1, le=3600)
    ] = 30.0
    allow_unsafe_database: Annotated[
        bool,
        about(
            "Database",
            "Start although the database has `fsync` or `full_page_writes` off. A power cut can then lose or "
            "destroy everything; for tests only.",
        ),
    ] = False

    bus_url: Annotated[
        str,
        about(
            "Database",
            "A NATS server over which processes tell each other what happened. Empty for PostgreSQL's own "
            "LISTEN/NOTIFY, which is right until there are many processes.",
            expected="a URL such as nats://coterie:password@127.0.0.1:4222, or several separated by commas",
            secret=True,
            pattern=r"^((nats|tls)://[^\s,]+)(\s*,\s*(nats|tls)://[^\s,]+)*$",
        ),
    ] = ""

    jwt_secret: Annotated[
        str,
        about(
            "Security",
            "Signs access tokens. Required by `serve`; make one with `openssl rand -hex 32`. "
            "A new one makes every access token worthless; who is logged in gets another by itself, until "
            "`coterie user logout --all`.",
            expected="at least 32 random characters",
            secret=True,
        ),
    ] = ""
    rate_limits: Annotated[
        bool, about("Security", "Limits for each account and address. `off` is for load tests only.")
    ] = True
    link_previews: Annotated[
        bool,
        about(
            "Security",
            "Show what a link in a message leads to. The server asks the linked page for its title, so the page's "
            "owner sees the server's address, and never a reader's. `off` makes no such request.",
        ),
    ] = True
    giphy_api_key: Annotated[
        str,
        about(
            "Security",
            "The key for a GIF search. With it the server asks that service on behalf of people who look for GIFs; "
            "without it there is no GIF search.",
            expected="a key of the GIF service",
            secret=True,
        ),
    ] = ""
    giphy_url: Annotated[
        str,
        about(
            "Security",
            "Where GIFs are searched for.",
            expected="the address of a search like GIPHY's",
            pattern=r"^https?://\S+$",
        ),
    ] = "https://api.giphy.com/v1/gifs/search"
    outgoing_allowed: Annotated[
        tuple[str, ...],
        about(
            "Security",
            "Places in private networks that requests made for users (link previews) may reach. Without it "
            "they go to public addresses only, on ports 80 and 443.",
            expected="addresses with a port such as 192.168.1.20:8080 or [fd00::5]:443, separated by commas",
        ),
    ] = ()
    dev_auth_bypass: Annotated[
        str,
        about(
            "Security",
            "Of an older system, where it switched authentication off. Coterie has no such switch: `serve` "
            "refuses to start while it is set.",
            expected="nothing: remove it",
        ),
    ] = ""

    friend_request_cooling_off: Annotated[
        float,
        about(
            "Security",
            "How long somebody whose friend request was declined waits before they may ask again, in days; 0 for no "
            "time at all.",
            ge=0,
            le=3650,
        ),
    ] = 7.0

    upload_dir: Annotated[
        pathlib.Path,
        about("Files", "Where uploaded files are kept.", expected="a directory that the server may write to"),
    ] = pathlib.Path("uploads")
    files_url: Annotated[
        str,
        about(
            "Files",
            "An object store that keeps the files instead of UPLOAD_DIR. Keys and region come from the store's own "
            "variables, such as AWS_ACCESS_KEY_ID; see docs/protocol/files.md.",
            expected="a URL such as s3://bucket/prefix, gs://bucket/prefix or az://account/container",
            secret=True,
            pattern=r"^(s3|s3a|gs|az|abfss?|azure|adl|https)://\S+$",
        ),
    ] = ""
    file_limit: Annotated[int, about("Files", "The largest file of a message, in bytes.", ge=1024, le=10 * 1024**3)] = (
        50 * 1024 * 1024
    )
    files_per_message: Annotated[int, about("Files", "How many files a message may have.", ge=1, le=100)] = 10
    upload_limit: Annotated[
        int,
        about("Files", "The largest request that brings files, in bytes.", ge=1024, le=100 * 1024**3),
    ] = 500 * 1024 * 1024 + 64 * 1024
    file_quota: Annotated[
        int,
        about(
            "Files",
            "How much one account may keep, in bytes: pictures and the files of all its messages; 0 for any amount. "
            "`coterie user limit` sets another limit for one account.",
            ge=0,
            le=1024**5,
        ),
    ] = 5 * 1024**3
    document_limit: Annotated[
        int,
        about("Documents", "The longest text of a shared document, in characters.", ge=1000, le=16 * 1024 * 1024),
    ] = 1024 * 1024
    backup_directory: Annotated[
        str,
        about(
            "Backups",
            "Where the server puts a backup of everything each day; empty for none. Of several machines with one "
            "database, set it on one.",
            expected="a directory that the server may write to, best on another disk",
        ),
    ] = ""
    backup_time: Annotated[
        str,
        about(
            "Backups",
            "When the day's backup is made, in UTC; later if the server was not running then.",
            expected="a time such as 03:00",
            pattern=r"^([01]\d|2[0-3]):[0-5]\d$",
        ),
    ] = "03:00"
    backup_keep_days: Annotated[int, about("Backups", "Of so many days the last backup is kept.", ge=1, le=3650)] = 7
    backup_keep_weeks: Annotated[int, about("Backups", "And of so many weeks, Monday to Sunday.", ge=0, le=520)] = 4
    usage_period: Annotated[
        Literal["month", "day"],
        about("Usage", "For how long usage is counted together: the calendar month or day, in UTC."),
    ] = "month"
    usage_messages: Annotated[
        int,
        about("Usage", "How many messages one account may send in a period; 0 for any number.", ge=0, le=10**12),
    ] = 0
    usage_documents: Annotated[
        int,
        about("Usage", "How many documents one account may create in a period; 0 for any number.", ge=0, le=10**12),
    ] = 0
    usage_requests: Annotated[
        int,
        about("Usage", "How many requests one account may make in a period; 0 for any number.", ge=0, le=10**12),
    ] = 0
    stun_urls: Annotated[
        tuple[Annotated[str, msgspec.Meta(pattern=r"^stuns?:[^\s,]+$")], ...],
        about(
            "Voice",
            "STUN servers, which tell browsers their public address. None by default, since a stranger's server would "
            "learn who talks here; a TURN server does the same, so that with TURN_URL none is needed.",
            expected="URLs such as stun:stun.example.org:3478, separated by commas",
        ),
    ] = ()
    turn_url: Annotated[
        str,
        about(
            "Voice",
            "A TURN server for people behind strict firewalls.",
            expected="a URL such as turn:turn.example.org:3478",
            pattern=r"^turns?:\S+$",
        ),
    ] = ""
    turn_secret: Annotated[
        str,
        about(
            "Voice",
            "The secret shared with the TURN server.",
            expected="the TURN server's static-auth-secret",
            secret=True,
        ),
    ] = ""

    metrics_token: Annotated[
        str,
        about(
            "Monitoring",
            "Whoever sends it as `Authorization: Bearer ...` gets `/metrics` and the details of `/health`. Without it "
            "only programs on this machine do that did not come through a proxy.",
            expected="at least 16 characters without spaces",
            secret=True,
            pattern=r"^\S{16,}$",
        ),
    ] = ""
    log_format: Annotated[
        Literal["json", "text"],
        about("Logging", "`json` for programs, one object a line; `text` for people."),
    ] = "json"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        about("Logging", "The least severe line that is written."),
    ] = "info"

    @classmethod
    def read(cls, environment: Mapping[str, str], defaults: Mapping[str, str] | None = None) -> Self:
        """Read every setting; `defaults` stand where the environment says nothing.

        Raises SettingsError with all problems at once. What only `serve` demands is
        `coterie.startup`'s to check, so that commands without tokens need no JWT_SECRET.
        """
        return cls(**values(msgspec.structs.fields(cls), environment, defaults or {}))

    @property
    def is_development(self) -> bool:
        return self.app_env == "development"

    @property
    def direct_url(self) -> str:
        """Where a connection is one and the same from its first statement to its last."""
        return self.database_direct_url or self.database_url

    @property
    def is_pooled(self) -> bool:
        """Whether the pool's connections may be another backend's with each transaction."""
        return bool(self.database_direct_url)

    @property
    def is_https(self) -> bool:
        """Whether people reach this instance through TLS, so that cookies can be Secure."""
        return self.public_url.startswith("https://")

    def __repr__(self) -> str:
        shown = (f"{f.name}={getattr(self, f.name)!r}" for f in fields() if not is_secret(f))
        return f"Settings({', '.join(shown)})"


def fields() -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(Settings)
