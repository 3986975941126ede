"""How the routes of this package answer each of the cast (`tests/rights/table.py`)."""

from typing import Final

from tests.rights.table import Row, account

ROUTES: Final[dict[str, Row]] = {
    "GET /api/users/@me/security-events": account(200),
    "GET /api/admin/security-events": account(403),
}
