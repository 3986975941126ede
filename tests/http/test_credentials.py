"""What is taken from a request to identify its caller: one credential, by a fixed order."""

from typing import Any

import pytest

from coterie.http.credentials import Credential, of_request, of_socket

OWN, FOREIGN = (b"origin", b"https://chat.example"), (b"origin", b"https://other.example")
HOST = (b"host", b"chat.example")
COOKIE = (b"cookie", b"__Host-coterie_session=new; coterie_session=old")
FORMER = (b"cookie", b"coterie_session=old")
BEARER, BOT = (b"authorization", b"Bearer abc"), (b"authorization", b"Bot def")
NONE = Credential("", "")


def asked(*headers: tuple[bytes, bytes], query: str = "", subprotocols: tuple[str, ...] = ()) -> Any:
    return {"headers": [HOST, *headers], "query_string": query.encode(), "subprotocols": subprotocols}


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ([], NONE),
        ([BEARER, COOKIE], Credential("Bearer", "abc")),
        ([BOT, COOKIE], Credential("Bot", "def")),
        ([(b"authorization", b"bearer abc")], NONE),
        ([(b"authorization", b"Basic abc")], NONE),
        ([COOKIE], Credential("Bearer", "new", "cookie")),
        ([COOKIE, OWN], Credential("Bearer", "new", "cookie")),
        ([COOKIE, FOREIGN], NONE),
        ([COOKIE, (b"sec-fetch-site", b"cross-site")], NONE),
        ([FORMER], Credential("Bearer", "old", "former cookie")),
    ],
)
def test_of_a_request(headers: list[tuple[bytes, bytes]], found: Credential) -> None:
    assert of_request(asked(*headers), may_use_cookie=True, is_https=True) == found


def test_the_cookie_only_where_the_route_accepts_it() -> None:
    assert of_request(asked(COOKIE), may_use_cookie=False, is_https=True) == NONE
    assert of_request(asked(FORMER), may_use_cookie=True, is_https=False) == Credential("Bearer", "old", "cookie")


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        (asked(BEARER, query="token=in"), Credential("Bearer", "abc")),
        (asked(query="token=in", subprotocols=("coterie", "bearer.xyz")), Credential("Bearer", "xyz")),
        (asked(COOKIE, query="follow=own&token=in"), Credential("Bearer", "in", "address")),
        (asked(COOKIE, query="bot_token=in"), Credential("Bot", "in", "address")),
        (asked(COOKIE, query="token=&bot_token="), Credential("Bearer", "new", "cookie")),
        (asked(COOKIE, FOREIGN), NONE),
    ],
)
def test_of_a_socket(scope: Any, found: Credential) -> None:
    assert of_socket(scope, is_https=True) == found
