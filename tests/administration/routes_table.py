"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.table import Row, account, given

ROUTES: Final[dict[str, Row]] = {
    "GET /api/admin/stats": account(403),
    "GET /api/admin/statistics": account(403),
    "GET /api/admin/settings": account(403),
    "PATCH /api/admin/settings": account(403, body=given(registration_mode="open")),
    "GET /api/admin/users": account(403),
    "PATCH /api/admin/users/{user_id}": account(403, body=given(disabled=True)),
    "DELETE /api/admin/users/{user_id}": account(403),
    "DELETE /api/admin/users/{user_id}/sessions": account(403),
    "POST /api/admin/users/{user_id}/reset-link": account(403),
    "GET /api/admin/servers": account(403),
    "DELETE /api/admin/servers/{server_id}": account(403),
}
