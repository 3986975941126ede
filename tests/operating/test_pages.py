"""Runs the commands of the operators' pages and runbooks as they are shown, on an instance of the test's own.

What is not Coterie's or PostgreSQL's, and would change the machine, is replaced by a program that only prints that it
was called. A block that is not run says why in the page itself.

Those programs are on the PATH, not functions of the shell, since commands call each other: `deploy/coterie-command`
runs the real `coterie` as the service's user, so that root's files do not end up among the service's.
"""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from coterie.backup import programs
from coterie.database import migrate
from tests.backup.conftest import Place
from tests.conftest import QUICK, new_database, running_cluster, sibling
from tests.operating.conftest import ROOT
from tests.patience import PATIENCE
from tests.people import Browser, Person
from tests.startup.conftest import SECRET, environment

pytestmark = pytest.mark.extended("commands of the pages, each of which has tests of its own")

PAGES: Final = ROOT / "docs/operating"
EVERY: Final = sorted(PAGES.rglob("*.md"))
RUNBOOKS: Final = sorted((PAGES / "runbooks").glob("*.md"))

ELSEWHERE: Final = {
    **dict.fromkeys(
        ("backup.md", "restore.md", "upgrade.md", "roll-back.md", "move-to-another-machine.md"), "tests/backup"
    ),
    "point-in-time.md": "tests/backup/test_point_in_time.py",
}
"""Pages whose commands other tests run."""

ONLY_SAID: Final = (
    *("systemctl", "journalctl", "apt-get", "adduser", "ufw", "createuser"),
    *("ss", "df", "du", "caddy"),
)
"""Programs that would change this machine, or that it may not have."""

ANOTHER: Final = {
    # Runs the command as the present user, as this machine has no such users.
    "runuser": 'shift 3; exec "$@"',
    "setpriv": 'while [ "${1#--}" != "$1" ]; do shift; done; exec "$@"',
    "install": 'exec /usr/bin/install $(printf "%s\\n" "$@" | grep -v -e "^--owner" -e "^--group")',
    # What would take a minute, and test_package.py does.
    "python3": 'mkdir -p "$3/bin"; ln -s "$STAND_INS/coterie" "$STAND_INS/pip" "$3/bin/"',
    "pip": 'test -f "$2"',
    # Types the password that it asks for.
    "coterie": 'echo "correct horse battery" | "$COTERIE" "$@"',
    # The test's database replaces `coterie`.
    "psql": 'shift; exec "$PSQL" --no-psqlrc --set=ON_ERROR_STOP=1 "$DATABASE_URL" "$@"',
    "createdb": 'for name; do :; done; [ "$name" = coterie ] || exec "$CREATEDB" "$@"',
    "pg_isready": "exit 0",
}

BLOCK: Final = re.compile(
    r"(?:^ *<!-- not run: (?P<why>[^\n]+) -->\n)?^(?P<indent> *)```(?P<kind>\w*)\n(?P<text>.*?)^ *```$",
    re.DOTALL | re.MULTILINE,
)


def commands(page: Path) -> str:
    """The commands of a page that are run, in order."""
    found = (each for each in BLOCK.finditer(page.read_text()) if each["kind"] == "sh" and not each["why"])
    return "".join(re.sub(rf"^{each['indent']}", "", each["text"], flags=re.MULTILINE) for each in found)


def named(page: Path) -> str:
    return str(page.relative_to(PAGES))


@pytest.mark.parametrize("page", EVERY, ids=named)
def test_every_block_is_run_or_says_why_not(page: Path) -> None:
    for each in BLOCK.finditer(page.read_text()):
        is_shown = each["kind"] in {"ini", "yaml", "sql", "json", "promql"}
        assert each["why"] or is_shown or each["kind"] == "sh", each["text"]


@pytest.mark.parametrize("page", RUNBOOKS, ids=named)
def test_a_runbook_says_all_that_is_asked_at_night(page: Path) -> None:
    headings = re.findall(r"^## (.*)$", page.read_text(), re.MULTILINE)
    assert headings == ["How you see it", "What to do now", "How to know that it is over", "How to prevent it"]


def test_the_index_leads_to_every_page() -> None:
    index = (PAGES / "README.md").read_text()
    assert [named(page) for page in EVERY if f"({named(page)})" not in index] == ["README.md"]


def programs_in(directory: Path) -> None:
    """The replacements for other programs."""
    directory.mkdir()
    bodies = {**{name: f'echo "{name} $*"' for name in ONLY_SAID}, **ANOTHER}
    for name, body in bodies.items():
        (directory / name).write_text(f"#!/bin/sh\nset -eu\n{body}\n")
        (directory / name).chmod(0o755)


def prepared(text: str, place: Place, directory: Path, url: str) -> str:
    """The commands with this machine's places and addresses."""
    own: dict[str, str | Callable[[re.Match[str]], str]] = {
        r"/var/backups/coterie/coterie-2026-\w+-\w+\.tar": f'"$(ls {directory}/backups/coterie-*.tar | tail -n 1)"',
        r"postgresql://coterie:password@127\.0\.0\.1/(\w+)": lambda found: f"'{sibling(place.url, found[1])}'",
        r"/var/backups/coterie": f"{directory}/backups",
        r"/(srv|var/lib)/coterie": f"{directory}/\\1",
        r"/(etc|opt|root|usr/local)/": f"{directory}/\\1/",
        r"https://(chat\.example\.org|\$NAME)": url,
        r"http://127\.0\.0\.1:3000": url,
    }
    for shown, real in own.items():
        text = re.sub(shown, real, text)
    return f"set -eu\n{text}"


def laid_out(place: Place, directory: Path) -> None:
    """A machine as install.md leaves it, for whatever the page does with it."""
    for name in ("etc/systemd/system", "etc/caddy", "opt", "root/coterie/dist", "usr/local/bin"):
        (directory / name).mkdir(parents=True)
    (directory / "etc/coterie.env").write_text(
        f"JWT_SECRET={SECRET}\nCOTERIE_PUBLIC_URL=https://chat.example.org\nCOTERIE_TRUSTED_PROXIES=127.0.0.1\n"
    )
    shutil.copytree(ROOT / "deploy", directory / "root/coterie/deploy")
    (directory / "root/coterie/dist/coterie-0.1.0-py3-none-any.whl").touch()
    shutil.copy(ROOT / "deploy/coterie.service", directory / "etc/systemd/system")
    programs_in(directory / "stand-ins")
    for path in (directory / "root/coterie/deploy").iterdir():
        if path.name in {"coterie-command", "coterie.env.example"}:
            path.write_text(prepared(path.read_text(), place, directory, "").removeprefix("set -eu\n"))


def run(script: str, place: Place, directory: Path) -> str:
    """Run it as root does on the operator's machine."""
    here = Path(sys.executable).parent
    postgres = programs.fitting(18).binaries
    path = [directory / "usr/local/bin", directory / "stand-ins", here, postgres, os.environ["PATH"]]
    variables = {
        "DATABASE_URL": place.url,
        "UPLOAD_DIR": str(place.directory),
        "COTERIE_ALLOW_UNSAFE_DATABASE": "on",
        "PATH": ":".join(map(str, path)),
        "PGHOST": place.url.partition("host=")[2],
        "PGUSER": "coterie",
        "PSQL": str(postgres / "psql"),
        "CREATEDB": str(postgres / "createdb"),
        "COTERIE": str(here / "coterie"),
        "STAND_INS": str(directory / "stand-ins"),
    }
    ended = subprocess.run(
        ["bash", "-c", script],
        env=environment(**variables),
        cwd=directory,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
async def pages_url() -> AsyncIterator[str]:
    """The database `coterie`, with the schema, of a cluster for the pages: some change the role that all tests have."""
    with running_cluster(settings=QUICK) as cluster:
        connection = await asyncpg.connect(cluster.url)
        try:
            await migrate.run(connection)
        finally:
            await connection.close()
        yield cluster.url


@pytest.fixture
async def database_url(pages_url: str) -> AsyncIterator[str]:
    async with new_database(pages_url, "coterie") as url:
        yield url


HERE: Final = [page for page in EVERY if named(page) not in ELSEWHERE and commands(page)]


@pytest.mark.longer
@pytest.mark.parametrize("page", HERE, ids=named)
async def test_the_commands_work(page: Path, filled: Place, tmp_path: Path) -> None:
    text = commands(page)
    (tmp_path / "backups").mkdir()
    if "2026-01-31" in text:
        await filled.backup(tmp_path / "backups/coterie-2026-01-31T030000Z.tar")
    laid_out(filled, tmp_path)
    await filled.rows("UPDATE users SET username = 'alice'", "SELECT 1")
    async with filled.served() as server:
        for name in ("raider", "admin")[: 1 if page.name == "install.md" else 2]:
            await Person.register(Browser(server.url, filled.http), name)
        await filled.rows("UPDATE users SET username = 'admin' WHERE username LIKE 'admin%'", "SELECT 1")
        script = prepared(text, filled, tmp_path, server.url)
        try:
            said = await asyncio.to_thread(run, script, filled, tmp_path)
        finally:
            for name in re.findall(r"createdb .* (\w+_\w+)", script):
                await filled.rows(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", "SELECT 1")
            await filled.rows("ALTER ROLE coterie RESET ALL", "ALTER ROLE coterie PASSWORD NULL", "SELECT 1")
    assert EXPECTED.get(page.name, "works." if "coterie smoke" in text else "") in said


EXPECTED: Final = {
    "monitor.md": "coterie_process_up",
    "install.md": "invite_only: Anyone with an invite",
    "tune.md": "ALTER ROLE",
    "lost-password.md": "second_admin can log in and is an administrator",
    "leaked-token.md": "sessions ended",
    "raid.md": "2 accounts are enabled",
    "disk-full.md": "keys are unique",
}
"""What the page's commands say if they did what the page is for; else that the instance works, where they try it."""
