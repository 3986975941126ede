"""Every package that is installed, by make or into the image, is pinned with the hashes of its files."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

from tests.operating.conftest import ROOT
from tests.patience import PATIENCE

PINS: Final = [ROOT / "constraints.txt", *sorted((ROOT / "constraints").glob("*.txt"))]
RUNTIME: Final = ROOT / "constraints" / "runtime.txt"
PIN: Final = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;]+)(?P<rest>(?:.*\\\n)+.*)$", re.MULTILINE)
PROJECT: Final[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())


def pins(path: Path) -> dict[str, str]:
    return {found["name"]: found["version"] for found in PIN.finditer(path.read_text())}


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=;\s\[]", each)[0].lower().replace("_", "-") for each in requirements}


@pytest.mark.parametrize("path", PINS, ids=lambda path: path.name)
def test_every_pin_has_hashes_and_no_address(path: Path) -> None:
    text = path.read_text()
    found = list(PIN.finditer(text))
    assert len(found) == len(re.findall(r"^[^\s#]", text, re.MULTILINE)), "each entry is a pin"
    for pin in found:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", pin["rest"]), pin["name"]
    assert "://" not in text


def test_all_that_is_asked_for_is_pinned_to_one_version() -> None:
    project = PROJECT["project"]
    wanted = {
        "constraints.txt": [*project["dependencies"], *project["optional-dependencies"]["dev"]],
        "runtime.txt": project["dependencies"],
        **{f"{group}.txt": asked for group, asked in PROJECT["dependency-groups"].items()},
    }
    assert wanted.keys() == {path.name for path in PINS}
    everywhere = pins(PINS[0])
    for path in PINS:
        assert names(wanted[path.name]) <= pins(path).keys()
        assert all(everywhere.get(name, version) == version for name, version in pins(path).items()), path


def test_nothing_is_installed_without_its_hash() -> None:
    for path in (ROOT / "Makefile", ROOT / "deploy" / "Containerfile"):
        text = path.read_text().replace("$(PINNED)", "pip install --require-hashes")
        installs = re.findall(r"pip['\w\s$()./-]* install .*", text.replace("$(PIP)", "pip").replace("\\\n", " "))
        assert installs
        for each in installs:
            is_checked = "--require-hashes" in each or "--no-deps" in each or each.endswith("--quiet uv")
            assert is_checked, f"{path.name}: {each}"


def test_the_list_of_the_server_names_each_pin() -> None:
    command = [sys.executable, "-m", "cyclonedx_py", "requirements", "--pyproject", str(ROOT / "pyproject.toml")]
    made = subprocess.run([*command, str(RUNTIME)], capture_output=True, check=True, timeout=PATIENCE)
    listed = json.loads(made.stdout)
    assert listed["metadata"]["component"]["name"] == "coterie"
    assert {each["name"]: each["version"] for each in listed["components"]} == pins(
        ROOT / "constraints" / "runtime.txt"
    )


@pytest.mark.skipif(not shutil.which("npm"), reason="this machine has no npm of its own")
def test_the_list_of_the_client_names_what_is_bundled() -> None:
    command = ["npm", "sbom", "--sbom-format", "cyclonedx", "--package-lock-only"]
    made = subprocess.run(command, cwd=ROOT / "web", capture_output=True, check=True, timeout=PATIENCE)
    scopes = {each["name"]: each["scope"] for each in json.loads(made.stdout)["components"]}
    bundled = {name for name, scope in scopes.items() if scope == "required"}
    assert bundled >= set(json.loads((ROOT / "web" / "package.json").read_text())["dependencies"])
    assert not {"vite", "vitest", "typescript"} & bundled, (
        "npm's --omit dev leaves out Svelte, too; so tools are marked"
    )
