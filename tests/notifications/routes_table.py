"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.table import CHANNEL, CONVERSATION, SERVER, Row, account, given, inside, members, talkers

ROUTES: Final[dict[str, Row]] = {
    "GET /api/users/@me/notifications": account(200),
    f"PUT {SERVER}/notifications": members(200, body=given(level="mentions")),
    f"PUT {CHANNEL}/notifications": inside(200, body=given(level="nothing")),
    f"PUT {CONVERSATION}/notifications": talkers(200, body=given(level="nothing")),
}
