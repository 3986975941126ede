"""docs/protocol/features/webhooks.md: its code verifies what the server signs."""

import re
from pathlib import Path
from typing import Any

import coterie
from coterie.webhooks.models import EVENT_TYPES
from coterie.webhooks.signing import new_secret, signature

PAGE = (Path(coterie.__file__).parents[2] / "docs/protocol/features/webhooks.md").read_text()


def test_its_code_verifies_signatures() -> None:
    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, "webhooks.md", "exec"), names)
    secret, body = new_secret(), b'{"event": "ping"}'
    assert names["is_genuine"](secret, body, signature(secret, body))
    assert not names["is_genuine"](secret, body + b" ", signature(secret, body))
    assert not names["is_genuine"](new_secret(), body, signature(secret, body))


def test_every_event_is_on_it() -> None:
    assert not [each for each in (*EVENT_TYPES, "ping") if f"| `{each}` |" not in PAGE]
