"""One word for one thing: no two public classes of the server share a name, and every module is in a package."""

import ast
from collections import defaultdict
from pathlib import Path
from typing import Final

import coterie

ROOT: Final = Path(coterie.__file__).parent
LOOSE: Final = {
    *("__init__", "__main__", "application", "cli", "client", "errors", "feature", "features", "identifiers", "naming"),
    "viewer",
}
"""The modules beside the packages; `client` is no part of the server, but what programs import to talk to one."""

LINES: Final = 350


def classes(path: Path) -> list[str]:
    tree = ast.parse(path.read_text())
    return [node.name for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]


def test_no_class_name_means_two_things() -> None:
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(ROOT.rglob("*.py")):
        if path.name != "client.py":
            for name in classes(path):
                found[name].append(path.relative_to(ROOT))
    assert len(found) > 300
    assert {name: paths for name, paths in found.items() if len(paths) > 1} == {}


def test_every_other_module_is_in_a_package() -> None:
    assert {path.stem for path in ROOT.glob("*.py")} == LOOSE


def test_no_module_is_too_long() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in ROOT.rglob("*.py")}
    assert {path: length for path, length in lengths.items() if length > LINES} == {}
