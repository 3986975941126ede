"""The embedded PostgreSQL: started, stopped, killed, found again, refused.

The owner runs as root and as an ordinary user. Whichever of the two runs the suite, a user namespace lends the other.
"""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import asyncpg
import psutil
import pytest

from coterie.database.embedded import Cluster, ClusterBusyError, ClusterError, ClusterVersionError
from coterie.database.installation import Installation, find_installation
from tests.conftest import open_directory
from tests.patience import PATIENCE

OWNER: Final = Path(__file__).with_name("owner.py")
LAUNCH: Final = Path(sys.modules[Cluster.__module__].__file__ or "").with_name("launch.py")


class Owner:
    """`owner.py`, running."""

    def __init__(self, directory: Path, *words: str, user: Sequence[str] = ()) -> None:
        self.process = subprocess.Popen(
            [*user, sys.executable, str(OWNER), str(directory), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.report: dict[str, Any] = json.loads(self.process.stdout.readline())

    @property
    def url(self) -> str:
        return str(self.report["url"])

    def stop(self) -> str:
        output, _ = self.process.communicate(timeout=PATIENCE)
        return output

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=PATIENCE)


@contextlib.contextmanager
def owner(directory: Path, *words: str, user: Sequence[str] = ()) -> Iterator[Owner]:
    running = Owner(directory, *words, user=user)
    with running.process:  # which closes its pipes, however it ends
        try:
            yield running
        finally:
            if running.process.poll() is None:
                running.stop()


@contextlib.contextmanager
def namespace(shown: int) -> Iterator[Sequence[str]]:
    """The beginning of a command that runs the rest as the user `shown`, of the caller's own powers and files."""
    enter = shutil.which("nsenter")
    launcher = [sys.executable, "-I", "-S", str(LAUNCH), "0", f"namespace:{shown}:{shown}"]
    if enter is None or subprocess.run([*launcher, "/bin/true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this system lends no user namespace, so the suite cannot play another user")
    with subprocess.Popen([*launcher, "/bin/sleep", "600"]) as holder:
        wait_until(lambda: psutil.Process(holder.pid).name() == "sleep")
        yield [enter, "--user", "--preserve-credentials", f"--target={holder.pid}"]
        holder.kill()


@pytest.fixture(params=["root", "ordinary"])
def user(request: pytest.FixtureRequest) -> Iterator[Sequence[str]]:
    """The beginning of a command that runs the rest as that kind of user."""
    if (os.geteuid() == 0) == (request.param == "root"):
        yield []
        return
    with namespace(0 if request.param == "root" else 1) as command:
        yield command


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A data directory with a cluster that earlier tests may have written to, and that is not running."""
    with open_directory() as directory:
        Cluster.start(directory / "data").stop()
        yield directory / "data"


async def ask(url: str, question: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def note(url: str) -> int:
    """Write one row, and return how many there are."""
    await ask(url, "CREATE TABLE IF NOT EXISTS notes (at TIMESTAMPTZ)")
    await ask(url, "INSERT INTO notes VALUES (now())")
    return await notes(url)


async def notes(url: str) -> int:
    return int(await ask(url, "SELECT count(*) FROM notes"))


def wait_until(condition: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up_at, "it never happened"
        time.sleep(0.01)


def is_running(process_id: int) -> bool:
    return psutil.pid_exists(process_id) and psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


async def test_it_works(data_directory: Path, user: Sequence[str]) -> None:
    with owner(data_directory, user=user) as first:
        await note(first.url)
        assert "cluster" in first.report["told"][0]
        assert first.stop() == "stopped\n"
        assert not is_running(first.report["postgres"])
    with owner(data_directory, user=user) as second:
        assert await notes(second.url) == 1
        assert second.report["told"] == []


async def test_what_was_made_is_private_and_durable(data_directory: Path) -> None:
    with Cluster.start(data_directory) as cluster:
        assert mode(data_directory / "postgres") == mode(data_directory / "socket") == 0o700
        assert mode(data_directory / "postgres.log") == 0o600
        for setting in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
            assert await ask(cluster.url, f"SHOW {setting}") == "on"
        assert await ask(cluster.url, "SHOW listen_addresses") == ""
        assert await ask(cluster.url, "SHOW unix_socket_permissions") == "0700"
        assert psutil.Process(cluster.process_id).net_connections("inet") == []


async def test_text_is_unicode_and_sorts_by_code_point(
    data_directory: Path, machine_installation: Installation
) -> None:
    for installation in (machine_installation, None):
        place = data_directory / str(installation is None)
        with Cluster.start(place, installation=installation) as cluster:
            assert await ask(cluster.url, "SHOW server_encoding") == "UTF8"
            assert await ask(cluster.url, "SELECT lower('ÄΣЖ')") == "äσж"
            assert (
                await ask(cluster.url, "SELECT string_agg(c, '' ORDER BY c) FROM unnest('{a,B,ä,_}'::text[]) c")
                == "B_aä"
            )


def test_permissions_of_what_exists_stay(data_directory: Path, user: Sequence[str]) -> None:
    data_directory.mkdir(mode=0o750)
    data_directory.chmod(0o750)
    before = data_directory.stat()
    with owner(data_directory, user=user) as running:
        assert "url" in running.report
    after = data_directory.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


def test_a_second_start_names_the_process_that_holds_the_directory(made: Path, user: Sequence[str]) -> None:
    with owner(made, user=user) as first, owner(made, user=user) as second:
        assert second.report["refusal"] == "ClusterBusyError"
        assert f"in use by process {first.process.pid}" in second.report["sentence"]
    with owner(made, user=user) as third:
        assert "url" in third.report


async def test_a_killed_owner_takes_postgresql_along(made: Path, user: Sequence[str]) -> None:
    with owner(made, user=user) as killed:
        written = await note(killed.url)
        killed.kill()
        wait_until(lambda: not is_running(killed.report["postgres"]))
    with owner(made, user=user) as next_one:
        assert await notes(next_one.url) == written


async def test_the_next_start_may_follow_at_once(made: Path, user: Sequence[str]) -> None:
    written = 0
    for _ in range(4):
        with owner(made, user=user) as killed:
            assert not written or await notes(killed.url) == written
            written = await note(killed.url)
            killed.kill()


async def test_an_orphan_is_ended_by_the_next_start(made: Path, user: Sequence[str]) -> None:
    with owner(made, "untied", user=user) as killed:
        written = await note(killed.url)
        killed.kill()
    try:
        assert is_running(killed.report["postgres"])
        with owner(made, user=user) as next_one:
            assert next_one.report["told"] == ["Stopping a PostgreSQL that an earlier start left running"]
            assert not is_running(killed.report["postgres"])
            assert await notes(next_one.url) == written
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(killed.report["postgres"], signal.SIGQUIT)


async def test_a_killed_postgresql_is_noticed_and_recovers(made: Path) -> None:
    died = threading.Event()
    statuses: list[int] = []
    with Cluster.start(made) as cluster:

        def on_death(status: int) -> None:
            statuses.append(status)
            died.set()

        cluster.watch(on_death)
        written = await note(cluster.url)
        os.kill(cluster.process_id, signal.SIGKILL)
        assert died.wait(PATIENCE)
    assert statuses == [-signal.SIGKILL]
    with Cluster.start(made) as cluster:
        assert await notes(cluster.url) == written


def test_a_stop_is_no_death(made: Path) -> None:
    statuses: list[int] = []
    with Cluster.start(made) as cluster:
        cluster.watch(statuses.append)
    for thread in threading.enumerate():
        if thread.name == "watch-postgres":
            thread.join(PATIENCE)
    assert statuses == []


def test_stopping_twice_is_stopping_once(made: Path) -> None:
    cluster = Cluster.start(made)
    cluster.stop()
    cluster.stop()
    Cluster.start(made).stop()


async def test_a_backend_that_is_busy_does_not_hold_up_the_stop(made: Path) -> None:
    with Cluster.start(made) as cluster:
        connection = await asyncpg.connect(cluster.url)
        await connection.execute("BEGIN; CREATE TABLE never ()")
    assert not is_running(cluster.process_id)
    connection.terminate()


async def test_a_process_id_that_went_to_another_program_is_no_obstacle(made: Path) -> None:
    with Cluster.start(made) as cluster:
        written = await note(cluster.url)
        pid_file = (made / "postgres" / "postmaster.pid").read_text().splitlines()
    innocent = await asyncio.create_subprocess_exec("/bin/sleep", "600")
    try:
        (made / "postgres" / "postmaster.pid").write_text("\n".join([str(innocent.pid), *pid_file[1:], ""]))
        with Cluster.start(made) as cluster:
            assert await notes(cluster.url) == written
        assert innocent.returncode is None
    finally:
        innocent.kill()
        await innocent.wait()


async def test_a_half_made_cluster_is_made_again(data_directory: Path) -> None:
    unfinished = data_directory / "postgres.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    with Cluster.start(data_directory) as cluster:
        assert await ask(cluster.url, "SELECT 1") == 1
    assert not unfinished.exists()


@pytest.mark.parametrize("name", ["x" * 100, 'it\'s a "place", 100% ours', "привет"], ids=["long", "odd", "foreign"])
def test_any_path_will_do(made: Path, name: str) -> None:
    """Moving a cluster that does not run is allowed, so the cluster that is there goes to the odd place."""
    made.rename(made.with_name(name))
    try:
        with owner(made.with_name(name)) as running:
            assert "url" in running.report
            assert asyncio.run(ask(running.url, "SELECT 1")) == 1
    finally:
        made.with_name(name).rename(made)


async def test_the_environment_does_not_leak_in(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("PGOPTIONS", "-c nonsense=1")
    with Cluster.start(made) as cluster:
        monkeypatch.undo()
        assert await ask(cluster.url, "SHOW port") == "5432"


@contextlib.contextmanager
def replaced(file: Path, text: str) -> Iterator[None]:
    """The file with that text, for the length of a `with` block."""
    before = file.read_text()
    file.write_text(text)
    try:
        yield
    finally:
        file.write_text(before)


def test_another_major_version_is_refused_with_the_remedy(made: Path) -> None:
    with (
        replaced(made / "postgres" / "PG_VERSION", "9\n"),
        pytest.raises(ClusterVersionError, match=r"was made by PostgreSQL 9, .* Install PostgreSQL 9"),
    ):
        Cluster.start(made)


async def test_a_cluster_keeps_its_version(data_directory: Path, machine_installation: Installation) -> None:
    at_hand = find_installation()
    assert at_hand is not None
    assert at_hand.major != machine_installation.major
    Cluster.start(data_directory, installation=machine_installation).stop()
    with Cluster.start(data_directory) as cluster:
        assert int(await ask(cluster.url, "SHOW server_version_num")) // 10000 == machine_installation.major


def test_postgresqls_complaint_is_shown(made: Path) -> None:
    with (
        replaced(made / "postgres" / "postgresql.conf", "nonsense = 1\n"),
        pytest.raises(ClusterError, match=r"did not start: .*postgresql\.conf.*postgres\.log"),
    ):
        Cluster.start(made)


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ClusterError, match=r"file/data cannot be created: Not a directory"):
        Cluster.start(tmp_path / "file" / "data")


def test_a_failed_start_lets_the_directory_go(made: Path) -> None:
    with pytest.raises(ClusterError):
        Cluster.start(made, settings={"nonsense": "1"})
    Cluster.start(made).stop()


def test_within_one_process_too_only_one_cluster_holds_the_directory(made: Path) -> None:
    with Cluster.start(made), pytest.raises(ClusterBusyError):
        Cluster.start(made)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of somebody else")
class TestForeignOwner:
    async def test_root_runs_it_as_its_owner(self, data_directory: Path, machine_installation: Installation) -> None:
        """An installation that every user can reach: the suite's own may be in a home directory."""
        Cluster.start(data_directory, installation=machine_installation).stop()
        for path in (data_directory / "postgres", *(data_directory / "postgres").rglob("*")):
            os.lchown(path, 65534, 65534)
        with Cluster.start(data_directory, installation=machine_installation) as cluster:
            assert psutil.Process(cluster.process_id).uids().effective == 65534
            await note(cluster.url)

    def test_an_ordinary_user_learns_who_owns_it(self, data_directory: Path) -> None:
        (data_directory / "postgres").mkdir(parents=True)
        os.chown(data_directory / "postgres", 12345, 12345)
        with namespace(1) as user, owner(data_directory, user=user) as refused:
            assert refused.report["refusal"] == "ClusterError"
            assert "postgres belongs to" in refused.report["sentence"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another identity")
class TestWithoutNamespaces:
    """Root where namespaces are switched off: in a namespace that has every user and allows no further one."""

    def report(self, directory: Path, installation: Installation, also: str = "true") -> dict[str, Any]:
        script = """
            echo; read line
            exec sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && ALSO && exec "$@"' sh "$@"
        """.replace("ALSO", also)
        program = [sys.executable, str(OWNER), str(directory), f"{installation.major}:{installation.binaries}"]
        process = subprocess.Popen(
            ["unshare", "--user", "sh", "-c", script, "sh", *program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        if process.stdout.readline() == "":
            process.communicate(timeout=PATIENCE)
            pytest.skip("this system lends no user namespace to switch them off in")
        for kind in ("uid_map", "gid_map"):
            Path(f"/proc/{process.pid}/{kind}").write_text("0 0 65536")
        output, _ = process.communicate("\n", timeout=PATIENCE)
        return dict(json.loads(output.splitlines()[0]))

    @pytest.mark.parametrize("way_there", [0o711, 0o700], ids=["open", "closed"])
    def test_it_runs_as_nobody(self, data_directory: Path, machine_installation: Installation, way_there: int) -> None:
        data_directory.mkdir()
        data_directory.chmod(way_there)
        (data_directory / "binaries").symlink_to(machine_installation.binaries)
        installation = Installation(data_directory / "binaries", machine_installation.major)
        for _ in ("made", "made before"):
            report = self.report(data_directory, installation)
            assert "url" in report, report
            assert report["owner"] == 65534
            assert report["powers"] == ("0000000000000002" if way_there == 0o700 else "0000000000000000")
        assert (data_directory / "postgres").stat().st_uid == 65534
        assert mode(data_directory) == way_there

    def test_a_closed_place_is_named_where_root_has_lost_its_powers(
        self, data_directory: Path, machine_installation: Installation
    ) -> None:
        data_directory.mkdir(mode=0o700)
        report = self.report(data_directory, machine_installation, 'set -- setpriv --bounding-set -dac_override "$@"')
        assert report["refusal"] == "ClusterError"
        assert f"cannot enter {data_directory}." in report["sentence"]
        assert mode(data_directory) == 0o700


def test_open_directory_is_gone_afterwards() -> None:
    with open_directory() as directory:
        assert directory.is_dir()
    assert not directory.exists()
