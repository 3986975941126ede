"""The settings of the server: where it listens, who reaches it, and its limits."""

from typing import Annotated, Final, Literal

import msgspec

from coterie.settings.values import PREFIX, about

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
"""Hosts that only this machine reaches."""

PLAIN_NAMES: Final = frozenset(
    {
        "app_env",
        "database_url",
        "bus_url",
        "jwt_secret",
        "jwt_secret_previous",
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


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True, rename=variable_name):
    """The first part of `Settings`."""

    app_env: Annotated[
        Literal["production", "development"],
        about(
            "Server",
            "`development` opens CORS to every origin and relaxes rate limits. `serve` only accepts it on loopback.",
        ),
    ] = "production"
    server_host: Annotated[
        str,
        about(
            "Server",
            "The address to listen on. Loopback by default, because Coterie speaks plain HTTP and expects a proxy "
            "with TLS in front. Use `0.0.0.0` for every interface, as in a container.",
            expected="an address or a host name of this machine",
            pattern=r"^\S+$",
        ),
    ] = "127.0.0.1"
    server_port: Annotated[int, about("Server", "The port to listen on; 0 picks a free one.", ge=0, le=65535)] = 3000
    share_port: Annotated[
        bool,
        about(
            "Server",
            "Let another `coterie serve` of the same user listen on the same port, so that one serves while the "
            "other restarts: see docs/operating/rolling-restart.md.",
        ),
    ] = False
    public_url: Annotated[
        str,
        about(
            "Server",
            "The address that people use. With https://, cookies are marked Secure. It also appears in links.",
            expected="a URL without a path, such as https://chat.example.org",
            pattern=r"^https?://[^/\s@?#]+$",
        ),
    ] = ""
    allowed_origins: Annotated[
        tuple[Annotated[str, msgspec.Meta(pattern=r"^(https?|tauri|app)://[^/\s@?#,]+$")], ...],
        about(
            "Server",
            "Other web origins whose pages may call the API. The instance's own origin needs no entry.",
            expected="origins such as https://chat.example.org, separated by commas",
        ),
    ] = ()
    trusted_proxies: Annotated[
        tuple[str, ...],
        about(
            "Server",
            "Proxies whose X-Forwarded-For and X-Forwarded-Proto headers are trusted. Without them, all clients "
            "behind a proxy share one rate limit.",
            expected="addresses or networks such as 127.0.0.1 or 10.0.0.0/8, separated by commas",
        ),
    ] = ()
    processes: Annotated[int, about("Server", "Server processes, about one per processor core.", ge=1, le=256)] = 1
    connection_limit: Annotated[
        int,
        about("Server", "Open connections per process. Further ones are answered with 503.", ge=10, le=1_000_000),
    ] = 10_000
    body_limit: Annotated[
        int,
        about("Server", "The largest JSON request body, in bytes.", ge=1024, le=64 * 1024 * 1024),
    ] = 64 * 1024
    body_memory: Annotated[
        int,
        about(
            "Server",
            "How many bytes of request bodies a process holds at once; further requests are answered with 503. One "
            "account or address can use a sixteenth, and large bodies three quarters. At least two of the largest "
            "bodies always fit.",
            ge=1024 * 1024,
            le=64 * 1024**3,
        ),
    ] = 64 * 1024 * 1024
    request_deadline: Annotated[
        float,
        about(
            "Server",
            "How long a request can take until its answer begins, in seconds. Slower requests are stopped and "
            "answered with 408, or with 503 if they waited for their turn. Uploads and sockets have their own "
            "limits.",
            ge=0.1,
            le=3600,
        ),
    ] = 10.0
    session_idle_days: Annotated[
        int,
        about(
            "Server",
            "How many days a login lasts after its last use. An open window or stream counts as use.",
            ge=1,
            le=365,
        ),
    ] = 7
    session_absolute_days: Annotated[
        int,
        about("Server", "How many days a login lasts at most, however often it is used.", ge=1, le=3650),
    ] = 90
    startup_timeout: Annotated[
        float,
        about(
            "Server",
            "How long to wait at the start for a database that does not answer yet, in seconds.",
            ge=0,
            le=3600,
        ),
    ] = 30.0
