"""Everything that can fail does, while clients write and listen. `make faults` does it for longer."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from coterie.space.space import LOOK_SECONDS
from tests.conftest import open_directory
from tests.faults.machine import Database, clock_variables, database, fill, make_room, small_disk
from tests.faults.trial import CLIENT_SECONDS, VARIABLES, Trial, only_long
from tests.faults.wire import Wire, wire_to_ports, wire_to_socket
from tests.files.conftest import upload
from tests.laws.world import Server
from tests.nats_server import nats_server
from tests.patience import PATIENCE
from tests.ports import reserved_port

pytestmark = pytest.mark.faults


@pytest.fixture(autouse=True, scope="module")
def attentive() -> Iterator[None]:
    """Listeners that soon check whether their connection is still open."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("coterie.client.HEARTBEAT_SECONDS", 2.0)
        patch.setattr("coterie.client.RETRY_LIMIT_SECONDS", 0.5)
        patch.setattr("coterie.client.ANSWER_SECONDS", CLIENT_SECONDS)
        yield


@dataclass
class World:
    """Two servers behind one address, and one PostgreSQL behind both, with a line in between that can fail."""

    database: Database
    database_line: Wire
    servers: list[Server]
    front: Wire
    trial: Trial


@contextlib.asynccontextmanager
async def world_on(
    directory: Path, *, bus_url: str = "", variables: dict[str, str] | None = None, **settings: str
) -> AsyncIterator[World]:
    async with contextlib.AsyncExitStack() as stack:
        running = await stack.enter_async_context(database(directory / "data", **settings))
        line = await stack.enter_async_context(wire_to_socket(running.socket, directory / ".s.PGSQL.5432"))
        url = f"postgresql://coterie@/coterie?host={directory}"
        given = {"COTERIE_LOG_LEVEL": "error", **VARIABLES, **(variables or {})}
        servers = [Server(url, reserved_port(), bus_url, given) for _ in range(2)]
        for server in servers:
            await server.start()
            stack.push_async_callback(server.end, signal.SIGKILL)
        front, port = await stack.enter_async_context(wire_to_ports([server.port for server in servers]))
        address = f"http://127.0.0.1:{port}"
        tried = await stack.enter_async_context(Trial.at(address, running.cluster.url))
        yield World(running, line, servers, front, tried)


@pytest.fixture(scope="module")
async def world() -> AsyncIterator[World]:
    """For all faults that leave it as it was."""
    with open_directory() as directory:
        async with world_on(directory) as made:
            yield made


@only_long
async def test_a_server_process_is_killed(world: World) -> None:
    server = world.servers[0]
    await world.trial.run("a server process is killed", lambda: server.end(signal.SIGKILL), server.start)


async def test_a_server_process_is_frozen(world: World) -> None:
    process = world.servers[0].process
    assert process is not None
    await world.trial.run(
        "a server process is frozen",
        lambda: process.send_signal(signal.SIGSTOP),
        lambda: process.send_signal(signal.SIGCONT),
    )


async def test_postgresql_is_killed(world: World) -> None:
    await world.trial.run("PostgreSQL is killed and started again", world.database.kill, world.database.start)


async def test_postgresql_is_restarted(world: World) -> None:
    async def restart() -> None:
        await world.database.stop()
        await world.database.start()

    await world.trial.run("PostgreSQL is restarted", restart, nothing, seconds=0.2)


async def test_postgresql_is_frozen(world: World) -> None:
    await world.trial.run("PostgreSQL is frozen", world.database.freeze, world.database.thaw)


async def test_postgresql_has_no_connections_left(world: World) -> None:
    base = world.database
    await world.trial.run("PostgreSQL has no connections left", base.take_connections, base.give_connections_back)


async def test_postgresql_is_read_only(world: World) -> None:
    await world.trial.run(
        "PostgreSQL takes no writes (read-only)",
        lambda: world.database.set("default_transaction_read_only", "on"),
        lambda: world.database.set("default_transaction_read_only", "off"),
    )


async def test_postgresql_is_slow(world: World) -> None:
    def delay() -> None:
        world.database_line.delay = 0.2

    await world.trial.run("PostgreSQL answers 0.2 s later each time", delay, world.database_line.mend)


async def test_the_network_to_postgresql_is_cut(world: World) -> None:
    await world.trial.run(
        "the network between server and PostgreSQL is cut", world.database_line.cut, world.database_line.mend
    )


@only_long
async def test_the_network_to_postgresql_swallows_everything(world: World) -> None:
    line = world.database_line
    await world.trial.run("the network between server and PostgreSQL swallows everything", line.swallow, line.mend)


async def test_the_network_to_people_is_cut(world: World) -> None:
    await world.trial.run("the network between people and server is cut", world.front.cut, world.front.mend)


async def test_the_network_to_people_swallows_everything(world: World) -> None:
    front = world.front
    await world.trial.run("the network between people and server swallows everything", front.swallow, front.mend)


async def test_the_network_to_people_is_slow(world: World) -> None:
    def delay() -> None:
        world.front.delay = 0.3

    await world.trial.run("the network between people and server delays by 0.3 s", delay, world.front.mend)


@only_long
async def test_the_upload_directory_is_full() -> None:
    with open_directory() as directory, small_disk(directory / "uploads", "2m") as disk:
        async with world_on(directory, variables={"UPLOAD_DIR": str(disk)}) as world:
            owner = world.trial.community.owner
            message = await owner.send(world.trial.community.channel, "with a file")
            await world.trial.run("the upload directory is full", lambda: fill(disk), nothing)
            await asyncio.sleep(LOOK_SECONDS)
            refused = await upload(owner, message["id"], ("a.txt", b"a" * 100_000))
            assert (refused.status, refused.code) == (503, "disk_full")
            make_room(disk)
            async with asyncio.timeout(PATIENCE):
                while (await upload(owner, message["id"], ("a.txt", b"a" * 100_000))).status != 201:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)


@only_long
async def test_the_bus_is_killed() -> None:
    with open_directory() as directory, nats_server() as bus:
        async with world_on(directory, bus_url=bus.url) as world:
            await world.trial.run("the bus (NATS) is killed and started again", bus.kill, bus.start)


@only_long
async def test_the_disk_of_postgresql_is_full() -> None:
    with open_directory() as directory, small_disk(directory / "small", "160m") as disk:
        async with world_on(disk, max_wal_size="64MB", min_wal_size="32MB") as world:

            async def make_room_again() -> None:
                make_room(disk)
                await world.database.stop()
                await world.database.start()

            row = await world.trial.run("PostgreSQL's disk is full", lambda: fill(disk), make_room_again)
            assert row.seen, "the disk was not full"


@only_long
@pytest.mark.parametrize("jump", ["+2d", "-2d"], ids=["forward", "back"])
async def test_the_clock_jumps(jump: str) -> None:
    with open_directory() as directory:
        clock = directory / "clock"
        variables = clock_variables(clock)
        async with world_on(directory, variables=variables) as world:
            way = "forward" if jump.startswith("+") else "back"
            await world.trial.run(
                f"the servers' clock jumps two days {way}, and returns",
                lambda: set_clock(world, clock, jump),
                lambda: set_clock(world, clock, "+0"),
            )


async def set_clock(world: World, path: Path, offset: str) -> None:
    """Returns when a server shows that its clock has jumped."""
    before = await shown_time(world)
    path.write_text(offset)  # noqa: ASYNC240
    async with asyncio.timeout(PATIENCE):
        while abs(await shown_time(world) - before) < timedelta(days=1):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def shown_time(world: World) -> datetime:
    answer = await world.trial.community.outsider.get("/health/live")
    return parsedate_to_datetime(answer.headers["Date"])


def nothing() -> None:
    pass
