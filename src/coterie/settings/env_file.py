"""Reads `.env`, the file of settings that only `coterie dev` uses.

Not by python-dotenv, which continues after a line that it cannot read.
"""

import pathlib

from coterie.settings.values import SettingsError


def read_env_file(path: pathlib.Path) -> dict[str, str]:
    """The `NAME=value` lines of a file, without quotes; a missing file counts as empty."""
    found: dict[str, str] = {}
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    for number, line in enumerate(lines, 1):
        text = line.strip().removeprefix("export ").strip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        if not equals or not name.strip().isidentifier():
            raise SettingsError([f"{path.name} line {number} is not NAME=value; correct or remove it"])
        found[name.strip()] = _unquote(value.strip())
    return found


def _unquote(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value.partition(" #")[0].rstrip()
