"""Starts the real commands in separate processes and reads their output."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from coterie.database.embedded import Cluster
from tests.conftest import running_cluster
from tests.lines import Spoken
from tests.patience import PATIENCE

SECRET = "5f0c1f5b8d9e4a7b90c3d2e1f6a7b8c95f0c1f5b"
ELSEWHERE: Final = tempfile.TemporaryDirectory(prefix="coterie-elsewhere-")
"""Where commands run that are given no other directory: they find no `.env` there, and leave no `uploads` here."""

BRIEFLY: Final = {"STARTUP_TIMEOUT": "0.5"}
"""For commands that are to find no database; all others may take as long as they need to reach theirs."""

INHERITED = ("PATH", "LANG", "SYSTEMROOT", "COVERAGE_PROCESS_START")


def environment(**variables: str) -> dict[str, str]:
    """What the command sees: nothing of the developer's own settings."""
    kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return {**kept, "JWT_SECRET": SECRET, "STARTUP_TIMEOUT": f"{PATIENCE:g}", "SERVER_PORT": "0", **variables}


class Ended:
    """A command that ended: its exit code, its log, and its complaint on standard error."""

    def __init__(self, answer: subprocess.CompletedProcess[str]) -> None:
        self.code = answer.returncode
        self.output = answer.stdout
        self.complaint = answer.stderr

    def assert_refused(self, code: int, *words: str) -> None:
        """One line that holds all the words, the exit code, no traceback, no password."""
        assert (self.code, self.complaint.count("\n")) == (code, 1), self.complaint + self.output
        for word in words:
            assert word in self.complaint
        everything = self.complaint + self.output
        assert "Traceback" not in everything
        assert "hunter2" not in everything
        assert SECRET not in everything


def coterie(*words: str, variables: Mapping[str, str] | None = None, text: str = "") -> Ended:
    """Run `coterie WORDS` to its end. Variables that are empty are not set."""
    return run([sys.executable, "-m", "coterie", *words], variables, text)


def run(command: list[str], variables: Mapping[str, str] | None = None, text: str = "") -> Ended:
    answer = subprocess.run(
        command,
        env=environment(**(variables or {})),
        cwd=ELSEWHERE.name,
        input=text,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return Ended(answer)


class Running(Spoken):
    """A command that keeps running."""

    def __init__(self, command: list[str], variables: Mapping[str, str], directory: Path) -> None:
        super().__init__(command, variables=environment(**variables), directory=directory, patience=PATIENCE)


class Starter:
    """Starts commands that keep running, and ends those that the test left running."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.started: list[Running] = []

    def __call__(self, *words: str, **variables: str) -> Running:
        return self.program([sys.executable, "-m", "coterie", *words], **variables)

    def program(self, command: list[str], **variables: str) -> Running:
        self.started.append(Running(command, variables, self._directory))
        return self.started[-1]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starter]:
    starter = Starter(tmp_path)
    yield starter
    for running in starter.started:
        running.clean_up()


class Databases:
    """A real cluster whose role `guest` logs in by SCRAM with the password `hunter2`."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._number = 0
        self.execute("CREATE ROLE guest LOGIN PASSWORD 'hunter2'")
        configuration = Path(str(self.value("SHOW hba_file")))
        configuration.write_text("local all guest scram-sha-256\n" + configuration.read_text())
        self.execute("SELECT pg_reload_conf()")

    def execute(self, *statements: str, database: str = "postgres") -> None:
        asyncio.run(self._run(self._cluster.url_of(database), statements))

    def value(self, statement: str, database: str = "postgres") -> object:
        return asyncio.run(self._run(self._cluster.url_of(database), [statement]))

    async def _run(self, url: str, statements: Sequence[str]) -> object:
        connection = await asyncpg.connect(url)
        try:
            for statement in statements[:-1]:
                await connection.execute(statement)
            return await connection.fetchval(statements[-1])
        finally:
            await connection.close()

    def new(self) -> str:
        """The name of a new, empty database that `guest` owns."""
        self._number += 1
        name = f"startup_{os.getpid()}_{self._number}"
        self.execute(f"CREATE DATABASE {name} OWNER guest")
        return name

    def url(self, database: str, user: str = "guest:hunter2") -> str:
        return self._cluster.url_of(database).replace("coterie@", f"{user}@")


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """As durable as in production, which a start insists on."""
    with running_cluster() as cluster:
        yield Databases(cluster)
