"""What the web client has to know of the features: `python -m tests.declared > web/src/api/declared.ts` writes it."""

import sys
from collections.abc import Iterable

from coterie.features import AUDIT_ACTIONS
from coterie.permissions.bits import DEFAULT, EVERY, Permission


def written() -> str:
    """The client's module."""
    permissions = "".join(f"  {each.name}: {each.value},\n" for each in Permission)
    return f"""\
// What the server's features declare. The server's tests write this file: python -m tests.declared

export const Permission = {{
{permissions}}} as const;

export const EVERY_PERMISSION = {int(EVERY)};
export const DEFAULT_PERMISSIONS = {int(DEFAULT)};

export const AUDIT_ACTIONS = {_listed(action.name for action in AUDIT_ACTIONS)};

export const AUDIT_TARGETS = {_listed(dict.fromkeys(action.target for action in AUDIT_ACTIONS))};
"""


def _listed(names: Iterable[str]) -> str:
    lines = "".join(f'  "{name}",\n' for name in names)
    return f"[\n{lines}] as const"


if __name__ == "__main__":
    sys.stdout.write(written())
