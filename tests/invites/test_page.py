"""GET /api/invites/{code}/page"""

import asyncio

from coterie.database.pool import OwnConnection
from tests.invites.test_invites import accept, invite, path_of
from tests.patience import PATIENCE
from tests.people import Browser, Community

SHOWN = {
    *("code", "server_name", "server_icon_url", "server_description", "member_count", "online_count"),
    *("inviter_name", "expires_at"),
}


async def page(caller: Browser, code: str) -> tuple[int, str | None]:
    answer = await caller.get(f"/api/invites/{code}/page")
    return answer.status, answer.code


async def test_it_works_for_visitors_and_shows_no_more_than_it_should(community: Community, browser: Browser) -> None:
    change = {"is_public": False, "description": "Where the keepers talk"}
    await community.owner.expect(200, "PATCH", f"/api/servers/{community.server}", change)
    await community.owner.expect(200, "PATCH", "/api/users/@me", {"display_name": "The Host"})
    made = await invite(community)
    shown = await browser.expect(200, "GET", f"/api/invites/{made['code']}/page")
    assert shown.keys() == SHOWN
    assert (shown["server_name"], shown["server_description"]) == ("Club", "Where the keepers talk")
    assert (shown["member_count"], shown["online_count"], shown["inviter_name"]) == (2, 0, "The Host")
    assert await community.outsider.expect(200, "GET", f"/api/invites/{made['code']}/page") == shown


async def test_it_counts_who_is_online_except_the_invisible(
    community: Community, browser: Browser, rows: OwnConnection
) -> None:
    made = await invite(community)
    await community.member.expect(200, "PATCH", "/api/users/@me", {"status": "offline"})
    for person in (community.owner, community.member):
        await person.socket()
    there = "SELECT count(*) FROM presences WHERE user_id = ANY($1::uuid[])"
    async with asyncio.timeout(PATIENCE):
        while await rows.fetchval(there, [community.owner.id, community.member.id]) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    shown = await browser.expect(200, "GET", f"/api/invites/{made['code']}/page")
    assert (shown["member_count"], shown["online_count"]) == (2, 1)


async def test_each_end_has_its_own_code(community: Community, browser: Browser, rows: OwnConnection) -> None:
    used_up, expired, revoked = [await invite(community, max_uses=1) for _ in range(3)]
    assert (await accept(community.outsider, used_up["code"])).status == 201
    await rows.execute("UPDATE server_invites SET expires_at = now() WHERE id = $1", expired["id"])
    await community.owner.expect(204, "DELETE", f"{path_of(community)}/{revoked['id']}")
    assert await page(browser, used_up["code"]) == (410, "invite_used_up")
    assert await page(browser, expired["code"]) == (410, "invite_expired")
    assert await page(browser, revoked["code"]) == (410, "invite_revoked")
    for code in ("aaaaaaaa", "x" * 300, "%00"):
        assert (await page(browser, code))[0] in (400, 404)
    assert await page(browser, "aaaaaaaa") == (404, "invite_unknown")
