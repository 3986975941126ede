"""A pooler in transaction mode in front of PostgreSQL: Debian's PgBouncer, with the file of deploy/."""

import asyncio
import contextlib
import os
import pwd
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from coterie.client import Client
from coterie.commands.smoke import Smoke, SmokeAccount
from coterie.process.refusals import Exit
from tests.conftest import open_directory
from tests.operating.conftest import ROOT
from tests.operating.postgres import execute, on_a_port
from tests.patience import PATIENCE
from tests.people import PASSWORD, SETUP_CODE
from tests.ports import reserved_port
from tests.startup.conftest import Ended, Starter, coterie

pytestmark = pytest.mark.extended("says nothing about a change, and needs programs or databases that others keep")

PROGRAM: Final = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
LIMITS: Final = ("statement_timeout = '30s'", "idle_in_transaction_session_timeout = '60s'")


@dataclass(frozen=True, slots=True)
class Pooled:
    """A database behind a pooler, and itself."""

    pooled: str
    direct: str

    def variables(self, **others: str) -> dict[str, str]:
        return {
            "DATABASE_URL": self.pooled,
            "COTERIE_DATABASE_DIRECT_URL": self.direct,
            "COTERIE_ALLOW_UNSAFE_DATABASE": "on",
            **others,
        }

    def of(self, name: str) -> "Pooled":
        """Another database, like this one."""
        return Pooled(*(f"{url.removesuffix('coterie')}{name}" for url in (self.pooled, self.direct)))

    def command(self, *words: str, **others: str) -> Ended:
        return coterie(*words, variables=self.variables(**others))


@pytest.fixture(scope="module")
def pgbouncer() -> Iterator[Pooled]:
    """Set up as the page on tuning says, with two connections for all clients."""
    if not Path(PROGRAM).exists():
        pytest.skip("this machine has no pgbouncer (Debian: apt-get install pgbouncer)")
    with open_directory() as directory, on_a_port() as port:
        answers = reserved_port()
        direct = f"postgresql://coterie:hunter2@127.0.0.1:{port}/coterie"
        limits = (f"ALTER ROLE coterie SET {limit}" for limit in LIMITS)
        others = ("CREATE DATABASE other", "CREATE DATABASE bare")
        asyncio.run(execute(direct, *others, *limits, "ALTER ROLE coterie IN DATABASE bare SET statement_timeout = 0"))
        with bouncing(configured(directory, port, answers), answers):
            yield Pooled(direct.replace(str(port), str(answers)), direct)


def configured(directory: Path, port: int, answers: int) -> Path:
    """The file of deploy/ with this machine's places."""
    users = directory / "userlist.txt"
    users.write_text('"coterie" "hunter2"\n')
    names = ("coterie", "other", "bare")
    own = {
        "coterie = host=127.0.0.1 port=5432 dbname=coterie": "\n".join(
            f"{name} = host=127.0.0.1 port={port} dbname={name}" for name in names
        ),
        "listen_port = 6432": f"listen_port = {answers}",
        "/etc/pgbouncer/userlist.txt": str(users),
        "default_pool_size = 20": "default_pool_size = 2",
        "/var/log/postgresql/pgbouncer.log": str(directory / "log"),
        "/run/postgresql/pgbouncer.pid": str(directory / "pid"),
    }
    text = (ROOT / "deploy/pgbouncer.ini").read_text()
    for shown, real in own.items():
        assert shown in text
        text = text.replace(shown, real)
    if os.geteuid() == 0:  # it refuses to be root
        text += f"user = {somebody(directory)}\n"
    path = directory / "pgbouncer.ini"
    path.write_text(text)
    return path


def somebody(directory: Path) -> str:
    """A user without privileges, who can write here."""
    found = pwd.getpwnam("nobody")
    os.chown(directory, found.pw_uid, found.pw_gid)
    return found.pw_name


@contextlib.contextmanager
def bouncing(configuration: Path, port: int) -> Iterator[None]:
    """PgBouncer, from its first answer to its end."""
    process = subprocess.Popen([PROGRAM, "--quiet", str(configuration)], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE
        while not answers_at(port):
            assert process.poll() is None, configuration.with_name("log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def answers_at(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


async def tried(address: str) -> list[str]:
    """What fails for a user who works as usual."""
    async with Client(address) as client:
        return [f"{step.name}: {step.trouble}" async for step in Smoke(client, SmokeAccount()).run() if step.trouble]


def test_it_works_behind_a_pooler(pgbouncer: Pooled, start: Starter) -> None:
    """Many requests at once on few connections, so that each statement may use another connection."""
    given = {"COTERIE_PROCESSES": "2", "COTERIE_POOL_SIZE": "6", "RATE_LIMITS": "off"}
    running = start("serve", **pgbouncer.variables(COTERIE_SETUP_CODE=SETUP_CODE, **given))
    found = re.search(r"http://[\d.:]+", running.line('"ready"'))
    assert found is not None

    async def all_at_once() -> list[list[str]]:
        async with Client(found[0]) as operator:
            await operator.register("operator", PASSWORD, setup_code=SETUP_CODE)
        return await asyncio.gather(*(tried(found[0]) for _ in range(3)))

    assert asyncio.run(all_at_once()) == [[]] * 3
    assert running.end() == 0
    assert not [line for line in running.lines if "Traceback" in line or '"level": "error"' in line]


def test_the_commands_go_past_it(pgbouncer: Pooled, tmp_path: Path) -> None:
    assert pgbouncer.command("migrate", "run").code == 0
    made = pgbouncer.command("backup", str(tmp_path / "one.tar"), UPLOAD_DIR=str(tmp_path))
    assert made.code == 0, made.complaint
    looked = pgbouncer.command("doctor", UPLOAD_DIR=str(tmp_path))
    assert "a pooler at" in looked.output


def test_an_undeclared_pooler(pgbouncer: Pooled) -> None:
    ended = pgbouncer.command("serve", COTERIE_DATABASE_DIRECT_URL="")
    ended.assert_refused(Exit.POOLER, "DATABASE_URL leads through a pooler", "set COTERIE_DATABASE_DIRECT_URL")


def test_two_poolers(pgbouncer: Pooled) -> None:
    ended = pgbouncer.command("serve", COTERIE_DATABASE_DIRECT_URL=pgbouncer.pooled)
    ended.assert_refused(Exit.POOLER, "COTERIE_DATABASE_DIRECT_URL leads through a pooler")


def test_another_database(pgbouncer: Pooled) -> None:
    ended = pgbouncer.command("serve", DATABASE_URL=pgbouncer.of("other").pooled)
    ended.assert_refused(Exit.POOLER, "not the same database")


def test_a_malformed_address(pgbouncer: Pooled) -> None:
    ended = pgbouncer.command("serve", COTERIE_DATABASE_DIRECT_URL="postgresql://coterie@127.0.0.1")
    ended.assert_refused(Exit.SETTINGS, "COTERIE_DATABASE_DIRECT_URL names no database")


def test_a_role_without_limits(pgbouncer: Pooled) -> None:
    ended = pgbouncer.of("bare").command("serve")
    ended.assert_refused(Exit.POOLER, "no statement_timeout", "ALTER ROLE coterie SET statement_timeout = '30s'")


def test_a_wrong_password(pgbouncer: Pooled) -> None:
    ended = pgbouncer.command("serve", DATABASE_URL=pgbouncer.pooled.replace("hunter2", "hunter3"))
    ended.assert_refused(Exit.DATABASE_LOGIN, "DATABASE_URL", "correct the user or password")
