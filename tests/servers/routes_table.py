"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.cast import ADMINS, MODERATORS, OWNER, SPEAKERS
from tests.permissions.table import FOR_PEOPLE, SERVER, Row, account, given, members

NICKNAME: Final = given(nickname="Nick")

ROUTES: Final[dict[str, Row]] = {
    "GET /api/servers": account(200),
    "POST /api/servers": account(201, body=given(name="Own"), also=FOR_PEOPLE),
    "GET /api/servers/browse": account(200),
    "GET /api/server-templates": account(200),
    f"GET {SERVER}": members(200),
    f"PATCH {SERVER}": members(200, ADMINS, body=given(name="Club")),
    f"DELETE {SERVER}": members(204, OWNER, is_fresh=True),
    f"PUT {SERVER}/owner": members(200, OWNER, body=lambda club: {"user_id": club.cast.victim.id}, is_fresh=True),
    f"POST {SERVER}/join": members(409, is_fresh=True, also={"outsider": 201, "banned": 403}),
    f"DELETE {SERVER}/leave": members(204, is_fresh=True, also={"owner": 400}),
    f"GET {SERVER}/members": members(200),
    f"GET {SERVER}/members/search": members(200, query="?q=a"),
    f"GET {SERVER}/members/@me": members(200),
    f"PATCH {SERVER}/members/@me": members(200, (*SPEAKERS, "denied"), body=NICKNAME),
    f"PATCH {SERVER}/members/{{user_id}}": members(200, MODERATORS, body=NICKNAME),
}
