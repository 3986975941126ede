"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.table import Row, account

ROUTES: Final[dict[str, Row]] = {
    "GET /api/users/@me/security-events": account(200),
    "GET /api/admin/security-events": account(403),
}
