"""Reads `.env`, the file of settings that only `coterie dev` looks at."""

import pathlib

from coterie.settings_values import SettingsError


def read_env_file(path: pathlib.Path) -> dict[str, str]:
    """The `NAME=value` lines of a file, quotes removed; a missing file is an empty one."""
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
