"""From settings to a port that answers: `serve` on a PostgreSQL that exists, `develop` with one of its own.

`create` and `migrations` are parameters so that tests can start the real thing around another application
or another set of migrations; the commands always use Coterie's own.
"""

import asyncio
import contextlib
import importlib
import os
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import msgspec
import structlog

from coterie import log_output
from coterie.env_file import read_env_file
from coterie.refusals import Exit, Refusal
from coterie.settings import Settings

if TYPE_CHECKING:
    from coterie.database.embedded import Cluster
    from coterie.server import Create

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
KEPT_SECRET: Final = "jwt-secret"  # noqa: S105  (a file's name)

log = structlog.get_logger("coterie.startup")


def serve(settings: Settings, create: "Create | None" = None, migrations: Path | None = None) -> None:
    """Check everything, migrate, open the port, serve until a signal. Raises Refusal."""
    log_output.configure(settings)
    with _interruptible():
        from coterie import startup

        startup.check_settings(settings)
        asyncio.run(startup.prepare_database(settings, migrations))
        _open(settings, create)


def _open(settings: Settings, create: "Create | None") -> None:
    from coterie.server import address_of, listen, run_here

    application = create or _application()
    with contextlib.closing(listen(settings)) as listener:
        address = address_of(listener)

        def announce() -> None:
            log.info("ready", address=address, public_url=settings.public_url or None)

        if settings.processes == 1:
            run_here(settings, listener, application, lambda server: announce())
        else:
            from coterie.processes import Supervisor

            Supervisor(settings, listener, application).run(announce)
    log.info("ended")


def develop(data: Path, given: Mapping[str, str], create: "Create | None" = None) -> None:
    """Serve this machine from one directory, with PostgreSQL in it, until a signal. Raises Refusal."""
    settings = development_settings(data, given)
    log_output.configure(settings)
    preparing = threading.Thread(target=_import_quietly, daemon=True)
    with _interruptible(), contextlib.ExitStack() as held:
        from coterie.server import listen

        listener = held.enter_context(contextlib.closing(listen(settings)))
        preparing.start()
        cluster = held.enter_context(development_cluster(data))
        settings = with_data(settings, data, cluster)
        _run_on(cluster, settings, listener, create)


def _run_on(cluster: "Cluster", settings: Settings, listener: socket.socket, create: "Create | None") -> None:
    from coterie import startup
    from coterie.server import address_of, run_here

    deaths: list[int] = []

    def on_death(status: int) -> None:
        deaths.append(status)
        os.kill(os.getpid(), signal.SIGTERM)

    cluster.watch(on_death)
    try:
        asyncio.run(startup.prepare_database(settings))
        run_here(settings, listener, create or _application(), lambda server: _tell(address_of(listener)))
    finally:
        if deaths:
            raise Refusal(
                Exit.CLUSTER,
                f"the embedded PostgreSQL ended by itself (status {deaths[0]}); start again: nothing "
                "acknowledged is lost; its postgres.log in the data directory says more",
            )


def _tell(address: str) -> None:
    print("Coterie is ready. Ctrl-C ends it and its database. Open:", address, sep="\n", flush=True)  # noqa: T201


def development_settings(data: Path, given: Mapping[str, str]) -> Settings:
    """The settings of `dev`: `.env` and the environment over defaults; its database is always its own."""
    fixed = {"APP_ENV": "development", "COTERIE_PROCESSES": "1"}
    environment = {**read_env_file(Path(".env")), **given, **fixed}
    for name in ("DATABASE_URL", "COTERIE_DATABASE_DIRECT_URL"):
        environment.pop(name, None)
    settings = Settings.read(environment, {"COTERIE_LOG_FORMAT": "text", "UPLOAD_DIR": str(data / "uploads")})
    if settings.server_host not in LOOPBACK:
        raise Refusal(
            Exit.NOT_ALLOWED_HERE,
            f"SERVER_HOST={settings.server_host}: `dev` is for this machine only; remove it, or use `serve`",
        )
    return settings


@contextlib.contextmanager
def development_cluster(data: Path) -> Iterator["Cluster"]:
    from coterie.database.embedded import Cluster, ClusterError

    try:
        cluster = Cluster.start(data, progress=lambda sentence: log.info(sentence))
    except ClusterError as problem:
        raise Refusal(Exit.CLUSTER, f"--data {data}: {problem}") from problem
    with cluster:
        yield cluster


@contextlib.contextmanager
def database_of(data: Path) -> Iterator[str]:
    """The URL of a data directory's database: of the one that `dev` is running, or started for a moment."""
    socket_directory = (data / "socket").resolve()
    if not (data / "postgres").is_dir():
        raise Refusal(Exit.NOT_FOUND, f"--data {data}: there is no Coterie in this directory; `coterie dev` makes one")
    if _is_running(data):
        yield f"postgresql://coterie@/coterie?host={quote(str(socket_directory), safe='/')}"
        return
    with development_cluster(data) as cluster:
        yield cluster.url


def _is_running(data: Path) -> bool:
    """Whether a server answers on the directory's socket; one that was killed leaves the file behind."""
    with socket.socket(socket.AF_UNIX) as asking, contextlib.suppress(OSError):
        asking.connect(str(data / "socket" / ".s.PGSQL.5432"))
        return True
    return False


def with_data(settings: Settings, data: Path, cluster: "Cluster") -> Settings:
    """The settings with what the data directory gives: the database and the secret."""
    secret = settings.jwt_secret or kept_secret(data / KEPT_SECRET)
    return msgspec.structs.replace(settings, database_url=cluster.url, jwt_secret=secret)


def kept_secret(path: Path) -> str:
    """The secret of a data directory, made once and readable by its owner only."""
    if not path.exists():
        draft = path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    return path.read_text().strip()


def _application() -> "Create":
    from coterie.application import create_application

    return create_application


def _import_quietly() -> None:
    """Fill the import cache while PostgreSQL starts; an error shows where the module is really used."""
    with contextlib.suppress(Exception):
        importlib.import_module("coterie.application")


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM ends a start in the same orderly way as Ctrl-C, until the server listens for both itself."""

    def end(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        sys.stdout.flush()
