"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.table import Row, account, public

ROUTES: Final[dict[str, Row]] = {
    "GET /api/admin/health": account(403),
    "GET /api/health": public(200),
    "GET /api/health/live": public(200),
    "GET /api/health/ready": public(200),
}
