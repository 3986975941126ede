"""Attacks known from other chats, under the real policy: nothing runs, nothing requests another site."""

import json
from pathlib import Path
from typing import Final

from playwright.async_api import Request, expect

from tests.browser.conftest import Visit
from tests.people import Community

WEB: Final = Path(__file__).parents[2] / "web"
WATCH: Final = """
window.harm = [];
addEventListener('securitypolicyviolation', (event) => harm.push(event.violatedDirective + ' ' + event.blockedURI));
for (const name of ['alert', 'confirm', 'prompt', 'print']) window[name] = () => harm.push(name);
"""


def attacks() -> list[str]:
    """The corpus that the unit tests read as well."""
    return [str(each) for each in json.loads((WEB / "tests" / "attacks.json").read_text())]


async def test_nothing_that_is_written_does_harm(visit: Visit, community: Community) -> None:
    corpus = attacks()
    assert len(corpus) > 50
    owner, member = community.owner, community.member
    await owner.expect(
        200, "PATCH", f"/api/servers/{community.server}/members/@me", {"nickname": "\u202e<img src=x onerror=alert(1)>"}
    )
    await owner.expect(200, "PATCH", f"/api/servers/{community.server}", {"name": "Club"})
    body = {"name": "<svg onload=alert(1)>", "type": "text", "topic": "<script>alert(1)</script>"}
    await owner.expect(201, "POST", f"/api/servers/{community.server}/channels", body)
    for attack in corpus:
        await owner.send(community.channel, attack)
    visitor = await visit(member)
    elsewhere: list[str] = []
    visitor.page.on("request", lambda request: _note(request, visitor.url, elsewhere))
    visitor.page.on("dialog", lambda dialog: elsewhere.append(dialog.message))
    await visitor.page.add_init_script(WATCH)
    await visitor.page.reload()
    await visitor.open_server("Club")
    rows = visitor.log.get_by_role("article")
    await expect(rows.last).to_contain_text("{name}")
    beginning = visitor.page.get_by_role("heading", name="Welcome to #general")
    for _ in range(1000):
        if await beginning.is_visible():
            break
        await visitor.log.evaluate("log => log.scrollTop = 0")
        await visitor.page.wait_for_timeout(50)
    await expect(beginning).to_be_visible()
    await expect(rows).to_have_count(len(corpus))
    for spoiler in await visitor.button("Hidden text: select to show").all():
        if await spoiler.is_visible():
            await spoiler.click()
    hrefs = await visitor.log.locator("a").evaluate_all("links => links.map(({ href }) => href)")
    assert hrefs
    assert all(href.startswith(("http://", "https://")) for href in hrefs)
    assert await visitor.log.locator("script, style, iframe, object, embed, form, svg [onload], math").count() == 0
    inside = (
        "log => [...log.querySelectorAll('*')].flatMap(({ attributes }) => [...attributes].map(({ name }) => name))"
    )
    assert not [name for name in await visitor.log.evaluate(inside) if name.startswith("on")]
    assert await visitor.page.evaluate("harm") == []
    assert elsewhere == []
    await visitor.say("still alive")
    await visitor.sees("still alive")


def _note(request: Request, own: str, elsewhere: list[str]) -> None:
    if not request.url.startswith((own, own.replace("http", "ws", 1), "data:", "blob:")):
        elsewhere.append(request.url)
