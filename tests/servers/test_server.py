"""GET, PATCH and DELETE /api/servers/{server_id}"""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from coterie.database.pool import OwnConnection
from tests.people import Browser, Community
from tests.shapes import SERVER, assert_shape


async def test_it_works(community: Community) -> None:
    path = f"/api/servers/{community.server}"
    for person in (community.owner, community.member):
        server = await person.expect(200, "GET", path)
        assert_shape(server, SERVER)
        assert (server["id"], server["owner_id"]) == (community.server, community.owner.id)


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_to_outsiders_it_looks_absent(shared_community: Community, browser: Browser, method: str) -> None:
    body: dict[str, str] | None = None if method == "GET" else {}
    outsider = shared_community.outsider
    hidden = await outsider.call(method, f"/api/servers/{shared_community.server}", json=body)
    absent = await outsider.call(method, f"/api/servers/{uuid4()}", json=body)
    assert (hidden.status, hidden.body) == (absent.status, absent.body)
    assert (absent.status, absent.code) == (404, "not_found")
    assert (await browser.call(method, f"/api/servers/{shared_community.server}", json=body)).status == 401


@pytest.mark.parametrize(("method", "code"), [("PATCH", "missing_permission"), ("DELETE", "owners_only")])
async def test_members_may_not_change_it(community: Community, method: str, code: str) -> None:
    path = f"/api/servers/{community.server}"
    before = await community.owner.expect(200, "GET", path)
    answer = await community.member.call(method, path, json={"name": "Mine"})
    assert (answer.status, answer.code) == (403, code)
    assert await community.owner.expect(200, "GET", path) == before


async def test_the_owner_changes_it(community: Community) -> None:
    path = f"/api/servers/{community.server}"
    before = await community.owner.expect(200, "GET", path)
    body = {"name": "Society", "icon_url": "http://example.org/i", "is_public": False, "require_invite": True}
    body |= {"description": "Where we talk."}
    changed = await community.owner.expect(200, "PATCH", path, body)
    assert changed == {**before, **body, "updated_at": changed["updated_at"]}
    assert changed["updated_at"] > before["updated_at"]
    assert await community.member.expect(200, "GET", path) == changed


async def test_missing_keeps_and_null_clears(community: Community) -> None:
    path = f"/api/servers/{community.server}"
    await community.owner.expect(200, "PATCH", path, {"icon_url": "https://example.org/i.png"})
    kept = await community.owner.expect(200, "PATCH", path, {})
    assert (kept["name"], kept["icon_url"], kept["is_public"]) == ("Club", "https://example.org/i.png", True)
    assert (await community.owner.expect(200, "PATCH", path, {"icon_url": None}))["icon_url"] is None


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"name": ""}, 400, "name"),
        ({"name": "x" * 101}, 400, "name"),
        ({"description": ""}, 400, "description"),
        ({"description": "x" * 501}, 400, "description"),
        ({"icon_url": "javascript:x"}, 400, "icon_url"),
        ({"name": None}, 422, "name"),
        ({"is_public": None}, 422, "is_public"),
        ({"require_invite": "no"}, 422, "require_invite"),
    ],
)
async def test_refusals(shared_community: Community, body: Any, status: int, field: str) -> None:
    answer = await shared_community.owner.patch(f"/api/servers/{shared_community.server}", body)
    assert answer.status == status
    assert list(answer.body["fields"]) == [field]


async def test_a_bad_body_is_found_before_the_asker_is_judged(shared_community: Community) -> None:
    for person in (shared_community.member, shared_community.outsider):
        assert (await person.patch(f"/api/servers/{shared_community.server}", {"name": ""})).status == 400


async def test_the_owner_deletes_it_with_everything_in_it(community: Community, rows: OwnConnection) -> None:
    path = f"/api/servers/{community.server}"
    sent = await community.member.send(community.channel, "hello")
    await community.owner.expect(204, "DELETE", path)
    for person in (community.owner, community.member):
        assert (await person.get(path)).status == 404
        assert (await person.get(f"{path}/channels")).status == 404
        assert (await person.get(f"/api/channels/{community.channel}/messages")).status == 404
        assert (await person.get(f"/api/channels/{community.channel}/messages/{sent['id']}")).status == 404
        assert await person.expect(200, "GET", "/api/servers") == []
    assert (await community.owner.delete(path)).status == 404
    topics = [community.server, community.channel, community.voice]
    assert await rows.fetchval("SELECT count(*) FROM topics WHERE id = ANY($1::uuid[])", topics) == 0


async def test_sends_that_race_with_the_deletion_are_stored_or_refused(community: Community) -> None:
    path = f"/api/channels/{community.channel}/messages"
    sends = [community.member.post(path, {"content": f"{number}"}) for number in range(30)]
    ending = community.owner.delete(f"/api/servers/{community.server}")
    *answers, deleted = await asyncio.gather(*sends[:15], *sends[15:], ending)
    assert deleted.status == 204
    assert {answer.status for answer in answers} <= {201, 404}
