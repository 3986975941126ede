"""Features that are taken out of a copy of the source, by deleting their package and their lines."""

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.patience import PATIENCE
from tests.startup.conftest import Databases, Starter
from tests.startup.conftest import run as command
from tests.startup.test_serving import address_in
from tests.test_client_rooms import copied, delete, npm

ROOT: Final = Path(__file__).parents[2]
COTERIE: Final = (sys.executable, "-m", "coterie")


class Removal(NamedTuple):
    """A package, what else belongs to it, and an address that goes with it."""

    package: str
    also: tuple[str, ...]
    lines: dict[str, str]
    gone: str


REMOVALS: Final = (
    Removal("gifs", (), {"features.py": "gifs|GIFS"}, "/api/giphy/search?q=cat"),
    Removal("polls", (), {"features.py": r"\bpolls|POLLS"}, "/api/polls/00000000-0000-0000-0000-000000000000"),
    Removal(
        "emojis",
        ("importing/together/emojis.py",),
        {"features.py": "emojis|EMOJIS", "importing/together/stages.py": "custom_emojis"},
        "/api/servers/00000000-0000-0000-0000-000000000000/emojis",
    ),
)
OTHERS: Final = ("tests/messages/test_send.py", "tests/channels", "tests/servers/test_create.py")
"""Tests of packages beside them, which run against the copy."""


_extended: Final = pytest.mark.extended("the emoji, which more of the others know, are taken out each time")


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(each, id=each.package, marks=() if each.package == "emojis" else _extended) for each in REMOVALS
    ],
)
def removal(request: pytest.FixtureRequest) -> Removal:
    found: Removal = request.param
    return found


@pytest.fixture(scope="module")
def copy(removal: Removal, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The source and its tests without the feature."""
    copy = tmp_path_factory.mktemp(removal.package)
    skipped = shutil.ignore_patterns("__pycache__", "static")
    shutil.copytree(ROOT / "src", copy / "src", ignore=skipped)
    shutil.copytree(ROOT / "tests", copy / "tests", ignore=skipped)
    shutil.copy(ROOT / "pyproject.toml", copy)
    source = copy / "src/coterie"
    shutil.rmtree(source / removal.package)
    for path in removal.also:
        (source / path).unlink()
    for name, pattern in removal.lines.items():
        kept = [line for line in (source / name).read_text().splitlines() if not re.search(pattern, line)]
        (source / name).write_text("\n".join(kept) + "\n")
    yield copy
    shutil.rmtree(copy)


def run(copy: Path, *words: str) -> str:
    """Run a program of Python on the copy; returns what it says, and fails if it fails."""
    ended = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_a_server_without_it(start: Starter, databases: Databases, removal: Removal, copy: Path) -> None:
    variables = {"DATABASE_URL": databases.url(databases.new()), "PYTHONPATH": str(copy / "src")}
    running = start("serve", **variables)
    address = address_in(running.line('"ready"'))
    created = command([*COTERIE, "user", "create", "first"], variables, text="correct horse\n")
    assert created.code == 0, created.complaint
    assert status_of(f"{address}/api/health/live") == 200
    assert status_of(address + removal.gone) == 404
    with urllib.request.urlopen(f"{address}/api/openapi.json", timeout=PATIENCE) as answer:
        assert removal.package not in {tag["name"] for tag in json.load(answer)["tags"]}
    smoke = command([*COTERIE, "smoke", address], variables)
    assert smoke.code == 0, smoke.output + smoke.complaint
    assert running.end() == 0
    assert not [line for line in running.lines if "Traceback" in line]


@pytest.mark.extended("mypy over a copy: make check runs it over everything")
def test_the_types_without_it(copy: Path) -> None:
    assert "Success" in run(copy, "mypy", "src")


@pytest.mark.longer
@pytest.mark.extended("svelte-check over a copy: make check runs it over everything")
def test_the_types_of_the_client_without_it(removal: Removal, copy: Path) -> None:
    """Without its room, if it has one, and with what the server without it says of itself."""
    web = copied(copy)
    if (web / "src" / removal.package).exists():
        delete(web, removal.package)
    (web / "openapi.json").write_text(run(copy, "coterie", "openapi"))
    (web / "src/api/declared.ts").write_text(run(copy, "tests.declared"))
    npm(web, "run", "--silent", "types")
    npm(web, "run", "--silent", "check")


@pytest.mark.extended("tests of others, which make test runs with everything")
def test_the_others_without_it(copy: Path) -> None:
    assert " passed" in run(copy, "pytest", "-q", "-n", "0", *OTHERS)
