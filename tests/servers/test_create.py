"""POST /api/servers and GET /api/server-templates"""

from typing import Any
from uuid import uuid4

import pytest

from coterie.database.pool import OwnConnection
from coterie.servers.actions import MEMBERSHIP_LIMIT
from tests.people import Browser, Community, Person
from tests.serving import Register
from tests.shapes import CHANNEL, SERVER, TEMPLATE, assert_shape

PATH = "/api/servers"


@pytest.fixture
async def person(register: Register) -> Person:
    return await register()


async def test_it_works(person: Person) -> None:
    body = {"name": "Club", "icon_url": "https://example.org/i.png", "is_public": True, "require_invite": True}
    server = await person.expect(201, "POST", PATH, body)
    assert_shape(server, SERVER)
    assert server == {**server, **body, "owner_id": person.id, "member_count": 1}
    assert await person.expect(200, "GET", PATH) == [server]
    members = await person.expect(200, "GET", f"{PATH}/{server['id']}/members")
    assert [member["user_id"] for member in members] == [person.id]


async def test_what_is_not_said_is_closed_and_empty(person: Person) -> None:
    server = await person.expect(201, "POST", PATH, {"name": "Club", "template_id": None})
    assert (server["is_public"], server["require_invite"], server["icon_url"]) == (False, False, None)
    assert await person.expect(200, "GET", f"{PATH}/{server['id']}/channels") == []


TEMPLATES = {
    "Community": ["announcements", "rules", "general", "off-topic", "General"],
    "Gaming": ["announcements", "general", "gaming-chat", "General", "Gaming"],
    "Study Group": ["announcements", "resources", "homework-help", "Study Room"],
}


async def test_templates_are_listed_by_name(person: Person) -> None:
    templates = await person.expect(200, "GET", "/api/server-templates")
    assert [template["name"] for template in templates] == sorted(TEMPLATES)
    for template in templates:
        assert_shape(template, TEMPLATE)
        assert [channel["name"] for channel in template["channels"]] == TEMPLATES[template["name"]]
        assert [channel["position"] for channel in template["channels"]] == list(range(len(template["channels"])))


async def test_a_template_gives_its_channels(person: Person) -> None:
    for template in await person.expect(200, "GET", "/api/server-templates"):
        body = {"name": "From a template", "template_id": template["id"]}
        server = await person.expect(201, "POST", PATH, body)
        channels = await person.expect(200, "GET", f"{PATH}/{server['id']}/channels")
        for channel in channels:
            assert_shape(channel, CHANNEL)
        kept = ("name", "type", "category", "position")
        assert [{key: channel[key] for key in kept} for channel in channels] == template["channels"]


async def test_an_unknown_template_makes_nothing(person: Person) -> None:
    answer = await person.post(PATH, {"name": "Club", "template_id": str(uuid4())})
    assert (answer.status, answer.code) == (400, "unknown_template")
    assert await person.expect(200, "GET", PATH) == []


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"name": ""}, 400, "name"),
        ({"name": "x" * 101}, 400, "name"),
        ({}, 422, "name"),
        ({"name": None}, 422, "name"),
        ({"name": "Club", "icon_url": "ftp://example.org"}, 400, "icon_url"),
        ({"name": "Club", "icon_url": "https://" + "x" * 2000}, 400, "icon_url"),
        ({"name": "Club", "is_public": "yes"}, 422, "is_public"),
        ({"name": "Club", "require_invite": 1}, 422, "require_invite"),
        ({"name": "Club", "template_id": "gaming"}, 422, "template_id"),
    ],
)
async def test_refusals(shared_community: Community, body: Any, status: int, field: str) -> None:
    answer = await shared_community.owner.post(PATH, body)
    assert (answer.status, answer.code) == (status, "invalid" if status == 400 else "unprocessable")
    assert list(answer.body["fields"]) == [field]


async def test_the_name_counts_characters(person: Person) -> None:
    assert (await person.expect(201, "POST", PATH, {"name": "\N{SNOWMAN}" * 100}))["name"] == "\N{SNOWMAN}" * 100
    answer = await person.post(PATH, {"name": "nul\0"})
    assert (answer.status, answer.code) == (400, "invalid")


async def test_there_is_an_end_to_servers(person: Person, rows: OwnConnection) -> None:
    await rows.execute(
        """
        WITH opened AS (INSERT INTO topics (id, kind) SELECT gen_random_uuid(), 'server'
                        FROM generate_series(1, $2::int) RETURNING id),
        made AS (INSERT INTO servers (id, name, owner_id, member_count, created_at, updated_at)
                 SELECT id, 'One of many', $1, 1, now(), now() FROM opened RETURNING id)
        INSERT INTO server_members (server_id, user_id, joined_at) SELECT id, $1, now() FROM made
        """,
        person.id,
        MEMBERSHIP_LIMIT,
    )
    answer = await person.post(PATH, {"name": "One too many"})
    assert (answer.status, answer.code) == (400, "too_many_servers")
    assert len(await person.expect(200, "GET", PATH)) == MEMBERSHIP_LIMIT


async def test_anonymous_makes_none(browser: Browser) -> None:
    assert (await browser.post(PATH, {"name": "Club"})).status == 401
    assert (await browser.get("/api/server-templates")).status == 401
