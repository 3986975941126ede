"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.table import Row, account

ROUTES: Final[dict[str, Row]] = {
    "GET /api/link-preview": account(400, query="?url=http://127.0.0.1/"),
    "GET /api/link-preview/image": account(400, query="?url=http://127.0.0.1/"),
}
