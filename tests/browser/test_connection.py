"""Nothing is lost or doubled when the server goes away, the page is loaded again, or two tabs are open."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.people import Browser, Community, Person
from tests.ports import reserved_port
from tests.serving import serving, settings_for


async def enter(visitor: Visitor) -> None:
    await visitor.open_server("Club")
    await visitor.open_channel("general")


async def test_it_continues_after_a_restart_of_the_server(visit: Visit, database_url: str, browser: Browser) -> None:
    settings = settings_for(database_url, SERVER_PORT=str(reserved_port()))
    async with serving(settings) as first:
        alice = await visit(url=first.url)
        await alice.register("alice")
        await alice.create_server("Club")
        await alice.open_channel("general")
        await alice.say("before the restart")
        await alice.sees("before the restart")
        other = await Person.register(Browser(first.url, browser.http), "other")
        servers = await other.expect(200, "GET", "/api/servers/browse")
        await other.expect(201, "POST", f"/api/servers/{servers[0]['id']}/join")
        channels = await other.expect(200, "GET", f"/api/servers/{servers[0]['id']}/channels")
        channel = next(each["id"] for each in channels if each["name"] == "general")
    await expect(alice.page.get_by_text(re.compile("^Connection lost"))).to_be_visible()
    await alice.say("while it was away")
    await expect(alice.page.get_by_text("You're offline. This will be sent")).to_be_visible()
    async with serving(settings):
        await other.send(channel, "said before alice was back")
        await alice.page.evaluate("dispatchEvent(new Event('online'))")  # instead of waiting for the next attempt
        await alice.sees("said before alice was back")
        await alice.sent("while it was away")
        await expect(alice.page.get_by_text(re.compile("^Connection lost"))).to_have_count(0)
        page = await other.expect(200, "GET", f"/api/channels/{channel}/messages")
        assert [each["content"] for each in page].count("while it was away") == 1
        await other.send(channel, "live again")
        await alice.sees("live again")


async def test_loading_the_page_again_keeps_session_place_and_draft(visit: Visit, community: Community) -> None:
    member = await visit(community.member)
    await enter(member)
    await member.say("to be answered")
    await member.sent("to be answered")
    await member.composer().fill("half a tho")
    await member.message("to be answered").hover()
    await member.message("to be answered").get_by_role("button", name="Reply").click()
    answering = member.page.get_by_text(f"Replying to {member.name}")
    await expect(answering).to_be_visible()
    await member.page.reload()
    await expect(member.composer()).to_have_value("half a tho")
    await expect(answering).to_be_visible()
    kept = await member.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert "eyJ" not in kept, "a token lies where scripts can read it"
    await member.log_out()
    await expect(member.page.get_by_role("heading", name="Welcome back")).to_be_visible()
    await member.page.reload()
    await expect(member.button("Log in")).to_be_visible()
    assert "half a tho" not in await member.page.evaluate("JSON.stringify({...localStorage})")


async def test_two_tabs_of_one_person(visit: Visit, community: Community) -> None:
    other = {"name": "other", "type": "text"}
    await community.owner.expect(201, "POST", f"/api/servers/{community.server}/channels", other)
    first = await visit(community.member)
    await enter(first)
    page = await first.page.context.new_page()
    second = Visitor(page, first.url)
    await page.goto(first.page.url)
    await expect(second.composer()).to_be_visible()
    await first.say("from the first tab")
    await second.sees("from the first tab")
    await second.say("from the second tab")
    await first.sees("from the second tab")
    await first.composer().fill("half a tho")
    await expect(second.composer()).to_have_value("half a tho")
    await second.composer().press_sequentially("ught")
    await expect(first.composer()).to_have_value("half a thought")
    await first.open_channel("other")
    await expect(first.page.get_by_role("button", name="general, draft", exact=True)).to_be_visible()
    await second.composer().press("Enter")
    await expect(first.page.get_by_role("button", name="general", exact=True)).to_be_visible()
    await first.open_channel("general")
    for tab in (first, second):
        await tab.page.reload()
    for tab in (first, second):
        await tab.sees("half a thought")
    assert not any(answer.startswith("401") for answer in first.answers + second.answers)
    first.has_left = True  # with the other tab: what is on its way then is refused
    await second.log_out()
    for tab in (first, second):
        await expect(tab.button("Log in")).to_be_visible()
    assert not second.complaints


@pytest.mark.extended("test_two_tabs_of_one_person has two tabs too")
async def test_one_tab_at_a_time_exchanges_the_token(visit: Visit, community: Community) -> None:
    first = await visit(community.member)
    await enter(first)
    tabs = [first]
    for _ in range(4):
        page = await first.page.context.new_page()
        tabs.append(Visitor(page, first.url))
    for tab in tabs:
        await tab.page.goto(first.page.url, wait_until="commit")
    for tab in tabs:
        await tab.page.reload(wait_until="commit")
    for tab in tabs:
        await expect(tab.composer()).to_be_visible()
        refused = [answer for answer in tab.answers if "/api/auth/refresh" in answer and not answer.startswith("200")]
        assert not refused
    sessions = await community.member.expect(200, "GET", "/api/auth/sessions")
    assert len(sessions) == 2


async def test_a_session_that_was_ended_elsewhere_ends_here(visit: Visit, community: Community) -> None:
    member = await visit(community.member)
    await enter(member)
    sessions = await community.member.expect(200, "GET", "/api/auth/sessions")
    other = next(each["id"] for each in sessions if not each["is_current"])
    await community.member.expect(204, "DELETE", f"/api/auth/sessions/{other}")
    await expect(member.button("Log in")).to_be_visible()
    await expect(member.page.get_by_text("Your session has ended.")).to_be_visible()
    member.complaints.clear()  # Chromium reports the 401 that says so
