"""Who can see the metrics."""

from typing import Any

import pytest

from coterie.http.uvicorn_limits import PEER
from coterie.metrics.access import may_look_inside
from tests.serving import settings_for

HTTPS = {"COTERIE_PUBLIC_URL": "https://chat.example.org"}
PROXY = {"COTERIE_TRUSTED_PROXIES": "127.0.0.1"}


def asked(
    peer: str = "127.0.0.1", host: str = "127.0.0.1:3000", version: str = "1.1", **headers: str
) -> dict[str, Any]:
    """A request as the server sees it; `client` is what a trusted proxy reported."""
    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {
        "http_version": version,
        "headers": [(b"host", host.encode()), *given],
        "client": ("127.0.0.1", 1),
        "extensions": {PEER: (peer, 40000)},
    }


@pytest.mark.parametrize(
    ("settings", "request_"),
    [
        ({}, asked()),
        ({}, asked(peer="127.8.8.8")),
        ({}, asked(peer="::1", host="[::1]:3000")),
        ({}, asked(peer="::1", host="[::1]")),
        ({}, asked(host="localhost")),
        ({**HTTPS, **PROXY}, asked()),
    ],
)
def test_programs_on_this_machine_may(settings: dict[str, str], request_: dict[str, Any]) -> None:
    assert may_look_inside(settings_for("", **settings), request_)


@pytest.mark.parametrize(
    ("settings", "request_"),
    [
        ({}, asked(peer="192.0.2.1")),
        ({}, asked(peer="192.0.2.1", host="localhost")),
        ({}, asked(host="chat.example.org")),
        ({}, asked(host="")),
        ({}, asked(host="127.0.0.1.example.org:80")),
        ({}, asked(version="1.0")),
        ({}, asked(x_forwarded_for="127.0.0.1")),
        ({}, asked(x_forwarded_proto="https")),
        ({}, asked(x_real_ip="127.0.0.1")),
        ({}, asked(forwarded="for=127.0.0.1")),
        ({}, asked(via="1.1 proxy")),
        (PROXY, asked(x_forwarded_for="127.0.0.1")),
        (HTTPS, asked()),
        ({}, {**asked(), "extensions": {}}),
    ],
)
def test_a_permitted_caller_from_elsewhere_is_refused(settings: dict[str, str], request_: dict[str, Any]) -> None:
    assert not may_look_inside(settings_for("", **settings), request_)


def test_a_token_says_all() -> None:
    settings = settings_for("", COTERIE_METRICS_TOKEN="0123456789abcdef")
    assert may_look_inside(settings, asked(peer="192.0.2.1", authorization="Bearer 0123456789abcdef"))
    for wrong in ("", "Bearer", "Bearer ", "Bearer 0123456789abcde", "Basic 0123456789abcdef", "0123456789abcdef"):
        assert not may_look_inside(settings, asked(authorization=wrong))
