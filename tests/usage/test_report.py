"""GET /api/usage"""

from datetime import UTC, datetime
from uuid import uuid4

from coterie.database.pool import OwnConnection
from coterie.usage.models import Length, Period, period_at
from tests.files.conftest import uploaded
from tests.people import Browser, Community, Person
from tests.serving import Register
from tests.usage.conftest import count_of

BRAID = {"Content-Type": "application/json"}


async def usage(person: Person) -> dict[str, object]:
    found: dict[str, object] = await person.expect(200, "GET", "/api/usage")
    return found


async def test_it_works(register: Register) -> None:
    person = await register()
    found = await usage(person)
    now = datetime.now(UTC)
    start, end = (datetime.fromisoformat(str(found.pop(name))) for name in ("period_start", "period_end"))
    assert start <= now < end
    assert (start.day, end.day, start.hour, end.hour) == (1, 1, 0, 0)
    assert found == {
        "messages_sent": 0,
        "documents_created": 0,
        "total_users": 1,
        "storage_used": 0,
        "limit_exceeded": False,
        "api_requests": 0,
        "limits": {
            "messages_sent": None,
            "documents_created": None,
            "storage_bytes": 5 * 1024**3,
            "api_requests": None,
        },
    }


async def test_it_needs_a_login(browser: Browser) -> None:
    assert (await browser.get("/api/usage")).status == 401


async def test_each_has_their_own_counts(community: Community, rows: OwnConnection) -> None:
    for number in range(3):
        await community.owner.send(community.channel, f"{number}")
    await community.member.send(community.channel, "hello")
    assert (await usage(community.owner))["messages_sent"] == 3
    assert (await usage(community.member))["messages_sent"] == 1
    assert (await usage(community.outsider))["messages_sent"] == 0
    assert await count_of(rows, community.owner, "messages_sent") == 3


async def test_a_message_counts_once_over_every_interface(community: Community) -> None:
    owner, path = community.owner, f"/api/channels/{community.channel}/messages"
    first = await owner.send(community.channel, "one", nonce="key")
    await owner.send(community.channel, "one", nonce="key")
    for _ in range(2):
        body = {"content": "two"}
        put = await owner.call("PUT", f"/sync/channels/{community.channel}/messages/{FIXED}", json=body, headers=BRAID)
        assert put.status in (200, 201)
    await owner.expect(201, "POST", f"{path}/{first['id']}/thread", {"content": "three"})
    socket = await owner.socket()
    for _ in range(2):
        send = {"channel_id": community.channel, "content": "four", "nonce": "another"}
        await socket.say("MESSAGE_SEND", send)
    await socket.wait_for(lambda frame: frame.get("op") == "MESSAGE_ACK")
    await socket.settle()
    await owner.expect(200, "PATCH", f"/api/messages/{first['id']}", {"content": "edited"})
    await owner.expect(204, "DELETE", f"/api/messages/{first['id']}")
    assert (await owner.post(path, {"content": ""})).status == 400
    assert (await usage(owner))["messages_sent"] == 4


async def test_a_refused_write_is_not_counted(community: Community) -> None:
    path = f"/api/channels/{community.channel}/messages"
    assert (await community.outsider.post(path, {"content": "psst"})).status == 404
    assert (await usage(community.outsider))["messages_sent"] == 0


async def test_what_is_kept(community: Community) -> None:
    message = (await community.owner.send(community.channel, "look"))["id"]
    await uploaded(community.owner, message, ("a.txt", b"x" * 1000))
    assert (await usage(community.owner))["storage_used"] == 1000
    await community.owner.expect(204, "DELETE", f"/api/messages/{message}")
    assert (await usage(community.owner))["storage_used"] == 0


async def test_requests_are_counted(register: Register) -> None:
    person = await register()
    for _ in range(4):
        await person.expect(200, "GET", "/api/users/@me")
    await person.expect(404, "GET", f"/sync/servers/{uuid4()}")
    found = [(await usage(person))["api_requests"] for _ in range(2)]
    assert found == [5, 5], "asking for it does not count"


def test_periods() -> None:
    def period(moment: str, length: Length) -> tuple[str, ...]:
        return tuple(each.isoformat()[:10] for each in period_at(datetime.fromisoformat(moment), length))

    assert period("2026-12-31T23:59:59+00:00", "month") == ("2026-12-01", "2027-01-01")
    assert period("2026-12-31T23:59:59+00:00", "day") == ("2026-12-31", "2027-01-01")
    assert period("2028-02-29T00:00:00+00:00", "month") == ("2028-02-01", "2028-03-01")
    assert period("2027-01-01T00:30:00+02:00", "month") == ("2026-12-01", "2027-01-01")
    assert isinstance(period_at(datetime.now(UTC), "day"), Period)


FIXED = str(uuid4())
