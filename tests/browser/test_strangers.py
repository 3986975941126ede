"""No other site learns who reads here: pictures of other sites are not requested, and the page's policy forbids it.

Every page of every test in this directory reports requests to other hosts (see `Visitor`); here one is provoked.
"""

import re

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.people import Community
from tests.website import website

TRY = """async (address) => {
  const found = [];
  document.addEventListener("securitypolicyviolation", (event) => found.push(event.effectiveDirective));
  const picture = new Image();
  await new Promise((resolve) => { picture.onerror = picture.onload = resolve; picture.src = address + "/image"; });
  await fetch(address + "/fetch").catch(() => null);
  const script = document.createElement("script");
  script.textContent = "window.wasRun = true";
  document.head.append(script);
  const other = document.createElement("script");
  other.src = address + "/script";
  await new Promise((resolve) => { other.onerror = other.onload = resolve; document.head.append(other); });
  return [window.wasRun ?? false, found];
}"""


async def test_a_picture_of_another_place_is_not_asked_for(visit: Visit, community: Community) -> None:
    async with website() as stranger:
        avatar = {"avatar_url": f"{stranger.url}/me.png"}
        await community.owner.expect(200, "PATCH", "/api/users/@me", avatar)
        await community.owner.send(community.channel, f"look: {stranger.url}/picture.png ![x]({stranger.url}/x.png)")
        member = await visit(community.member, place=community.place)
        await expect(member.log.get_by_text(re.compile("look:"))).to_be_visible()
        row = member.log.get_by_role("article").last
        await expect(row.locator(".letters")).to_be_visible()
        await expect(member.page.locator(f'img[src^="{stranger.url}"]')).to_have_count(0)
        assert not [each for each in stranger.asked if "mozilla" in each.headers.get("user-agent", "").lower()]


async def test_the_policy_stops_what_gets_in_all_the_same(visit: Visit, community: Community) -> None:
    async with website() as stranger:
        member = await visit(community.member)
        was_run, stopped = await member.page.evaluate(TRY, stranger.url)
        member.complaints.clear()
        assert not was_run
        assert {"img-src", "connect-src", "script-src-elem"} == set(stopped)
        assert stranger.asked == []
