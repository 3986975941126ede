"""GET /api/servers and GET /api/servers/browse"""

import aiohttp

from coterie.database.pool import OwnConnection
from tests.people import Browser, Community, Person
from tests.serving import Register, serving, settings_for
from tests.shapes import SERVER, assert_shape, is_flag


async def test_it_works(community: Community) -> None:
    for person in (community.owner, community.member):
        [server] = await person.expect(200, "GET", "/api/servers")
        assert_shape(server, SERVER)
        assert (server["id"], server["member_count"]) == (community.server, 2)
    assert await community.outsider.expect(200, "GET", "/api/servers") == []


async def test_your_servers_come_oldest_first(register: Register) -> None:
    person = await register()
    made = [(await person.expect(201, "POST", "/api/servers", {"name": name}))["id"] for name in "cab"]
    assert [server["id"] for server in await person.expect(200, "GET", "/api/servers")] == made


async def test_browsing_shows_public_servers_to_everybody(community: Community, rows: OwnConnection) -> None:
    await rows.execute("UPDATE servers SET member_count = 1000000 WHERE id = $1", community.server)
    body = {"name": "Secret"}
    secret = (await community.owner.expect(201, "POST", "/api/servers", body))["id"]
    for person in (community.owner, community.member, community.outsider):
        found = await person.expect(200, "GET", "/api/servers/browse")
        for server in found:
            assert_shape(server, SERVER)
            assert server["is_public"]
        assert community.server in [server["id"] for server in found]
        assert secret not in [server["id"] for server in found]


async def test_browsing_tells_from_which_servers_you_are_banned_and_why(
    community: Community, rows: OwnConnection
) -> None:
    await rows.execute("UPDATE servers SET member_count = 1000000 WHERE id = $1", community.server)
    path = f"/api/servers/{community.server}/members/{community.outsider.id}/ban"
    await community.owner.expect(204, "POST", path, {"reason": "Sold watches"})
    told = {}
    for person in (community.owner, community.outsider):
        for server in await person.expect(200, "GET", "/api/servers/browse"):
            assert_shape(server, {**SERVER, "is_banned": is_flag})
            if server["id"] == community.server:
                told[person.id] = (server["is_banned"], server["ban_reason"])
    assert told == {community.owner.id: (False, None), community.outsider.id: (True, "Sold watches")}


async def test_browsing_shows_the_fifty_largest_newest_first(
    database_url: str, http: aiohttp.ClientSession, pool: OwnConnection
) -> None:
    async with serving(settings_for(database_url)) as server:
        person = await Person.register(Browser(server.url, http))
        await pool.execute(
            """
            WITH opened AS (INSERT INTO topics (id, kind) SELECT gen_random_uuid(), 'server'
                            FROM generate_series(1, 60) RETURNING id)
            INSERT INTO servers (id, name, owner_id, is_public, member_count, created_at, updated_at)
            SELECT id, 'Club', $1, TRUE, row_number() OVER () % 7, now() - row_number() OVER () * interval '1 s', now()
            FROM opened
            """,
            person.id,
        )
        found = await person.expect(200, "GET", "/api/servers/browse")
    assert len(found) == 50
    order = [(server["member_count"], server["created_at"]) for server in found]
    assert order == sorted(order, reverse=True)


async def test_anonymous_sees_none(browser: Browser) -> None:
    assert (await browser.get("/api/servers")).status == 401
    assert (await browser.get("/api/servers/browse")).status == 401
