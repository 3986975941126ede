"""What the table of REST does not hold: every address of Braid and of the messenger, the routes that the API document
leaves out, and every frame of the gateway; with how each answers each of the cast.

A new one needs a row: `test_streams.py` compares the rows with the application's own lists.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from tests.permissions.cast import MODERATORS, PEOPLE, SPEAKERS, VIEWERS, Club
from tests.permissions.table import TALKERS, Row, account, given, inside, members, public, talkers

FOLLOW: Final = {"Subscribe": "true"}
EVENTS: Final = {"Accept": "text/event-stream"}
CURSORS: Final = {"Content-Type": "application/text-cursors+json", "Content-Range": 'json ["peer"]'}
APPEND: Final = {"Content-Range": "text [-0:-0]", "Content-Type": "text/plain"}

MESSAGES: Final = "/sync/channels/{channel_id}/messages"
MESSAGE: Final = MESSAGES + "/{message_id}"
TALK: Final = "/sync/conversations/{conversation_id}/messages"
PARTICIPANTS: Final = "/sync/conversations/{conversation_id}"
SERVER: Final = "/sync/servers/{server_id}"
TEXT: Final = "/sync/documents/{document_id}"
COLLAB: Final = "/collab/{document_id}"


@dataclass(frozen=True)
class Try:
    """A request with these headers, and perhaps a body that is not JSON."""

    row: Row
    headers: dict[str, str] = field(default_factory=dict)
    data: bytes | None = None


def texts(address: str) -> list[tuple[str, Try]]:
    """A document's text, at one of its two addresses. Anyone who may read the text may show a
    cursor, while they follow it (425)."""
    return [
        (f"GET {address}", Try(inside(200))),
        (f"HEAD {address}", Try(inside(200))),
        (f"GET {address}", Try(inside(209), FOLLOW)),
        (f"PUT {address}", Try(inside(200, SPEAKERS), APPEND, b"x")),
        (f"PUT {address}", Try(inside(425), CURSORS, b"[]")),
        (f"GET {address}", Try(inside(200), {"Accept": CURSORS["Content-Type"]})),
        (f"GET {address}", Try(inside(209), FOLLOW | {"Accept": CURSORS["Content-Type"]})),
        (f"OPTIONS {address}", Try(public(204))),
    ]


def written(club: Club) -> dict[str, str]:
    return {"content": "hello"}


async def new_id(club: Club) -> dict[str, str]:
    return {"new_id": str(uuid4())}


# The club's channel is the chat room. Its server is public, so an outsider who enters joins it: these come last.
MESSENGER_ROWS: Final = [
    (f"{method} {prefix}{path}", each)
    for method, path, each in (
        ("GET", "/realtime", Try(account(200), EVENTS)),
        ("GET", "/realtime", Try(account(200), FOLLOW)),
        ("POST", "/typing", Try(inside(200, SPEAKERS, body=given(is_typing=False)))),
        ("GET", "/chat", Try(inside(209, also={"outsider": 209}), FOLLOW)),
        ("PUT", "/chat", Try(inside(200, SPEAKERS, body=given(text="hello"), also={"outsider": 200}))),
    )
    for prefix in ("", "/api")
]

CALLS: Final[list[tuple[str, Try]]] = [
    (f"GET {MESSAGES}", Try(inside(200))),
    (f"HEAD {MESSAGES}", Try(inside(200))),
    (f"GET {MESSAGES}", Try(inside(209), FOLLOW)),
    (f"GET {MESSAGES}", Try(inside(200), EVENTS)),
    (f"PUT {MESSAGES}", Try(inside(400, SPEAKERS, body=written, also={"timed_out": 400}))),
    (f"GET {MESSAGE}", Try(inside(200))),
    (f"PUT {MESSAGES}/{{new_id}}", Try(inside(200, SPEAKERS, body=written, prepare=new_id))),
    (f"DELETE {MESSAGE}", Try(inside(200, (*MODERATORS, "member"), prepare=Club.message))),
    (f"OPTIONS {MESSAGES}", Try(public(204))),
    (f"GET {TALK}", Try(talkers(200))),
    (f"GET {TALK}", Try(talkers(200), FOLLOW)),
    (f"GET {TALK}", Try(talkers(209), FOLLOW | {"Heartbeats": "5s", "Accept": "application/json"})),
    (f"PUT {TALK}/{{new_id}}", Try(talkers(200, body=written, prepare=new_id))),
    (f"GET {PARTICIPANTS}", Try(talkers(200))),
    (f"GET {PARTICIPANTS}", Try(talkers(209), FOLLOW)),
    (f"PUT {PARTICIPANTS}", Try(account(405))),
    (f"GET {SERVER}", Try(members(200))),
    (f"GET {SERVER}", Try(members(209), FOLLOW)),
    (f"GET {SERVER}", Try(members(200), EVENTS)),
    (f"PUT {SERVER}", Try(account(405))),
    ("GET /sync/me", Try(account(200))),
    ("GET /sync/me", Try(account(209), FOLLOW)),
    ("PUT /sync/me", Try(account(405))),
    *texts(TEXT),
    *texts(COLLAB),
    ("GET /ws", Try(account(101))),
    ("GET /metrics", Try(public(200))),
    ("GET /.well-known/multiplexer/x", Try(public(404))),
    ("GET /health", Try(public(200))),
    ("GET /health/live", Try(public(200))),
    ("GET /health/ready", Try(public(200))),
    ("GET /emojis/{emoji_id}", Try(public(200))),
    ("HEAD /api/files/{message_id}/{name}", Try(inside(200))),
    ("GET /api/openapi.json", Try(public(200))),
    ("GET /api/docs", Try(public(200))),
    ("GET /api/openapi", Try(public(200))),
    ("GET /api/openapi/openapi.json", Try(public(200))),
    ("GET /api/openapi/{path}", Try(public(404))),
    *MESSENGER_ROWS,
]
"""Each address, with each way to ask that is judged on its own. /metrics answers this machine, as the tests are."""


Frame = dict[str, Any]


@dataclass(frozen=True)
class Said:
    """A frame of the gateway: what it says, and the frame that shows that it did what it is for.

    That frame reaches those of `to` themselves, or with `is_heard` the victim; for all others nothing happens.
    """

    to: tuple[str, ...]
    data: Callable[[Club, str], Any]
    shows: Callable[[Frame, Club, str], bool]
    is_heard: bool = False

    def shown(self, club: Club, name: str) -> Callable[[Frame], bool]:
        return lambda frame: self.shows(frame, club, name)


def is_event(frame: Frame, type: str, **fields: Any) -> bool:
    return frame.get("t") == type and fields.items() <= (frame.get("d") or {}).items()


OPS: Final[dict[str, Said]] = {
    "HEARTBEAT": Said(PEOPLE, lambda club, name: None, lambda frame, club, name: frame["op"] == "HEARTBEAT_ACK"),
    "RESUME": Said(
        VIEWERS,
        lambda club, name: {"positions": {club.ids["channel_id"]: 0}},
        lambda frame, club, name: frame.get("topic") == club.ids["channel_id"] and frame["t"] != "TOPIC_GONE",
    ),
    "MESSAGE_SEND": Said(
        SPEAKERS,
        lambda club, name: {"channel_id": club.ids["channel_id"], "content": "hello", "nonce": name},
        lambda frame, club, name: frame["op"] == "MESSAGE_ACK" and frame["d"]["nonce"] == name,
    ),
    "TYPING_START": Said(
        SPEAKERS,
        lambda club, name: {"channel_id": club.ids["channel_id"]},
        lambda frame, club, name: is_event(frame, "TYPING_START", user_id=club.cast[name].id),
        is_heard=True,
    ),
    "DELIVERED": Said(
        TALKERS,
        lambda club, name: {"channel_id": club.ids["conversation_id"], "message_id": club.ids["said_id"]},
        lambda frame, club, name: is_event(frame, "RECEIPT_UPDATE", user_id=club.cast[name].id),
        is_heard=True,
    ),
    "PRESENCE_UPDATE": Said(
        PEOPLE,
        lambda club, name: {"custom_status": f"as {name}"},
        lambda frame, club, name: is_event(frame, "USER_UPDATE", custom_status=f"as {name}"),
    ),
    "VOICE_SIGNAL": Said(
        SPEAKERS,
        lambda club, name: {"to_user_id": club.cast.victim.id, "type": "offer", "sdp": f"from {name}"},
        lambda frame, club, name: is_event(frame, "VOICE_SIGNAL", sdp=f"from {name}"),
        is_heard=True,
    ),
}
"""Every frame that a client may send, about a channel that is closed to the denied."""
