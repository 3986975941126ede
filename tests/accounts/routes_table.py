"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.people import PASSWORD
from tests.permissions.table import Row, account, given, public

ROUTES: Final[dict[str, Row]] = {
    "POST /api/auth/login": public(401, body=given(username="nobody_here", password=PASSWORD)),
    "POST /api/auth/login/step": public(401, body=given(challenge="none", step="none", answer="none")),
    "POST /api/auth/refresh": public(401, body=given(refresh_token="none")),
    "POST /api/auth/change-password": account(403, body=given(current_password="wrong one", new_password=PASSWORD)),
    "POST /api/auth/forgot-password": account(403, body=given(email="nobody@example.org")),
    "POST /api/auth/reset-password": public(401, body=given(token="none", new_password=PASSWORD)),
    "POST /api/auth/reset-link": public(404, body=given(email="nobody@example.org")),
    "GET /api/auth/me": account(200),
    "GET /api/auth/sessions": account(200),
    "DELETE /api/auth/sessions/{session_id}": account(404),
    "POST /api/auth/logout": account(204, is_last=True),
}
