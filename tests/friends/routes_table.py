"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.cast import OWNER, Club
from tests.permissions.table import Row, account, given, talkers


async def friend_request(club: Club) -> dict[str, str]:
    """The owner has sent the member a friend request."""
    member = club.cast["member"]
    await club.owner.expect(204, "DELETE", f"/api/friends/{member.id}")
    answer = await club.made("POST", "/api/friends/request", {"to_user_id": member.id})
    club.ids["request_id"] = answer["request_id"]
    return {"request_id": answer["request_id"]}


ROUTES: Final[dict[str, Row]] = {
    "GET /api/users/@me/privacy": account(200),
    "PATCH /api/users/@me/privacy": account(200, body=given(send_read_receipts=True)),
    "POST /api/friends/request": account(200, body=given(to_username="nobody_here")),
    "GET /api/friends/requests": account(200),
    "POST /api/friends/respond": talkers(
        200,
        ("member",),
        body=lambda club: {"request_id": club.ids["request_id"], "accept": True},
        prepare=friend_request,
    ),
    "DELETE /api/friends/requests/{request_id}": talkers(204, OWNER, prepare=friend_request),
    "GET /api/contacts": account(200),
    "DELETE /api/friends/{user_id}": account(204),
    "GET /api/blocks": account(200),
    "PUT /api/blocks/{user_id}": account(204),
    "DELETE /api/blocks/{user_id}": account(204),
}
