"""GET and PATCH /api/users/@me, GET /api/users/{user_id}"""

from typing import Any
from uuid import uuid4

import pytest

from coterie.database.pool import OwnConnection
from tests.people import Browser, Community, Person
from tests.serving import Register
from tests.shapes import PROFILE, USER, assert_shape

ME = "/api/users/@me"
FULL = {
    "avatar_url": "https://example.org/a.png",
    "display_name": "Ada 🌱 of the garden",
    "bio": "gardener",
    "pronouns": "she/her",
    "status": "away",
    "custom_status": "digging",
    "activity": "Gardening",
}


@pytest.fixture
async def person(register: Register) -> Person:
    return await register()


async def test_it_works(person: Person) -> None:
    assert_shape(await person.expect(200, "GET", ME), USER)
    changed = await person.expect(200, "PATCH", ME, FULL)
    assert changed == {**person.user, **FULL}
    assert await person.expect(200, "GET", ME) == changed


async def test_missing_keeps_and_null_clears(person: Person) -> None:
    await person.expect(200, "PATCH", ME, FULL)
    for field in FULL.keys() - {"status"}:
        before = await person.expect(200, "GET", ME)
        assert await person.expect(200, "PATCH", ME, {field: None}) == {**before, field: None}
    assert await person.expect(200, "PATCH", ME, {}) == {**person.user, "status": "away"}


async def test_what_is_not_the_profile_is_ignored(person: Person) -> None:
    body = {"username": "other", "is_admin": True, "email": "a@example.org", "id": str(uuid4()), "bio": "x"}
    assert await person.expect(200, "PATCH", ME, body) == {**person.user, "bio": "x"}


LONGEST = {
    "avatar_url": "https://example.org/" + "a" * 1980,
    "display_name": "\N{SNOWMAN}" * 32,
    "bio": "\N{SNOWMAN}" * 500,
    "pronouns": "\N{SNOWMAN}" * 40,
    "custom_status": "\N{SNOWMAN}" * 128,
    "activity": "\N{SNOWMAN}" * 128,
}


@pytest.mark.parametrize("field", LONGEST)
async def test_limits_are_inclusive_and_count_characters(person: Person, field: str) -> None:
    assert (await person.expect(200, "PATCH", ME, {field: LONGEST[field]}))[field] == LONGEST[field]
    answer = await person.patch(ME, {field: LONGEST[field] + LONGEST[field][-1]})
    assert (answer.status, answer.code, list(answer.body["fields"])) == (400, "invalid", [field])


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "ftp://example.org/a.png",
        "//example.org/a.png",
        "https://",
        "https://example.org/a b.png",
        "https://example.org/a.png\n",
        "HTTPS://\tx",
        "",
    ],
)
async def test_an_avatar_is_a_web_address(shared_community: Community, address: str) -> None:
    answer = await shared_community.member.patch(ME, {"avatar_url": address})
    assert (answer.status, answer.code, list(answer.body["fields"])) == (400, "invalid", ["avatar_url"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"status": None}, "status"),
        ({"bio": 5}, "bio"),
        ({"activity": []}, "activity"),
    ],
)
async def test_a_wrong_shape_is_named(shared_community: Community, body: Any, field: str) -> None:
    answer = await shared_community.member.patch(ME, body)
    assert (answer.status, answer.code, list(answer.body["fields"])) == (422, "unprocessable", [field])


@pytest.mark.parametrize("status", ["asleep", "invisible", ""])
async def test_an_unknown_status_is_out_of_bounds(shared_community: Community, status: str) -> None:
    answer = await shared_community.member.patch(ME, {"status": status})
    assert (answer.status, answer.code, list(answer.body["fields"])) == (400, "invalid", ["status"])


async def test_a_refused_change_changes_nothing(person: Person) -> None:
    await person.patch(ME, {"bio": "kept?", "pronouns": "x" * 41})
    assert await person.expect(200, "GET", ME) == person.user


async def test_text_that_cannot_be_stored_is_refused(person: Person) -> None:
    answer = await person.patch(ME, {"bio": "nul\0"})
    assert (answer.status, answer.code) == (400, "invalid")


async def test_everybody_sees_the_public_profile(person: Person, register: Register) -> None:
    await person.expect(200, "PATCH", ME, FULL)
    for viewer in (await register("stranger"), person):
        profile = await viewer.expect(200, "GET", f"/api/users/{person.id}")
        assert_shape(profile, PROFILE)
        assert not {"email", "is_admin", "password_hash"} & profile.keys()
        assert (profile["username"], profile["bio"]) == (person.username, "gardener")
        assert profile["status"] == "offline", "nobody is connected"


async def test_the_status_is_seen_while_connected(community: Community) -> None:
    watching = await community.owner.socket()
    await community.member.expect(200, "PATCH", ME, {"status": "dnd"})
    socket = await community.member.socket()
    await watching.wait_for(lambda frame: frame.get("t") == "PRESENCE_UPDATE" and frame["d"]["status"] == "dnd")
    path = f"/api/users/{community.member.id}"
    assert (await community.owner.expect(200, "GET", path))["status"] == "dnd"
    assert (await community.outsider.expect(200, "GET", path))["status"] == "offline", "it is none of their business"
    await socket.close()
    await watching.close()


async def test_a_disabled_account_looks_like_none(person: Person, register: Register, rows: OwnConnection) -> None:
    viewer = await register()
    await rows.execute("UPDATE users SET disabled_at = now() WHERE id = $1", person.id)
    disabled = await viewer.get(f"/api/users/{person.id}")
    absent = await viewer.get(f"/api/users/{uuid4()}")
    assert (disabled.status, disabled.body) == (absent.status, absent.body)
    assert (absent.status, absent.code) == (404, "not_found")


async def test_anonymous_sees_nobody(browser: Browser, person: Person) -> None:
    for method, path in [("GET", ME), ("PATCH", ME), ("GET", f"/api/users/{person.id}")]:
        assert (await browser.call(method, path)).status == 401
