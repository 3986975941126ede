"""The routes of webhooks: what they answer, whom they admit, and what others learn."""

from typing import Any

import pytest

from coterie.settings.sealing import Sealing
from coterie.webhooks.signing import PURPOSE
from tests.contract.shapes import WEBHOOK
from tests.people import Person
from tests.shapes import assert_shape
from tests.webhooks.conftest import ALL, HookWorld


async def test_it_works(world: HookWorld) -> None:
    community = world.community
    owner, member = await community.owner.socket(), await community.member.socket()
    made = await world.create("member.left", "message.created", "message.created", name="  Hook ")
    secret = made.pop("secret")
    assert_shape(made, WEBHOOK)
    assert len(bytes.fromhex(secret)) == 32
    assert (made["name"], made["event_types"]) == ("Hook", ["message.created", "member.left"])
    assert (made["enabled"], made["delivery_failures"], made["last_used_at"]) == (True, 0, None)
    assert await community.owner.expect(200, "GET", world.path) == {"webhooks": [made]}
    assert await world.get(made) == made
    logged = (await owner.wait_for_type("WEBHOOK_CREATE"))["d"]
    assert logged == {key: value for key, value in made.items() if key != "last_used_at"}
    structure = await community.owner.expect(200, "GET", f"/sync/servers/{community.server}")
    assert structure[f"webhooks/{made['id']}"] == logged
    seen = await community.member.expect(200, "GET", f"/sync/servers/{community.server}")
    assert not [key for key in seen if key.startswith("webhooks/")]
    await member.settle()
    assert not member.of("WEBHOOK_CREATE")


async def test_changing_and_deleting(world: HookWorld) -> None:
    made = await world.create("message.created")
    del made["secret"]
    path, owner = f"{world.path}/{made['id']}", world.community.owner
    socket = await owner.socket()
    changed = await owner.expect(200, "PATCH", path, {"name": "Other", "enabled": False})
    assert (changed["name"], changed["enabled"], changed["url"]) == ("Other", False, made["url"])
    assert (await socket.wait_for_type("WEBHOOK_UPDATE"))["d"]["name"] == "Other"
    assert await owner.expect(200, "PATCH", path, {"name": "Other"}) == changed, "nothing has changed"
    await owner.expect(204, "DELETE", path)
    gone = {"server_id": world.community.server, "webhook_id": made["id"]}
    assert (await socket.wait_for_type("WEBHOOK_DELETE"))["d"] == gone
    await owner.expect(404, "DELETE", path)
    entries = await owner.expect(200, "GET", f"/api/servers/{world.community.server}/audit-logs")
    found = [(each["action"], each["details"]) for each in entries if each["target_id"] == made["id"]]
    assert found == [
        ("webhook_delete", {"name": "Other"}),
        ("webhook_update", {"name": "Other"}),
        ("webhook_create", {"name": "Hook"}),
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"name": " "},
        {"name": "x" * 101},
        {"url": "ftp://example.org/"},
        {"url": "http://name:password@example.org/"},
        {"url": "https://example.org/" + "x" * 2000},
        {"event_types": []},
        {"event_types": ["message.read"]},
    ],
)
async def test_what_is_refused(world: HookWorld, body: dict[str, Any]) -> None:
    whole = {"name": "Hook", "url": "https://example.org/", "event_types": ALL, **body}
    answer = await world.community.owner.post(world.path, whole)
    assert answer.status in (400, 422), answer.body
    made = await world.create()
    answer = await world.community.owner.patch(f"{world.path}/{made['id']}", body)
    assert answer.status in (400, 422), answer.body


async def test_ten_are_enough(world: HookWorld) -> None:
    for _ in range(10):
        await world.create()
    body = {"name": "Hook", "url": world.receiver.url, "event_types": ALL}
    assert (await world.community.owner.post(world.path, body)).code == "too_many_webhooks"


async def test_only_administrators_know_of_it(world: HookWorld) -> None:
    made = await world.create()
    for person, status in ((world.community.member, 403), (world.community.outsider, 404)):
        body = {"name": "Hook", "url": world.receiver.url, "event_types": ALL}
        path = f"{world.path}/{made['id']}"
        for method, where, given in (
            ("GET", world.path, None),
            ("POST", world.path, body),
            ("GET", path, None),
            ("PATCH", path, {"enabled": False}),
            ("DELETE", path, None),
            ("POST", f"{path}/test", None),
        ):
            await person.expect(status, method, where, given)


async def test_a_webhook_of_another_server_is_not_found(world: HookWorld) -> None:
    made = await world.create()
    other: Person = world.community.outsider
    server = (await other.expect(201, "POST", "/api/servers", {"name": "Other"}))["id"]
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/test")):
        body = {"name": "Mine"} if method == "PATCH" else None
        await other.expect(404, method, f"/api/servers/{server}/webhooks/{made['id']}{path}", body)


async def test_the_table_alone_is_worthless(world: HookWorld) -> None:
    made = await world.create()
    row = await world.rows.fetchrow("SELECT * FROM webhooks WHERE url = $1", world.receiver.url)
    assert row is not None
    assert made["secret"] not in str(dict(row))
    assert bytes.fromhex(made["secret"]) not in row["sealed_secret"]
    assert made["secret"].encode() not in row["sealed_secret"]


def test_a_sealed_secret_opens_with_its_key_and_for_its_webhook_only() -> None:
    from uuid import uuid4

    hook, old, new = uuid4(), Sealing(PURPOSE, "a" * 32), Sealing(PURPOSE, "b" * 32, "a" * 32)
    sealed = old.seal(hook, "secret")
    assert old.open(hook, sealed) == new.open(hook, sealed) == "secret"
    assert old.open(uuid4(), sealed) is None
    assert Sealing(PURPOSE, "b" * 32).open(hook, sealed) is None
    assert sealed.sealed_with != new.current == new.seal(hook, "secret").sealed_with
