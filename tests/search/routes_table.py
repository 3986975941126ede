"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.table import CONVERSATION, SERVER, Row, members, talkers

ROUTES: Final[dict[str, Row]] = {
    f"GET {CONVERSATION}/search": talkers(200, query="?q=hello"),
    f"GET {SERVER}/search": members(200, query="?q=hello"),
}
