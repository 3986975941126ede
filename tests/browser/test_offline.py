"""What the browser keeps: it opens with what it had, catches up without a gap, and loses nothing that was written."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
from playwright.async_api import Page, Route, WebSocket, WebSocketRoute, expect

from tests.browser.cable import Cable, cable
from tests.browser.conftest import Visit, inside
from tests.browser.visitor import PATIENCE_MS, Visitor
from tests.people import Community, Person
from tests.serving import LiveServer

PAUSE_MS: Final = 50
WAITING: Final = "You're offline. This will be sent"

KEPT: Final = """async () => {
    const found = {};
    for (const { name } of await indexedDB.databases()) {
        const database = await new Promise((resolve, reject) => {
            const opening = indexedDB.open(name);
            opening.onsuccess = () => resolve(opening.result);
            opening.onerror = () => reject(opening.error);
        });
        for (const store of database.objectStoreNames) {
            const asking = database.transaction(store).objectStore(store).getAll();
            await new Promise((resolve) => (asking.onsuccess = resolve));
            found[`${name} ${store}`] = asking.result;
        }
        database.close();
    }
    return JSON.stringify(found);
}"""
"""Everything in the browser's databases."""


@pytest.fixture
async def line(live_server: LiveServer) -> AsyncIterator[Cable]:
    async with cable(live_server.url) as made:
        yield made


async def kept(page: Page) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = json.loads(await page.evaluate(KEPT))
    return found


async def keeps(page: Page, text: str) -> None:
    """Wait until the browser's database holds a text."""
    for _ in range(PATIENCE_MS // PAUSE_MS):
        if text in json.dumps(await kept(page)):
            return
        await page.wait_for_timeout(PAUSE_MS)
    pytest.fail(f"the browser does not keep {text!r}")


async def is_back(visitor: Visitor) -> None:
    """Try to connect now instead of waiting for the next attempt."""
    await visitor.page.evaluate("dispatchEvent(new Event('online'))")
    await expect(visitor.page.get_by_text("Connection lost")).to_have_count(0)


def told(visitor: Visitor) -> list[str]:
    """What the page says to the gateway from its next connection on."""
    said: list[str] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: said.append(str(frame)))

    visitor.page.on("websocket", listen)
    return said


async def shown(visitor: Visitor) -> list[str]:
    """The texts in the log, from top to bottom."""
    texts: list[str] = await visitor.log.locator("[data-message] .content").all_inner_texts()
    return [" ".join(text.split()) for text in texts]


async def say_all(person: Person, channel: str, texts: list[str]) -> list[dict[str, Any]]:
    return [await person.send(channel, text) for text in texts]


async def test_it_opens_with_what_it_had_before_the_network_answers(visit: Visit, community: Community) -> None:
    member = await visit(community.member, place=community.place)
    await community.owner.send(community.channel, "said long ago")
    await member.sees("said long ago")
    await keeps(member.page, "said long ago")

    async def never(route: Route) -> None:
        """The network does not answer."""

    def silent(socket: WebSocketRoute) -> None:
        """The connection is open, and nothing comes through it."""

    await member.page.route("**/api/**", never)
    await member.page.route_web_socket("**/ws*", silent)
    await member.page.reload()
    await member.sees("said long ago")
    await expect(member.channel("general")).to_be_visible()
    await expect(member.button("Club: server menu")).to_be_visible()
    await expect(member.composer()).to_be_enabled()


async def test_a_long_absence_leaves_no_gap(visit: Visit, community: Community, line: Cable) -> None:
    member = await inside(await visit(community.member, url=line.url))
    edited, removed = await say_all(community.owner, community.channel, ["to be edited", "to be removed"])
    await member.sees("to be removed")
    said = told(member)
    line.cut()
    more = [f"number {number}" for number in range(120)]
    await say_all(community.owner, community.channel, more)
    await community.owner.expect(200, "PATCH", f"/api/messages/{edited['id']}", {"content": "edited meanwhile"})
    await community.owner.expect(204, "DELETE", f"/api/messages/{removed['id']}")
    member.answers.clear()
    line.mend()
    await is_back(member)
    await member.sees("number 119")
    await expect(member.message("to be removed")).to_have_count(0)
    await expect(member.log.get_by_text("edited meanwhile")).to_be_visible()
    assert await shown(member) == ["edited meanwhile (edited)", *more]
    assert any('"RESUME"' in frame for frame in said)
    assert not [answer for answer in member.answers if "/messages?" in answer], "pages were read instead"


@pytest.mark.extended("test_a_long_absence_leaves_no_gap is away too")
async def test_an_absence_beyond_all_bounds_leaves_no_gap_either(
    visit: Visit, community: Community, line: Cable
) -> None:
    member = await inside(await visit(community.member, url=line.url))
    await community.owner.send(community.channel, "before")
    await member.sees("before")
    line.cut()
    texts = [f"number {number}" for number in range(460)]
    for start in range(0, len(texts), 20):
        await say_all(community.owner, community.channel, texts[start : start + 20])
    line.mend()
    await is_back(member)
    await member.sees("number 459")
    texts_shown = await shown(member)
    assert len(texts_shown) >= 50
    assert texts_shown == texts[-len(texts_shown) :]


@pytest.mark.extended("test_it_opens_with_what_it_had_before_the_network_answers opens again")
async def test_a_closed_page_continues_from_what_it_kept(visit: Visit, community: Community) -> None:
    member = await visit(community.member, place=community.place)
    await community.owner.send(community.channel, "before")
    await member.sees("before")
    await keeps(member.page, "before")
    address = member.page.url
    await member.page.goto("about:blank")
    more = [f"number {number}" for number in range(70)]
    await say_all(community.owner, community.channel, more)
    said = told(member)
    member.answers.clear()
    await member.page.goto(address)
    await member.sees("number 69")
    assert await shown(member) == ["before", *more]
    assert any('"RESUME"' in frame for frame in said)
    assert not [answer for answer in member.answers if "/messages?" in answer], "pages were read instead"


@pytest.mark.extended("what is kept, shown and sent without a network is tried in the other tests here")
async def test_what_is_resumed_is_no_news(visit: Visit, community: Community) -> None:
    member = await visit(community.member, place=community.place)
    await community.owner.send(community.channel, "first")
    await member.sees("first")
    await keeps(member.page, "first")
    await member.page.goto("about:blank")
    await say_all(community.owner, community.channel, ["second", "third"])
    await member.page.goto(member.url)
    await member.sees("third")
    await member.open_server("Club")  # it is open
    await expect(member.log.get_by_text("New", exact=True)).to_have_count(1)
    await expect(member.channel("general")).to_have_accessible_name("general")


async def test_what_is_written_offline_waits_visibly_and_goes_in_order(
    visit: Visit, community: Community, line: Cable
) -> None:
    member = await inside(await visit(community.member, url=line.url))
    owner = await visit(community.owner, place=community.place)
    line.cut()
    for text in ("one", "two", "three"):
        await member.say(text)
    for text in ("one", "two", "three"):
        await expect(member.message(text)).to_contain_text(WAITING)
    await member.message("two").get_by_role("button", name="Discard").click()
    await expect(member.message("two")).to_have_count(0)
    line.mend()
    await is_back(member)
    for text in ("one", "three"):
        await member.sent(text)
        await owner.sees(text)
    assert await shown(owner) == ["one", "three"]


@pytest.mark.extended("what is kept, shown and sent without a network is tried in the other tests here")
async def test_what_is_written_offline_in_a_thread_waits_there(visit: Visit, community: Community, line: Cable) -> None:
    member = await inside(await visit(community.member, url=line.url))
    root = await community.owner.send(community.channel, "what shall we play?")
    await member.act_on("what shall we play?", "Open thread")
    panel = member.page.get_by_role("complementary", name="Thread")
    field = panel.get_by_role("textbox", name="Reply in thread")
    line.cut()
    await field.fill("chess")
    await field.press("Enter")
    row = panel.get_by_role("article").filter(has_text="chess")
    await expect(row).to_contain_text(WAITING)
    await expect(member.log.get_by_text("chess")).to_have_count(0)
    line.mend()
    await is_back(member)
    await expect(row).to_have_attribute("data-message", re.compile("."))
    thread = f"/api/channels/{community.channel}/messages/{root['id']}/thread"
    replies = await community.owner.expect(200, "GET", thread)
    assert [reply["content"] for reply in replies] == ["chess"]


@pytest.mark.extended("what is kept, shown and sent without a network is tried in the other tests here")
async def test_two_tabs_show_and_send_one_queue(visit: Visit, community: Community, line: Cable) -> None:
    first = await inside(await visit(community.member, url=line.url))
    second = Visitor(await first.page.context.new_page(), line.url)
    await second.page.goto(first.page.url)
    await expect(second.log.get_by_role("heading")).to_be_visible()
    line.cut()
    await first.say("from the first tab")
    await second.sees("from the first tab")
    await second.say("from the second tab")
    for tab in (first, second):
        await expect(tab.message("from the second tab")).to_contain_text(WAITING)
    line.mend()
    for tab in (first, second):
        await is_back(tab)
    for tab in (first, second):
        await tab.sent("from the second tab")
        assert await shown(tab) == ["from the first tab", "from the second tab"]
    page = await community.member.expect(200, "GET", f"/api/channels/{community.channel}/messages")
    assert [each["content"] for each in page] == ["from the second tab", "from the first tab"]
    posts = [answer for tab in (first, second) for answer in tab.answers if "POST" in answer and "/messages" in answer]
    assert len(posts) == 2, "a text was sent by two tabs"


@pytest.mark.extended("what is kept, shown and sent without a network is tried in the other tests here")
async def test_logging_out_leaves_nothing_for_the_next_one(visit: Visit, community: Community, line: Cable) -> None:
    member = await inside(await visit(community.member, url=line.url))
    await community.owner.send(community.channel, "for members only")
    await member.sees("for members only")
    await keeps(member.page, "for members only")
    await member.composer().fill("half a thought")
    await keeps(member.page, "half a thought")
    await member.log_out()
    await expect(member.button("Log in")).to_be_visible()
    await member.log_in(community.outsider.username)
    await keeps(member.page, community.outsider.username)
    left = await everything(member.page)
    for trace in ("for members only", "half a thought", community.member.username, community.server):
        assert trace not in left
    assert community.outsider.username in left


async def test_another_account_finds_nothing_even_without_a_log_out(visit: Visit, community: Community) -> None:
    member = await visit(community.member, place=community.place)
    await community.owner.send(community.channel, "for members only")
    await member.sees("for members only")
    await keeps(member.page, "for members only")
    await member.composer().fill("half a thought")
    await keeps(member.page, "half a thought")
    sessions = await community.member.expect(200, "GET", "/api/auth/sessions")
    [browsers] = [each["id"] for each in sessions if not each["is_current"]]
    await community.member.expect(204, "DELETE", f"/api/auth/sessions/{browsers}")
    await expect(member.button("Log in")).to_be_visible()
    assert "for members only" not in await everything(member.page)
    await member.log_in(community.outsider.username)
    await keeps(member.page, community.outsider.username)
    assert "half a thought" not in await everything(member.page)
    member.complaints.clear()  # Chromium reports each 401 that says so


async def everything(page: Page) -> str:
    """All that the browser keeps for this address: databases, small storages and caches, with the bodies."""
    storages = await page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    caches = await page.evaluate(
        """async () => {
            const found = [];
            for (const name of await caches.keys()) {
                const cache = await caches.open(name);
                for (const request of await cache.keys())
                    found.push(request.url, await (await cache.match(request)).text());
            }
            return found.join("\\n");
        }"""
    )
    return json.dumps(await kept(page)) + str(storages) + str(caches)
