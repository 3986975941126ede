"""What every test needs: one real PostgreSQL for the whole run, and a fresh database for each test.

The process that the user started runs the cluster; with pytest-xdist the workers receive its address. The
schema is made once, in a template, and each test gets a clone of it.
"""

import asyncio
import contextlib
import gc
import os
import shutil
import signal
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

import asyncpg
import psutil
import pytest
import uvloop
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings

from coterie.database import migrate
from coterie.database.connection import Database
from coterie.database.embedded import Cluster, ClusterError
from coterie.database.installation import Installation, machine_installations
from coterie.database.pool import open_pool
from coterie.settings.record import Settings
from tests.patience import STARTS

pytest_plugins = ["tests.serving", "tests.nats_server"]

_TEMPLATE: Final = "coterie_template"
_clusters: Final = pytest.StashKey[contextlib.ExitStack]()
_url: Final = pytest.StashKey[str]()

# The same examples each time, and no limit on how long one takes; `--hypothesis-profile=fresh` makes new ones.
settings.register_profile(
    "gate", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("fresh", settings.get_profile("gate"), derandomize=False, print_blob=True)
settings.load_profile("gate")

gc.disable()  # until everything is loaded

MEMORY: Final = Path("/dev/shm")
MEMORY_WANTED: Final = 4 * 2**30
"""Bytes that must be free for the databases to lie in memory."""

# Most tests are not about durability, and this cluster never outlives them.
QUICK: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
}


WHOLE: Final = (
    *("backup", "braid_client", "commands", "gate", "importing", "laws", "load", "operating", "serving", "startup"),
    *("test_audit", "test_cast", "test_embedded", "test_interruptions", "test_killed"),
    *("test_openapi", "test_pins", "test_processes"),
)
"""Directories and files of tests that start something large: commands and servers in separate processes, clusters,
packages, a call of every route."""

STRICT: Final = ("access", "laws", "permissions")
"""Directories of tests of laws and permissions, whose failures are never chance."""

LONG: Final = ("browser", "faults", "longer")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests, and run the long ones first: at the end of a run no worker waits for another's long test.

    What is left without a mark of LONG is `make test-quick`.
    """
    for item in items:
        folder = item.path.relative_to(Path(__file__).parent).parts[0]
        if folder == "browser":
            item.add_marker(pytest.mark.browser)
        elif folder in WHOLE or item.path.stem in WHOLE:
            item.add_marker(pytest.mark.longer)
        if folder in STRICT:
            item.add_marker(pytest.mark.strict)
    items.sort(key=lambda item: not any(map(item.get_closest_marker, LONG)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One for each processor, and one more, since tests also wait."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_configure(config: pytest.Config) -> None:
    """Tests run on the event loop that servers use. What killed runs have left is removed, and this one ends tidily."""
    if not hasattr(config, "workerinput"):
        sweep()
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # of policies, from Python 3.14 on
        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())


def pytest_collection_finish() -> None:
    """Collect garbage less often, and without the modules and tests, which last as long as the run.

    Looking through them again and again took a fifth of the processor time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)
    gc.enable()


def _shared_cluster(config: pytest.Config) -> str:
    """The address of this run's cluster, which the first call starts."""
    if _url not in config.stash:
        stack = config.stash[_clusters] = contextlib.ExitStack()
        config.stash[_url] = stack.enter_context(running_cluster(settings=QUICK)).url
    return config.stash[_url]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist where the cluster is."""
    node.workerinput["database_url"] = _shared_cluster(node.config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the cluster with the run."""
    if _clusters in config.stash:
        config.stash[_clusters].close()


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Servers in this process hash in microseconds instead of 40 ms, of which each test needs a few. Those in processes
    of their own do as they do everywhere: what they store is looked at in tests/commands."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("coterie.accounts.passwords.HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@contextlib.contextmanager
def open_directory() -> Iterator[Path]:
    """A new directory that others may pass through, as a PostgreSQL that runs as another user must.

    In memory where there is plenty of it: making databases is mostly waiting for a disk.
    """
    is_roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > MEMORY_WANTED
    directory = Path(tempfile.mkdtemp(prefix=f"coterie-test-{os.getpid()}-", dir=MEMORY if is_roomy else None))
    directory.chmod(0o711)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def sweep() -> None:
    """Remove the directories of processes that were killed; forty of them would fill the memory."""
    for place in (MEMORY, Path(tempfile.gettempdir())):
        for directory in place.glob("coterie-test-*-*"):
            _, _, owner, _ = directory.name.split("-", 3)
            if owner.isdecimal() and not psutil.pid_exists(int(owner)):
                shutil.rmtree(directory, ignore_errors=True)


@contextlib.contextmanager
def running_cluster(**options: Any) -> Iterator[Cluster]:
    """A cluster for many tests, in a directory of its own; a start that fails is tried again in another."""
    with contextlib.ExitStack() as stack:
        for number in range(STARTS):
            with contextlib.ExitStack() as held:
                try:
                    cluster = held.enter_context(Cluster.start(held.enter_context(open_directory()), **options))
                except ClusterError:
                    if number == STARTS - 1:
                        raise
                    continue
                stack.push(held.pop_all())
                break
        yield cluster


@pytest.fixture
def data_directory() -> Iterator[Path]:
    """A directory for a cluster of the test's own."""
    with open_directory() as directory:
        yield directory / "data"


@pytest.fixture(scope="session")
def cluster_url(request: pytest.FixtureRequest) -> str:
    """The database `coterie` of this run's cluster. Leave it empty; it is there to make others from."""
    inputs = getattr(request.config, "workerinput", None)
    return str(inputs["database_url"]) if inputs else _shared_cluster(request.config)


@pytest.fixture(scope="session")
async def template(cluster_url: str, worker_id: str) -> str:
    """The name of a database with the schema and nothing else, to be cloned; one for each worker."""
    name = f"{_TEMPLATE}_{worker_id}"
    await _execute(cluster_url, f'CREATE DATABASE "{name}"')
    connection = await asyncpg.connect(sibling(cluster_url, name))
    try:
        await migrate.run(connection)
    finally:
        await connection.close()
    return name


@pytest.fixture
async def database_url(cluster_url: str, template: str) -> AsyncIterator[str]:
    """A database of the test's own, with the schema and no rows."""
    async with new_database(cluster_url, template) as url:
        yield url


@pytest.fixture(scope="session")
async def shared_database_url(cluster_url: str, template: str) -> AsyncIterator[str]:
    """A database for all tests of a worker that make people and servers of their own."""
    async with new_database(cluster_url, template) as url:
        yield url


@pytest.fixture
async def empty_database_url(cluster_url: str) -> AsyncIterator[str]:
    """A database of the test's own without any table."""
    async with new_database(cluster_url, "template0") as url:
        yield url


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Database]:
    """Connections to the test's own database."""
    pool = await open_pool(Settings(database_url=database_url, pool_size=5))
    try:
        yield pool
    finally:
        await pool.close()


@pytest.fixture(scope="session")
def machine_installation() -> Installation:
    """A PostgreSQL of the machine, the oldest that Coterie supports if it is there."""
    found = sorted(machine_installations(), key=lambda each: each.major)
    if not found:
        pytest.skip("this machine has no PostgreSQL 15 or newer of its own (Debian: apt-get install postgresql)")
    return found[0]


@pytest.fixture(scope="session")
def postgresql15(machine_installation: Installation) -> Iterator[str]:
    """The address of an empty database in a cluster of the machine's own PostgreSQL, 15 on Debian 12."""
    with running_cluster(installation=machine_installation, settings=QUICK) as cluster:
        yield cluster.url


def sibling(url: str, database: str) -> str:
    """The address of another database of the same cluster."""
    before, _, after = url.partition("@/")
    return f"{before}@/{database}?{after.partition('?')[2]}"


@contextlib.asynccontextmanager
async def new_database(cluster_url: str, template: str) -> AsyncIterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    await _execute(cluster_url, f'CREATE DATABASE {name} TEMPLATE "{template}" STRATEGY file_copy')
    try:
        yield sibling(cluster_url, name)
    finally:
        await _execute(cluster_url, f"DROP DATABASE {name} WITH (FORCE)")


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
