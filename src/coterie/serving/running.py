"""From settings to a port that answers: `serve` with an existing PostgreSQL, `develop` with one of its own.

`create` and `migrations` are parameters so that tests can start the real thing around another application
or another set of migrations; the commands always use Coterie's own.
"""

import asyncio
import contextlib
import gc
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

from coterie.process import log_output
from coterie.process.refusals import Exit, Refusal
from coterie.settings.env_file import read_env_file
from coterie.settings.record import Settings
from coterie.settings.server import LOOPBACK

if TYPE_CHECKING:
    from coterie.database.embedded import Cluster
    from coterie.serving.server import Create

STORED_SECRET: Final = "jwt-secret"  # noqa: S105  (a file's name)

WHILE_LOADING: Final = 100_000
"""Objects after which garbage is collected until the server is ready. What is loaded stays, so looking through it again
and again took a tenth of the processor time of a start.
"""

log = structlog.get_logger("coterie.startup")


def serve(settings: Settings, create: "Create | None" = None, migrations: Path | None = None) -> None:
    """Check everything, migrate, open the port, serve until a signal. Raises Refusal."""
    gc.set_threshold(WHILE_LOADING)
    log_output.configure(settings)
    with _interruptible():
        from coterie.serving.server import bind
        from coterie.startup import preparation
        from coterie.startup.setup_code import with_setup_code

        preparation.check_settings(settings)
        with contextlib.closing(bind(settings)) as listener:
            preparation.check_upload_dir(settings)
            asyncio.run(preparation.prepare_database(settings, migrations))
            _open(with_setup_code(settings), listener, create)
    log.info("ended")


def _open(settings: Settings, listener: socket.socket, create: "Create | None") -> None:
    from coterie.serving.server import address_of, run_here, start_listening

    application = create or _application()
    start_listening(listener, settings)
    address = address_of(listener)

    def announce() -> None:
        log.info("ready", address=address, public_url=settings.public_url or None)

    if settings.processes == 1:
        run_here(settings, listener, application, lambda server: announce())
    else:
        from coterie.serving.supervisor import Supervisor

        Supervisor(settings, listener, application).run(announce)


def develop(data: Path, given: Mapping[str, str], create: "Create | None" = None) -> None:
    """Serve this machine from one directory, which includes PostgreSQL, until a signal. Raises Refusal."""
    gc.set_threshold(WHILE_LOADING)
    settings = development_settings(data, given)
    log_output.configure(settings)
    if given.get("DATABASE_URL", "").strip():
        log.warning("DATABASE_URL is ignored: `dev` uses its own database; to use yours, run `coterie serve`")
    preparing = threading.Thread(target=_import_quietly, daemon=True)
    with _interruptible(), contextlib.ExitStack() as held:
        from coterie.mail.smtp import check_mail
        from coterie.serving.server import listen

        check_mail(settings)
        listener = held.enter_context(contextlib.closing(listen(settings)))
        preparing.start()
        cluster = held.enter_context(development_cluster(data))
        settings = with_data(settings, data, cluster)
        _run_on(cluster, settings, listener, create)


def _run_on(cluster: "Cluster", settings: Settings, listener: socket.socket, create: "Create | None") -> None:
    from coterie.serving.server import address_of, run_here
    from coterie.startup import preparation

    deaths: list[int] = []

    def on_death(status: int) -> None:
        deaths.append(status)
        os.kill(os.getpid(), signal.SIGTERM)

    cluster.watch(on_death)
    try:
        asyncio.run(preparation.prepare_database(settings))
        run_here(settings, listener, create or _application(), lambda server: _print_address(address_of(listener)))
    finally:
        if deaths:
            raise Refusal(
                Exit.CLUSTER,
                f"the embedded PostgreSQL stopped unexpectedly (status {deaths[0]}); start again, nothing "
                "acknowledged is lost; postgres.log in the data directory says more",
            )


def _print_address(address: str) -> None:
    print("Coterie is ready. Press Ctrl-C to stop it and its database. Open:", address, sep="\n", flush=True)  # noqa: T201


def development_settings(data: Path, given: Mapping[str, str]) -> Settings:
    """The settings of `dev`: `.env` and the environment over defaults; the database is always its own."""
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
    """The URL of a data directory's database: the one that `dev` is running, or one that is started for the block."""
    socket_directory = (data / "socket").resolve()
    if not (data / "postgres").is_dir():
        raise Refusal(
            Exit.NOT_FOUND, f"--data {data}: there is no instance in this directory; `coterie dev` creates one"
        )
    if _is_running(data):
        yield f"postgresql://coterie@/coterie?host={quote(str(socket_directory), safe='/')}"
        return
    with development_cluster(data) as cluster:
        yield cluster.url


def _is_running(data: Path) -> bool:
    """Whether PostgreSQL answers on the directory's socket; if it was killed, its file is still there."""
    with socket.socket(socket.AF_UNIX) as asking, contextlib.suppress(OSError):
        asking.connect(str(data / "socket" / ".s.PGSQL.5432"))
        return True
    return False


def with_data(settings: Settings, data: Path, cluster: "Cluster") -> Settings:
    """The settings with the data directory's database and secret."""
    secret = settings.jwt_secret or stored_secret(data / STORED_SECRET)
    return msgspec.structs.replace(settings, database_url=cluster.url, jwt_secret=secret)


def stored_secret(path: Path) -> str:
    """The secret of a data directory, created once and readable by its owner only."""
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
    """Makes SIGTERM end a start in the same orderly way as Ctrl-C, until the server handles both itself."""

    def end(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        sys.stdout.flush()
