"""What the tests of friends share."""

from typing import Any
from uuid import UUID, uuid4

from coterie.database.pool import OwnConnection
from tests.people import PASSWORD, Browser, Person

REQUEST = "/api/friends/request"
RESPOND = "/api/friends/respond"


async def with_address(browser: Browser, rows: OwnConnection) -> Person:
    """A person with a verified e-mail address."""
    person = await with_claimed_address(browser)
    await rows.execute("UPDATE users SET email_verified_at = now() WHERE id = $1", UUID(person.id))
    return person


async def with_claimed_address(browser: Browser) -> Person:
    """A person who gave an e-mail address, as anyone can give anyone's."""
    name = f"n_{uuid4().hex[:20]}"
    body = {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
    return Person(browser, await browser.expect(200, "POST", "/api/auth/signup", body))


async def ask(person: Person, other: Person, **more: Any) -> dict[str, Any]:
    """Ask by id; the answer, whatever it is."""
    answer: dict[str, Any] = await person.expect(200, "POST", REQUEST, {"to_user_id": other.id, **more})
    return answer


async def asked(person: Person, other: Person, **more: Any) -> str:
    """Send a request that must be accepted; returns its id."""
    answer = await ask(person, other, **more)
    assert answer["status"] == "pending", answer
    assert answer["success"], answer
    return str(answer["request_id"])


async def respond(person: Person, request: str, *, accept: bool = True) -> dict[str, Any]:
    """Answer a pending request."""
    answer: dict[str, Any] = await person.expect(200, "POST", RESPOND, {"request_id": request, "accept": accept})
    assert (answer["success"], answer["error"]) == (True, None)
    return answer


async def befriend(person: Person, other: Person) -> str:
    """Make two people friends; their conversation."""
    return str((await respond(other, await asked(person, other)))["conversation_id"])


async def friends_of(person: Person) -> list[str]:
    contacts = (await person.expect(200, "GET", "/api/contacts"))["contacts"]
    return sorted(contact["contact_user_id"] for contact in contacts)


async def requests_of(person: Person, direction: str = "all") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await person.expect(200, "GET", f"/api/friends/requests?direction={direction}"))[
        "requests"
    ]
    return found


async def blocks_of(person: Person) -> list[str]:
    return sorted(block["user_id"] for block in await person.expect(200, "GET", "/api/blocks"))
