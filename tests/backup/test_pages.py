"""Runs the commands of docs/operating as the pages show them, on an instance of the test's own."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from coterie.backup import programs
from tests.backup.conftest import Place
from tests.conftest import sibling
from tests.patience import PATIENCE
from tests.startup.conftest import environment

pytestmark = pytest.mark.extended("commands of the pages, each of which has tests of its own")

PAGES: Final = Path(__file__).parents[2] / "docs/operating"

THE_SYSTEM_S: Final = """
set -eu
systemctl() { echo "systemctl $*"; }
pip_install() { echo "pip install $*"; }
"""
"""What is not Coterie's, and would change the machine that tests."""


def commands(page: str) -> str:
    """The commands of a page, in order."""
    blocks = re.findall(r"^( *)```sh\n(.*?)^ *```", (PAGES / page).read_text(), re.DOTALL | re.MULTILINE)
    return "".join(re.sub(rf"^{indent}", "", text, flags=re.MULTILINE) for indent, text in blocks)


def prepared(text: str, place: Place, directory: Path, url: str) -> str:
    """The commands with this machine's places and addresses."""
    own: dict[str, str | Callable[[re.Match[str]], str]] = {
        r"/var/backups/coterie/coterie-2026-\w+-\w+\.tar": f'"$(ls {directory}/backups/coterie-*.tar | tail -n 1)"',
        r"/var/backups/coterie": str(directory / "backups"),
        r"postgresql://coterie:password@127\.0\.0\.1/(\w+)": lambda found: f"'{sibling(place.url, found[1])}'",
        r"/srv/coterie/": f"{directory}/",
        r"\./look": str(directory / "look"),
        r"/opt/coterie/bin/pip install": "pip_install",
        r"https://chat\.example\.org": url,
    }
    for shown, real in own.items():
        text = re.sub(shown, real, text)
    return THE_SYSTEM_S + text


def run(script: str, place: Place, directory: Path) -> str:
    binaries = [str(Path(sys.executable).parent), str(programs.fitting(18).binaries), os.environ["PATH"]]
    variables = {
        "DATABASE_URL": place.url,
        "UPLOAD_DIR": str(place.directory),
        "COTERIE_ALLOW_UNSAFE_DATABASE": "on",
        "PATH": ":".join(binaries),
        "PGHOST": place.url.partition("host=")[2],
        "PGUSER": "coterie",
    }
    ended = subprocess.run(
        ["bash", "-c", script],
        env=environment(**variables),
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.mark.parametrize(
    "page", ["backup.md", "restore.md", "upgrade.md", "roll-back.md", "move-to-another-machine.md"]
)
async def test_the_commands_work(page: str, filled: Place, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    await filled.backup(tmp_path / "backups" / "coterie-2026-01-31T030000Z.tar")
    text = commands(page)
    assert "coterie" in text
    async with filled.served() as server:
        script = prepared(text, filled, tmp_path, server.url)
        try:
            said = await asyncio.to_thread(run, script, filled, tmp_path)
        finally:
            for name in re.findall(r"createdb .* (\w+)", script):
                await filled.rows(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", "SELECT 1")
    assert EXPECTED[page] in said


EXPECTED: Final = {
    "backup.md": "it has the rows that were counted",
    "restore.md": "has begun. Start Coterie again.",
    "upgrade.md": "works.",
    "roll-back.md": "systemctl start coterie",
    "move-to-another-machine.md": "works.",
}
