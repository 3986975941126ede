"""What the tests of installing share: the wheel, and an environment that has it and what it asks for, nothing else."""

import os
import subprocess
import sys
import venv
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement

from tests.backup.conftest import filled as filled
from tests.backup.conftest import place as place
from tests.patience import PATIENCE
from tests.startup.conftest import start as start

ROOT: Final = Path(__file__).parents[2]


def build(kind: str, target: Path, source: Path = ROOT) -> Path:
    """A `wheel` or an `sdist`, made by the backend that pip would fetch."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(target)],
        cwd=source,
        check=True,
        capture_output=True,
        timeout=PATIENCE,
    )
    [made] = target.iterdir()
    return made


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of commands of an environment with the wheel in it.

    No network is needed: what the wheel requires is linked from the environment of this test, and what it does not
    require is not there, so that a forgotten dependency shows.
    """
    place = tmp_path_factory.mktemp("fresh")
    venv.create(place, symlinks=True)
    [packages] = place.glob("lib/python*/site-packages")
    command = [sys.executable, "-m", "pip", "--python", str(place / "bin/python"), "install"]
    subprocess.run(
        [*command, "--quiet", "--no-deps", "--no-index", str(wheel)], check=True, capture_output=True, timeout=PATIENCE
    )
    [metadata] = packages.glob("coterie-*.dist-info")
    for found in _asked_for(Distribution.at(metadata)).values():
        _link(found, packages)
    return place / "bin"


def _asked_for(root: Distribution) -> dict[str, Distribution]:
    """What a distribution requires on this machine, and what that requires in its turn, without any extra."""
    found: dict[str, Distribution] = {}
    waiting = [(root, "")]
    while waiting:
        parent, extra = waiting.pop()
        for text in parent.requires or []:
            wanted = Requirement(text)
            if wanted.marker is not None and not wanted.marker.evaluate({"extra": extra}):
                continue
            key = f"{wanted.name.lower()}[{','.join(sorted(wanted.extras))}]"
            if key not in found:
                found[key] = distribution(wanted.name)
                waiting += [(found[key], each) for each in ("", *wanted.extras)]
    return found


def _link(found: Distribution, packages: Path) -> None:
    for name in {path.parts[0] for path in found.files or [] if path.parts[0] not in {"..", "__pycache__"}}:
        target = packages / name
        if not target.exists():
            target.symlink_to(Path(str(found.locate_file(name))).resolve())


def clean(**variables: str) -> dict[str, str]:
    """An environment for the installed command: the system's own, without this test's."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME", "TMPDIR") if name in os.environ}
    return {**kept, **variables}
