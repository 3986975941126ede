"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.cast import OWNER, Club
from tests.permissions.table import CONVERSATION, DIRECT, Row, account, given, talkers


async def with_victim(club: Club) -> dict[str, str]:
    """The victim takes part in the conversation."""
    await club.made("PUT", "/api/conversations/{conversation_id}/participants/{user_id}")
    return {}


ROUTES: Final[dict[str, Row]] = {
    "GET /api/conversations": account(200),
    "POST /api/conversations": account(
        201, body=lambda club: {"participant_ids": [club.cast.victim.id], "name": "Another"}
    ),
    f"GET {CONVERSATION}": talkers(200),
    f"PATCH {CONVERSATION}": talkers(200, body=given(name="Renamed")),
    f"GET {CONVERSATION}/participants": talkers(200),
    f"PUT {CONVERSATION}/participants/{{user_id}}": talkers(204),
    f"DELETE {CONVERSATION}/participants/{{user_id}}": talkers(204, OWNER, prepare=with_victim),
    f"PUT {CONVERSATION}/hidden": talkers(204),
    f"DELETE {CONVERSATION}/hidden": talkers(204),
    f"GET {CONVERSATION}/messages": talkers(200),
    f"GET {CONVERSATION}/receipts": talkers(200),
    f"PUT {CONVERSATION}/receipt": talkers(204, body=given()),
    "GET /api/dm-channels": account(200),
    "POST /api/dm-channels": account(201, body=lambda club: {"user_id": club.cast.victim.id}),
    f"POST {DIRECT}/messages": talkers(201, body=given(content="hello")),
    f"GET {DIRECT}/messages": talkers(200),
    f"POST {DIRECT}/ack": talkers(204),
}
