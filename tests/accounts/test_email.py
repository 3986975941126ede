"""POST /api/auth/change-email"""

from typing import Any
from uuid import uuid4

import pytest

from coterie.database.pool import OwnConnection
from tests.people import PASSWORD, Browser
from tests.serving import Register
from tests.shapes import USER, assert_shape

CHANGE = "/api/auth/change-email"


def address() -> str:
    return f"{uuid4().hex}@example.org"


def body(email: str | None) -> dict[str, Any]:
    return {"current_password": PASSWORD, "email": email}


async def test_it_works(browser: Browser, register: Register) -> None:
    person, email = await register(), address()
    socket = await person.socket()
    changed = await person.expect(200, "POST", CHANGE, body(email))
    assert_shape(changed, USER)
    assert changed == {**person.user, "email": email}
    assert (await socket.wait_for_type("USER_UPDATE"))["d"] == changed
    await browser.expect(200, "POST", "/api/auth/login", {"username": email, "password": PASSWORD})
    assert (await person.expect(200, "POST", CHANGE, body(None)))["email"] is None
    gone = await browser.post("/api/auth/login", {"username": email, "password": PASSWORD})
    assert gone.code == "wrong_credentials"


async def test_who_was_given_it_learns_that_it_changed(register: Register, rows: OwnConnection) -> None:
    """The new one is shown once it is verified."""
    friend, asking, person = [await register() for _ in range(3)]
    old, new = address(), address()
    await person.expect(200, "POST", CHANGE, body(old))
    await rows.execute("UPDATE users SET email_verified_at = now() WHERE email = $1", old)
    asked = await friend.expect(200, "POST", "/api/friends/request", {"to_email": old})
    answer = {"request_id": asked["request_id"], "accept": True}
    await person.expect(200, "POST", "/api/friends/respond", answer)
    await asking.expect(200, "POST", "/api/friends/request", {"to_email": old})
    assert [contact["email"] for contact in (await friend.expect(200, "GET", "/api/contacts"))["contacts"]] == [old]
    sockets = [await each.socket() for each in (friend, asking)]
    await person.expect(200, "POST", CHANGE, body(new))
    known = await sockets[0].wait_for_type("CONTACT_UPDATE")
    waiting = await sockets[1].wait_for_type("FRIEND_REQUEST_UPDATE")
    assert (known["d"]["email"], waiting["d"]["to_email"]) == ("", "")


async def test_what_it_refuses(register: Register) -> None:
    person, other = await register(), await register()
    taken = address()
    await other.expect(200, "POST", CHANGE, body(taken))
    wrong: list[tuple[dict[str, Any], int, str]] = [
        ({"current_password": "not it", "email": address()}, 403, "wrong_password"),
        (body(taken.upper()), 409, "email_taken"),
        (body("nowhere"), 400, "invalid"),
        ({"current_password": PASSWORD}, 422, "unprocessable"),
    ]
    for given, status, code in wrong:
        answer = await person.post(CHANGE, given)
        assert (answer.status, answer.code) == (status, code)
    assert await person.expect(200, "GET", "/api/users/@me") == person.user


@pytest.mark.parametrize("name", ["", " x", "x ", "two\nlines", "x" * 33])
async def test_a_display_name_is_one_line(register: Register, name: str) -> None:
    answer = await (await register()).patch("/api/users/@me", {"display_name": name})
    assert (answer.status, answer.code) == (400, "invalid")
