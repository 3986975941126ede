"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.cast import ADMINS
from tests.permissions.table import SERVER, Row, given, members

ROUTES: Final[dict[str, Row]] = {
    f"GET {SERVER}/automod": members(200, ADMINS),
    f"PATCH {SERVER}/automod": members(200, ADMINS, body=given(enabled=False)),
    f"GET {SERVER}/automod/words": members(200, ADMINS),
    f"POST {SERVER}/automod/words": members(201, ADMINS, body=given(word="unheard")),
    f"DELETE {SERVER}/automod/words/{{word}}": members(204, ADMINS),
    f"GET {SERVER}/automod/logs": members(200, ADMINS),
    f"POST {SERVER}/automod/trial": members(200, ADMINS, body=given(enabled=True)),
}
