"""`pip install coterie` and one command: the wheel and the source archive hold everything that Coterie needs.

Nothing is fetched: the environment links what the wheel's metadata asks for, and nothing else, from the one that runs
the tests, so a forgotten dependency shows. `hatchling` is a dependency for development, because an isolated build would
fetch it.
"""

import json
import subprocess
import urllib.request
import zipfile
from pathlib import Path

import pytest

from tests.lines import Spoken
from tests.operating.conftest import ROOT, build, clean
from tests.patience import PATIENCE
from tests.people import PASSWORD

pytestmark = pytest.mark.longer


def sources() -> set[str]:
    """Every file of the package, the built client included."""
    root = ROOT / "src"
    files = (path for path in root.joinpath("coterie").rglob("*") if path.is_file())
    return {str(path.relative_to(root)) for path in files if "__pycache__" not in path.parts}


def packed(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def test_the_wheel_holds_every_file(wheel: Path) -> None:
    held = packed(wheel)
    assert held == sources()
    assert {"coterie/static/index.html", "coterie/migrations/0001_schema.up.sql", "coterie/py.typed"} <= held


@pytest.mark.extended("what the archive holds is compared each time")
def test_the_source_archive_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    # Python 3.11.2, which Debian 12 ships, cannot yet extract an archive safely by itself.
    subprocess.run(["tar", "-xf", build("sdist", tmp_path / "sdist"), "-C", tmp_path / "source"], check=True)
    [source] = (tmp_path / "source").iterdir()
    again = build("wheel", tmp_path / "again", source)
    assert again.name == wheel.name
    assert packed(again) == packed(wheel)


def register(address: str) -> None:
    """Create the first account, which becomes the administrator."""
    body = json.dumps({"username": "ada", "password": PASSWORD}).encode()
    request = urllib.request.Request(f"{address}/api/auth/register", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:
        assert response.status == 201


def test_one_command_runs_it(installed: Path, tmp_path: Path) -> None:
    command = str(installed / "coterie")
    running = Spoken(
        [command, "dev", "--data", str(tmp_path / "data"), "--port", "0"],
        variables=clean(),
        directory=tmp_path,
        patience=60,
    )
    try:
        running.line("Coterie is ready")
        address = running.line("http://")
        register(address)
        tried = subprocess.run(
            [command, "smoke", address], env=clean(), cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE
        )
        assert tried.returncode == 0, tried.stdout + tried.stderr
        assert f"{address} works." in tried.stdout
        assert running.end() == 0
    finally:
        running.clean_up()
