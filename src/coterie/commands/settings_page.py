"""Writes docs/configuration.md from the settings and the exit codes, so that the page always agrees with the code.

`python -m coterie.commands.settings_page > docs/configuration.md`; a test compares the two.
"""

import sys
from itertools import groupby
from typing import Any

import msgspec

from coterie.process.refusals import Exit
from coterie.settings.record import fields
from coterie.settings.values import expectation, is_secret, meta

_INTRODUCTION = """\
# Configuration

Written from `src/coterie/settings/record.py` by `python -m coterie.commands.settings_page`; do not edit.

You configure Coterie with environment variables, which it reads once at the start. If a value is invalid, or the
name of a variable that begins with `COTERIE_` is unknown, Coterie does not start and names the variable. An empty
variable is the same as none. `coterie doctor` checks everything without serving.

`coterie serve` needs `DATABASE_URL` and `JWT_SECRET`; everything else has a default. Behind a proxy, also set
`COTERIE_PUBLIC_URL` and `COTERIE_TRUSTED_PROXIES`. It reads no files: pass the variables with systemd's
`EnvironmentFile=`, a container's environment, or the shell.

`coterie dev` also reads a file `.env` in the current directory (`NAME=value` lines; the environment wins). It uses
its own database, generates a `JWT_SECRET`, and keeps both and the uploaded files in its `--data` directory.
"""

_CODES = """\
## Exit codes

A command that fails says why in one line on standard error, and ends with one of these codes. After SIGTERM or
Ctrl-C the code is 0.

| code | meaning |
| ---: | --- |
"""


def page() -> str:
    """The whole page, as Markdown."""
    sections = [_section(name, list(group)) for name, group in groupby(fields(), key=_section_of)]
    codes = "".join(f"| {code.value} | {code.meaning} |\n" for code in Exit)
    return "\n".join([_INTRODUCTION, *sections, _CODES + codes])


def _section_of(field: msgspec.structs.FieldInfo) -> str:
    return str((meta(field).extra or {})["section"])


def _section(name: str, members: list[msgspec.structs.FieldInfo]) -> str:
    rows = "".join(_row(field) for field in members)
    return f"## {name}\n\n| variable | default | value | meaning |\n| --- | --- | --- | --- |\n{rows}"


def _row(field: msgspec.structs.FieldInfo) -> str:
    note = " *Secret.*" if is_secret(field) else ""
    cells = (
        f"`{field.encode_name}`",
        _shown(field.default),
        expectation(field),
        f"{meta(field).description}{note}",
    )
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _shown(default: Any) -> str:
    if isinstance(default, bool):
        return "`on`" if default else "`off`"
    if isinstance(default, float):
        return f"`{default:g}`"
    return f"`{default}`" if default not in ("", ()) else "none"


if __name__ == "__main__":
    sys.stdout.write(page())
