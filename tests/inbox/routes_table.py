"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.table import Row, account

ROUTES: Final[dict[str, Row]] = {
    "GET /api/inbox": account(200),
    "POST /api/inbox/read": account(204),
}
