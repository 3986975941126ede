"""Invalid requests, the same for every route: JSON responses with a stable code."""

import io
from typing import Any
from uuid import uuid4

import pytest

from tests.people import Browser, Community
from tests.shapes import ERROR, assert_shape

JSON = {"Content-Type": "application/json"}
BROKEN = [
    b"{",
    b"",
    b"nothing",
    b'{"name": "x",}',
    b"{'name': 'x'}",
    b'{"name": "x"} {}',
    b'\xff\xfe{"name": "x"}',
    b'{"name": "\xc3\x28"}',
    b'{"name": NaN}',
    b'{"name": "a\nb"}',
]


@pytest.mark.parametrize("data", BROKEN, ids=range(len(BROKEN)))
async def test_what_is_no_json_is_malformed(shared_community: Community, data: bytes) -> None:
    answer = await shared_community.owner.call("POST", "/api/servers", data=data, headers=JSON)
    assert (answer.status, answer.code) == (400, "malformed_json")
    assert_shape(answer.body, ERROR)


@pytest.mark.parametrize("data", [b"[]", b"null", b'"name"', b"5", b'["name"]'])
async def test_what_is_no_object_is_unprocessable(shared_community: Community, data: bytes) -> None:
    answer = await shared_community.owner.call("POST", "/api/servers", data=data, headers=JSON)
    assert (answer.status, answer.code) == (422, "unprocessable")


@pytest.mark.parametrize("data", [b"[" * 60_000, b'{"name": ' * 7_000, b'{"more": ' + b"[" * 60_000])
async def test_deep_nesting_is_refused(shared_community: Community, data: bytes) -> None:
    answer = await shared_community.owner.call("POST", "/api/servers", data=data, headers=JSON)
    assert (answer.status, answer.code) in {(400, "malformed_json"), (422, "unprocessable")}


@pytest.mark.parametrize("type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "x", ""])
async def test_a_body_of_another_type_is_refused(shared_community: Community, type: str) -> None:
    headers = {"Content-Type": type}
    answer = await shared_community.owner.call("POST", "/api/servers", data=b'{"name": "Club"}', headers=headers)
    assert (answer.status, answer.code) == (415, "unsupported_media_type")
    assert_shape(answer.body, ERROR)


@pytest.mark.parametrize("type", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/problem+json"])
async def test_json_may_be_called_by_its_other_names(shared_community: Community, type: str) -> None:
    data, headers = b'{"bio": "gardener"}', {"Content-Type": type}
    answer = await shared_community.owner.call("PATCH", "/api/users/@me", data=data, headers=headers)
    assert answer.status == 200


@pytest.mark.parametrize("is_chunked", [True, False])
async def test_a_body_too_large_is_refused(shared_community: Community, is_chunked: bool) -> None:
    data = b'{"name": "' + b"x" * (2 * 1024 * 1024) + b'"}'

    async def in_pieces() -> Any:
        for start in range(0, len(data), 65536):
            yield data[start : start + 65536]

    body = in_pieces() if is_chunked else io.BytesIO(data)
    answer = await shared_community.owner.call("POST", "/api/servers", data=body, headers=JSON)
    assert (answer.status, answer.code) == (413, "too_large")
    assert_shape(answer.body, ERROR)


async def test_a_body_just_small_enough_is_read(shared_community: Community) -> None:
    data = b'{"name": ""}'.ljust(64 * 1024)
    answer = await shared_community.owner.call("POST", "/api/servers", data=io.BytesIO(data), headers=JSON)
    assert (answer.status, answer.code) == (400, "invalid")


@pytest.mark.parametrize(
    "path",
    [
        "/api/users/nobody",
        "/api/users/@you",
        "/api/servers/1",
        "/api/servers/x/channels",
        "/api/channels/%00/messages",
        "/api/servers/00000000-0000-0000-0000-00000000000g",
        "/api/servers/00000000-0000-7000-8000-000000000000x",
        "/api/servers/%F0%9F%98%80",
    ],
)
async def test_an_invalid_id_is_named(shared_community: Community, path: str) -> None:
    answer = await shared_community.owner.get(path)
    assert (answer.status, answer.code) == (400, "invalid")
    assert [name.endswith("_id") for name in answer.body["fields"]] == [True]


async def test_authentication_is_checked_before_anything_else(browser: Browser) -> None:
    calls: list[tuple[str, str, bytes]] = [
        ("GET", "/api/servers/1", b""),
        ("POST", "/api/servers", b"{"),
        ("GET", f"/api/channels/{uuid4()}/messages?limit=x", b""),
    ]
    for method, path, data in calls:
        answer = await browser.call(method, path, data=data, headers=JSON)
        assert (answer.status, answer.code) == (401, "unauthenticated")


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/servers/x/nothing/y", "/apix", "/api/%00"])
async def test_an_unknown_path_is_not_found(shared_community: Community, browser: Browser, path: str) -> None:
    for person in (shared_community.owner, browser):
        answer = await person.get(path)
        assert (answer.status, answer.code) == (404, "not_found")
        assert_shape(answer.body, ERROR)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/api/servers", {"GET", "POST"}),
        ("POST", "/api/users/@me", {"GET", "PATCH"}),
        ("GET", "/api/auth/login", {"POST"}),
        ("DELETE", "/api/auth/login", {"POST"}),
    ],
)
async def test_a_wrong_method_is_answered_with_the_allowed_ones(
    shared_community: Community, method: str, path: str, allowed: set[str]
) -> None:
    answer = await shared_community.owner.call(method, path)
    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert_shape(answer.body, ERROR)
    assert {name.strip() for name in answer.headers["Allow"].split(",")} - {"OPTIONS"} == allowed


BODYLESS: list[tuple[dict[str, str], bytes | None]] = [
    ({}, None),
    (JSON, None),
    (JSON, b""),
    (JSON, b"{}"),
    (JSON, b'{"reason": null}'),
    ({"Content-Type": "text/plain"}, b"anything"),
]


@pytest.mark.parametrize(("headers", "data"), BODYLESS)
async def test_a_call_without_a_body_takes_any(
    community: Community, headers: dict[str, str], data: bytes | None
) -> None:
    for method, last, status in [("POST", "join", 201), ("DELETE", "leave", 204)]:
        path = f"/api/servers/{community.server}/{last}"
        answer = await community.outsider.call(method, path, headers=headers, data=data)
        assert answer.status == status, answer.body
    path = f"/api/channels/{community.channel}/messages"
    sent = await community.owner.send(community.channel, "hello")
    answer = await community.owner.call("POST", f"{path}/{sent['id']}/pin", headers=headers, data=data)
    assert answer.status == 204, answer.body
    assert (await community.member.call("GET", "/api/servers", headers=headers, data=data)).status == 200


@pytest.mark.parametrize(("headers", "data"), BODYLESS[:-1])
async def test_a_call_whose_body_may_be_left_out(
    community: Community, headers: dict[str, str], data: bytes | None
) -> None:
    path = f"/api/channels/{community.channel}/ack"
    assert (await community.member.call("POST", path, headers=headers, data=data)).status == 204


async def test_unknown_fields_are_ignored(shared_community: Community) -> None:
    body = {"bio": "gardener", "favourite": {"colour": ["green"]}}
    assert (await shared_community.owner.patch("/api/users/@me", body)).status == 200


@pytest.mark.parametrize("id", ["upper", "plain"])
async def test_an_id_is_known_in_its_other_spellings(shared_community: Community, id: str) -> None:
    server = shared_community.server
    spelled = server.upper() if id == "upper" else server.replace("-", "")
    assert (await shared_community.owner.expect(200, "GET", f"/api/servers/{spelled}"))["id"] == server
