"""The settings: one frozen record, read once from the environment; nothing else is ever read.

An invalid value stops the start with the variable's name and what is expected; the value of a secret is never shown.
The fields below are also the documentation: docs/configuration.md is generated from them
(`coterie.commands.settings_page`), so a setting without a description cannot exist.
"""

import pathlib
from collections.abc import Mapping
from typing import Annotated, Literal, Self

import msgspec

from coterie.settings.backups import BackupSettings
from coterie.settings.server import variable_name
from coterie.settings.values import about, is_secret, values


class Settings(BackupSettings, frozen=True, kw_only=True, rename=variable_name):
    """The settings of this process. An empty variable counts as one that is not set."""

    jwt_secret: Annotated[
        str,
        about(
            "Security",
            "Signs tokens. Required by `serve`; create one with `openssl rand -hex 32`. A new secret invalidates all "
            "access tokens, unless the one before is in JWT_SECRET_PREVIOUS. Logged-in users get new ones "
            "automatically, unless you run `coterie user logout --all`.",
            expected="at least 32 random characters",
            secret=True,
        ),
    ] = ""
    jwt_secret_previous: Annotated[
        str,
        about(
            "Security",
            "The secret before, whose tokens stay valid; never one that has leaked. See "
            "docs/operating/change-the-secret.md.",
            expected="the former JWT_SECRET",
            secret=True,
        ),
    ] = ""
    setup_code: Annotated[
        str,
        about(
            "Security",
            "What the first registration has to send, so that no stranger becomes the administrator. Without it, "
            "`serve` derives a code from JWT_SECRET and logs it while there is no account; `coterie setup-code` prints "
            "it. Set your own for automated installs.",
            expected="16 to 64 characters without spaces",
            secret=True,
            pattern=r"^\S{16,64}$",
        ),
    ] = ""
    rate_limits: Annotated[
        bool, about("Security", "Limit requests per account and address. `off` is for load tests only.")
    ] = True
    link_previews: Annotated[
        bool,
        about(
            "Security",
            "Show previews of links in messages. The server fetches the linked page, so its owner sees the "
            "address of the server, never that of a reader. `off` sends no such requests.",
        ),
    ] = True
    giphy_api_key: Annotated[
        str,
        about(
            "Security",
            "The key for GIF search. With it, the server asks the GIF service on behalf of users; without it, "
            "there is no GIF search.",
            expected="a key of the GIF service",
            secret=True,
        ),
    ] = ""
    giphy_url: Annotated[
        str,
        about(
            "Security",
            "The address of the GIF search.",
            expected="the address of a GIPHY-compatible search",
            pattern=r"^https?://\S+$",
        ),
    ] = "https://api.giphy.com/v1/gifs/search"
    outgoing_allowed: Annotated[
        tuple[str, ...],
        about(
            "Security",
            "Addresses in private networks that requests made for users (link previews, webhooks) may reach. Otherwise "
            "they can only reach public addresses, on ports 80 and 443.",
            expected="addresses with a port such as 192.168.1.20:8080 or [fd00::5]:443, separated by commas",
        ),
    ] = ()
    security_event_days: Annotated[
        int,
        about(
            "Security",
            "For how many days security events (logins, changed passwords, commands of the operator) are kept. "
            "Failures such as wrong passwords are kept for at most 30 days.",
            ge=1,
            le=3650,
        ),
    ] = 180
    security_addresses: Annotated[
        Literal["full", "network", "none"],
        about(
            "Security",
            "How much of a client's address security events contain: `network` is the first three numbers of an "
            "IPv4 address, and the /48 of an IPv6 one.",
        ),
    ] = "network"
    allow_demo_accounts: Annotated[
        bool,
        about(
            "Security",
            "Let the accounts that `coterie seed` made log in with their published password. For public "
            "demonstrations only: `coterie dev` always allows it.",
        ),
    ] = False
    dev_auth_bypass: Annotated[
        str,
        about(
            "Security",
            "From an older system, where it turned authentication off. Coterie has no such switch: `serve` "
            "refuses to start while it is set.",
            expected="nothing: remove it",
        ),
    ] = ""

    friend_request_cooling_off: Annotated[
        float,
        about(
            "Security",
            "How long someone has to wait after a declined friend request before sending another, in days; 0 for "
            "no wait.",
            ge=0,
            le=3650,
        ),
    ] = 7.0

    audit_days: Annotated[
        int,
        about(
            "Security",
            "For how many days the audit logs of servers are kept; 0 to keep them forever.",
            ge=0,
            le=36500,
        ),
    ] = 730

    upload_dir: Annotated[
        pathlib.Path,
        about("Files", "Where uploaded files are kept.", expected="a directory that the server can write to"),
    ] = pathlib.Path("uploads")
    files_url: Annotated[
        str,
        about(
            "Files",
            "An object store for files, instead of UPLOAD_DIR. Keys and region are set with the store's own "
            "variables, such as AWS_ACCESS_KEY_ID; see docs/protocol/files.md.",
            expected="a URL such as s3://bucket/prefix, gs://bucket/prefix or az://account/container",
            secret=True,
            pattern=r"^(s3|s3a|gs|az|abfss?|azure|adl|https)://\S+$",
        ),
    ] = ""
    file_limit: Annotated[int, about("Files", "The largest file in a message, in bytes.", ge=1024, le=10 * 1024**3)] = (
        50 * 1024 * 1024
    )
    files_per_message: Annotated[int, about("Files", "How many files a message can have.", ge=1, le=100)] = 10
    upload_limit: Annotated[
        int,
        about("Files", "The largest upload request, in bytes.", ge=1024, le=100 * 1024**3),
    ] = 500 * 1024 * 1024 + 64 * 1024
    file_quota: Annotated[
        int,
        about(
            "Files",
            "How many bytes one account can store: pictures, the files of all its messages, and what it writes in "
            "documents; 0 for no limit. "
            "`coterie user limit` sets a different limit for one account.",
            ge=0,
            le=1024**5,
        ),
    ] = 5 * 1024**3
    document_limit: Annotated[
        int,
        about("Documents", "The longest text of a shared document, in characters.", ge=1000, le=16 * 1024 * 1024),
    ] = 1024 * 1024
    document_history_days: Annotated[
        int,
        about(
            "Documents",
            "After how many days what single edits of documents changed is forgotten, and one earlier text per day is "
            "kept; 0 for never. Documents with few edits keep all of them.",
            ge=0,
            le=36500,
        ),
    ] = 90
    disk_reserve: Annotated[
        int,
        about(
            "Files",
            "How many bytes to keep free on the disks of the database and of UPLOAD_DIR, or 5 % of a disk if that is "
            "less. Below that, writes are refused; reading and deleting go on. 0 to write until a disk is full.",
            ge=0,
            le=1024**4,
        ),
    ] = 1024**3
    database_limit: Annotated[
        int,
        about(
            "Files",
            "How many bytes the database may have before writes are refused, for a database on another machine; 0 for "
            "no limit.",
            ge=0,
            le=1024**5,
        ),
    ] = 0
    usage_period: Annotated[
        Literal["month", "day"],
        about("Usage", "The period over which usage is counted: a calendar month or day, in UTC."),
    ] = "month"
    usage_messages: Annotated[
        int,
        about("Usage", "How many messages one account can send per period; 0 for no limit.", ge=0, le=10**12),
    ] = 0
    usage_documents: Annotated[
        int,
        about("Usage", "How many documents one account can create per period; 0 for no limit.", ge=0, le=10**12),
    ] = 0
    usage_requests: Annotated[
        int,
        about("Usage", "How many requests one account can make per period; 0 for no limit.", ge=0, le=10**12),
    ] = 0
    stun_urls: Annotated[
        tuple[Annotated[str, msgspec.Meta(pattern=r"^stuns?:[^\s,]+$")], ...],
        about(
            "Voice",
            "STUN servers, which tell browsers their public address. None by default, because a third-party "
            "server would learn who talks here. With TURN_URL none is needed, because a TURN server does the "
            "same.",
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
    relay_only: Annotated[
        bool,
        about(
            "Voice",
            "Ask clients to send calls through the TURN server alone, so that users do not learn each other's "
            "addresses. Needs TURN_URL and its bandwidth. Users can also choose it for themselves.",
        ),
    ] = False

    metrics_token: Annotated[
        str,
        about(
            "Monitoring",
            "Anyone who sends it as `Authorization: Bearer ...` can read `/metrics` and the details of `/health`. "
            "Without it, only programs on this machine that do not come through a proxy can.",
            expected="at least 16 characters without spaces",
            secret=True,
            pattern=r"^\S{16,}$",
        ),
    ] = ""
    log_format: Annotated[
        Literal["json", "text"],
        about("Logging", "`json` for programs, one object per line; `text` for people."),
    ] = "json"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        about("Logging", "The least severe level that is logged."),
    ] = "info"

    @classmethod
    def read(cls, environment: Mapping[str, str], defaults: Mapping[str, str] | None = None) -> Self:
        """Read every setting; `defaults` apply to variables that are not set.

        Raises SettingsError with all problems at once. `coterie.startup.preparation` checks what only `serve` requires,
        so that commands without tokens need no JWT_SECRET.
        """
        return cls(**values(msgspec.structs.fields(cls), environment, defaults or {}))

    @property
    def is_development(self) -> bool:
        return self.app_env == "development"

    @property
    def direct_url(self) -> str:
        """The URL that bypasses a pooler: a connection keeps the same backend from its first statement to its last."""
        return self.database_direct_url or self.database_url

    @property
    def is_pooled(self) -> bool:
        """Whether the pool's connections may get another backend with each transaction."""
        return bool(self.database_direct_url)

    @property
    def is_https(self) -> bool:
        """Whether users reach this instance over TLS, so that cookies can be Secure."""
        return self.public_url.startswith("https://")

    def __repr__(self) -> str:
        shown = (f"{f.name}={getattr(self, f.name)!r}" for f in fields() if not is_secret(f))
        return f"Settings({', '.join(shown)})"


def fields() -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(Settings)
