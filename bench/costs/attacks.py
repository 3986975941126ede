"""What one account sends: each route, frame and stream at its worst.

Every route of the API is in the list: those that change something with the largest body that their format takes, or
with the largest that is read at all if nothing of it has a size.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bench.costs import large
from bench.world import channel_id, person_id, server_id
from coterie.http.bodies import WRITE_BYTES

WIDE: Final = "a" * 4_000
"""The longest message."""

WORD_COUNT: Final = 450
PATTERN_COUNT: Final = 50
STRICT_CHANNEL: Final = channel_id(large.first_channel(large.STRICT))
STRICT_DOCUMENT: Final = large.document_id(1_000)
LONG_DOCUMENT: Final = large.document_id(0)
EVIL: Final = ("ab" * 2_000)[:3_900]
"""One word that has every part of the words of automod, and is none of them."""

LENGTH: Final = 1_000_000
PLAIN: Final = "content-type: text/plain\r\n"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of attack: what one connection of an account sends. `connections` are those at once."""

    name: str
    requests: tuple[str | bytes, ...] = ()
    body: bytes | None = None
    method: str = "GET"
    headers: str = ""
    frames: tuple[bytes, ...] = ()
    is_socket: bool = False
    connections: int = 16

    def request(self, token: str) -> list[bytes]:
        """The bytes of a request."""
        return [_request(self.method, str(path), token, self.body, self.headers) for path in self.requests]


def _request(method: str, path: str, token: str, body: bytes | None, headers: str) -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n{headers}"
    if body is None:
        return f"{head}\r\n".encode()
    kind = "" if "content-type" in headers else "content-type: application/json\r\n"
    return f"{head}{kind}content-length: {len(body)}\r\n\r\n".encode() + body


def words() -> Iterator[tuple[str, str]]:
    """Automod's list at its limits: parts, whole words and patterns that nearly fit the text `EVIL`."""
    yield from ((("ba" * 50)[shift : shift + size], "whole") for shift in (0, 1) for size in range(20, 98))
    yield from (("ab" * 40 + str(number), "part") for number in range(WORD_COUNT - 156))
    yield from ((f"*{'?' * (47 - number)}{number}z", "pattern") for number in range(PATTERN_COUNT // 2))
    yield from ((f"*{'ab' * 21}?{number}z", "pattern") for number in range(PATTERN_COUNT // 2))


LITERALS: Final = " " + " ".join(f"{number}z" for number in range(25)) + " " + "ab" * 21
"""With them, no pattern is ruled out by its letters."""

PLACES: Final[Mapping[str, str]] = {
    "server_id": str(server_id(0)),
    "channel_id": str(channel_id(0)),
    "message_id": str(large.message_id(large.TOLD)),
    "conversation_id": "CONVERSATION",
    "document_id": str(LONG_DOCUMENT),
    "user_id": str(person_id(2)),
    "emoji": "%F0%9F%91%8D",
    "code": "none",
    "answer": "yes",
    "name": "none",
}
NOWHERE: Final = "00000000-0000-7000-8000-000000000000"
QUERIES: Final[Mapping[str, str]] = {
    "/api/servers/{server_id}/members": "limit=1000",
    "/api/servers/{server_id}/members/search": "q=person&limit=100",
    "/api/servers/{server_id}/search": "q=word&limit=100",
    "/api/channels/{channel_id}/messages": "limit=100",
    "/api/channels/{channel_id}/permissions": f"user_id={person_id(3)}",
    "/api/conversations/{conversation_id}/search": "q=word",
    "/api/conversations": "limit=1000",
    "/api/users/@me/unread": "",
    "/api/servers/{server_id}/retention-preview": "days=1",
    "/api/documents/{document_id}/history": "limit=100",
    "/api/link-preview": "url=http://127.0.0.1/",
    "/api/link-preview/image": "url=http://127.0.0.1/",
}
BODIES: Final[Mapping[str, Any]] = {
    "POST /api/channels/{channel_id}/messages": {"content": WIDE, "nonce": "n-@SERIAL@"},
    "PATCH /api/messages/{message_id}": {"content": WIDE},
    "PATCH /api/users/@me": {"bio": "a" * 500},
    "POST /api/inbox/read": {},
    "POST /api/servers/{server_id}/ack": {},
    "POST /api/channels/{channel_id}/ack": {},
    "POST /api/conversations": {"participant_ids": [str(person_id(large.FIRST_FRIEND + n)) for n in range(49)]},
    "PATCH /api/servers/{server_id}/channels": [
        {"id": str(channel_id(n)), "position": large.CHANNELS - n} for n in range(large.CHANNELS)
    ],
    "POST /api/servers/{server_id}/channels": {"name": "more", "type": "text"},
    "POST /api/servers": {"name": "more"},
    "POST /api/servers/{server_id}/roles": {"name": "more"},
    "PUT /api/channels/{channel_id}/overrides": {"user_id": str(person_id(3)), "allow": 1, "deny": 0},
    "POST /api/servers/{server_id}/automod/trial": {},
    "POST /api/documents/{document_id}/revert": {"version": []},
    "POST /api/channels/{channel_id}/documents": {"title": "more", "text": "a" * 60_000},
    "POST /api/channels/{channel_id}/polls": {
        "question": "a" * 300,
        "options": [f"{number}" * 20 for number in range(10)],
        "nonce": "p-@SERIAL@",
    },
    "POST /api/servers/{server_id}/export": {},
}
LEFT_OUT: Final = re.compile(r"DELETE |POST /api/auth/logout|/leave$|PUT .*/owner|/accept$|/join$|@me/avatar|/icon$")
"""What only removes costs as little as it has; what would end the membership or the session is not repeated."""


def of_routes(document: Mapping[str, Any]) -> Iterator[Kind]:
    """One attack for each route of the OpenAPI document."""
    for path, operations in document["paths"].items():
        for method in ("get", "post", "put", "patch"):
            name = f"{method.upper()} {path}"
            if method not in operations or LEFT_OUT.search(name):
                continue
            filled = re.sub(r"\{(\w+)\}", lambda found: PLACES.get(found[1], NOWHERE), path)
            query = QUERIES.get(path, "") if method == "get" else ""
            given = BODIES.get(name)
            body = json.dumps(given).encode() if given is not None else b'{"x":"' + b"x" * (WRITE_BYTES - 100) + b'"}'
            yield Kind(
                name, (filled + (f"?{query}" if query else ""),), None if method == "get" else body, method.upper()
            )


def of_search() -> Iterator[Kind]:
    path = f"/api/servers/{server_id(0)}/search?limit=100&q="
    yield Kind("search, several rare words", (path + "word1+word2+word3+word4",))
    yield Kind("search, a phrase", (path + "%22and+older+word%22",))
    yield Kind("search, two letters", (path + "wo",))


def of_sync() -> Iterator[Kind]:
    follow = "subscribe: true\r\n"
    yield Kind("GET /realtime", ("/realtime",), headers="accept: text/event-stream\r\n")
    for name, path in (
        ("me", "/sync/me"),
        ("a server", f"/sync/servers/{server_id(0)}"),
        ("a channel", f"/sync/channels/{channel_id(0)}/messages?limit=1000"),
        ("a document", f"/sync/documents/{LONG_DOCUMENT}"),
    ):
        yield Kind(f"GET /sync, {name}", (path,))
        yield Kind(f"GET /sync, {name}, subscribed", (path,), headers=follow)
    yield Kind(
        "GET /sync, a channel from its beginning",
        (f"/sync/channels/{channel_id(0)}/messages",),
        headers=follow + 'parents: "0"\r\n',
    )
    yield Kind("GET /chat", ("/chat",), headers="accept: text/event-stream\r\n")


def of_documents() -> Iterator[Kind]:
    digest = f"repr-digest: sha-256=:{'A' * 43}=:\r\n"
    one = "content-range: text [0:0]\r\ncontent-type: text/plain\r\n"
    where = f"/sync/documents/{LONG_DOCUMENT}"
    yield Kind(
        "PUT /sync, a character with Repr-Digest, 256 at once", (where,), b"x", "PUT", one + digest, (), False, 256
    )
    yield Kind("PUT /sync, a character into a long text", (where,), b"x", "PUT", one)
    yield Kind("PUT /sync, a whole text", (f"/sync/documents/{large.document_id(1)}",), b"x" * LENGTH, "PUT", PLAIN)
    patches = b"".join(
        f"content-length: 1\r\ncontent-range: text [{2 * number}:{2 * number}]\r\n\r\nx\r\n".encode()
        for number in range(10_000)
    )
    yield Kind("PUT /sync, 10,000 patches", (where,), patches, "PUT", "patches: 10000\r\ncontent-type: text/plain\r\n")
    operations = {"operations": [{"type": "Insert", "position": 2 * n, "text": "x"} for n in range(1_000)]}
    yield Kind("PUT /collab, 1,000 operations", (f"/collab/{LONG_DOCUMENT}",), json.dumps(operations).encode(), "PUT")


def of_automod() -> Iterator[Kind]:
    where = f"/api/channels/{STRICT_CHANNEL}/messages"
    text = json.dumps({"content": EVIL[: 3_999 - len(LITERALS)] + LITERALS, "nonce": "n-@SERIAL@"}).encode()
    yield Kind("a message judged by automod at its limits", (where,), text, "POST")
    document = (("ab" * (LENGTH // 2))[: LENGTH - len(LITERALS)] + LITERALS).encode()
    yield Kind(
        "a text judged by automod at its limits", (f"/sync/documents/{STRICT_DOCUMENT}",), document, "PUT", PLAIN
    )
    short = document[:9_000] + LITERALS.encode()
    yield Kind("a short text judged by automod", (f"/sync/documents/{large.document_id(1_001)}",), short, "PUT", PLAIN)
    body = json.dumps({"title": "more", "text": short.decode()}).encode()
    yield Kind("a new document judged by automod", (f"/api/channels/{STRICT_CHANNEL}/documents",), body, "POST")


def of_gateway() -> Iterator[Kind]:
    def op(name: str, **fields: Any) -> bytes:
        return json.dumps({"op": name, "d": fields}).encode()

    here = str(channel_id(0))
    known = {str(channel_id(large.first_channel(server) + n)): 0 for server in range(3) for n in range(large.CHANNELS)}
    foreign = {f"9{number:07d}-0000-7000-8000-000000000000": 0 for number in range(999)}
    yield Kind("gateway, READY", is_socket=True, connections=50)
    for name, positions in (("followed", {here: 0, **dict(list(known.items())[:999])}), ("not followed", foreign)):
        frame = op("RESUME", positions=positions)
        yield Kind(f"gateway, RESUME of topics {name}, 50 sockets", frames=(frame,), is_socket=True, connections=50)
    for frame in (
        op("HEARTBEAT"),
        op("TYPING_START", channel_id=here),
        op("DELIVERED", channel_id=here, message_id=str(large.message_id(1))),
        op("PRESENCE_UPDATE", activity="a" * 100),
        op("VOICE_SIGNAL", channel_id=here, to=str(person_id(2)), data="x" * 16_000),
        op("NO_SUCH_KIND", x="x" * 16_000),
        op("MESSAGE_SEND", channel_id=here, content=WIDE, nonce="g-@SERIAL@"),
    ):
        name = frame.split(b'"')[3].decode()
        yield Kind(f"gateway, {name}, 50 sockets", frames=(frame,), is_socket=True, connections=50)


def everything(document: Mapping[str, Any]) -> list[Kind]:
    return [
        *of_gateway(),
        *of_automod(),
        *of_documents(),
        *of_sync(),
        *of_search(),
        *of_routes(document),
    ]
