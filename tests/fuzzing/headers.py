"""Headers of requests, cursors in addresses, and forms."""

import asyncio
from contextlib import suppress
from functools import cache
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

from litestar import Request

from coterie.accounts.tokens import Tokens
from coterie.documents import versions
from coterie.errors import CoterieError
from coterie.files.answers import chosen, is_named
from coterie.files.form import Form
from coterie.http import credentials
from coterie.http.bodies import Bodies
from coterie.http.request_ids import RequestIds
from coterie.http.uvicorn_limits import PEER
from coterie.messenger import bookmark
from tests.serving import settings_for

TOKENS: Final = Tokens("a secret of the tests, long enough to be taken")
HOST: Final = b"chat.example.org"
FORM_LIMIT: Final = 4096


def headers(given: bytes) -> None:
    """The lines are Origin, Sec-Fetch-Site, Cookie, Authorization and X-Request-Id of one request."""
    lines = [*given.split(b"\n"), b"", b"", b"", b"", b""]
    names = (b"origin", b"sec-fetch-site", b"cookie", b"authorization", b"x-request-id")
    pairs = [(b"host", HOST), *((name, line) for name, line in zip(names, lines, strict=False) if line)]
    scope: dict[str, Any] = {"headers": pairs, "extensions": {PEER: ("127.0.0.1", 1)}}
    carried = credentials.of_request(scope, may_use_cookie=True, is_https=False)
    for found in (carried.token, credentials.cookie(scope, credentials.SESSION_COOKIE)):
        assert TOKENS.read(found) is None, "nobody guesses a token"
        assert TOKENS.refreshing.read(found) is None
    if credentials.is_same_origin(scope):
        assert lines[0] in (b"", b"http://" + HOST, b"https://" + HOST)
    assert _request_ids().begin(scope, lines[4] or None).isascii()


@cache
def _request_ids() -> RequestIds:
    return RequestIds(settings_for("postgresql://nowhere/nothing", COTERIE_TRUSTED_PROXIES="127.0.0.1"))


def cursor(given: bytes) -> None:
    """The lines are the bookmark of a stream, the id of an edit, a Range and an If-None-Match."""
    lines = (*given.decode("latin-1").split("\n"), "", "", "", "")
    found = bookmark.read(lines[0])
    if found is not None:
        assert all(number >= 0 and 0 <= distance <= 2**62 for number, distance in found[1])
    edit = versions.read(lines[1])
    assert edit is None or versions.read(str(edit)) == edit
    position = versions.own_position(UUID(int=9), lines[1])
    assert position is None or position < 2**63
    with suppress(CoterieError):
        some = chosen(lines[2], 1000)
        assert some is None or 0 <= some[0] < some[1] <= 1000
    assert is_named(lines[3], '"etag"') in (True, False)


def multipart(given: bytes) -> None:
    """The first line is the Content-Type, the rest the body: its parts are the same however it arrives, or refused."""
    kind, _, body = given.partition(b"\n")
    whole = _parts(kind, [body])
    cut = _parts(kind, [body[start : start + 3] for start in range(0, len(body), 3)])
    assert whole is None or cut is None or whole == cut
    assert whole is None or sum(len(content) for _, _, content in whole) <= FORM_LIMIT


Parts = list[tuple[str, str | None, bytes]]


def _parts(kind: bytes, chunks: list[bytes]) -> Parts | None:
    with suppress(CoterieError):
        return _loop().run_until_complete(_read(kind, chunks))
    return None


async def _read(kind: bytes, chunks: list[bytes]) -> Parts:
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    waiting = iter([*messages, {"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Any:
        return next(waiting, {"type": "http.disconnect"})

    services = SimpleNamespace(bodies=Bodies(settings_for("")))
    scope: Any = {
        "type": "http",
        "headers": [(b"content-type", kind)],
        "client": ("192.0.2.1", 9),
        "extensions": {},
        "litestar_app": SimpleNamespace(state=SimpleNamespace(services=services)),
    }
    form = Form(Request(scope, receive), FORM_LIMIT)
    return [
        (part.name, part.filename, b"".join([chunk async for chunk in part.chunks()])) async for part in form.parts()
    ]


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()
