"""From an instance without accounts to a server with a conversation in it."""

import re
from collections.abc import AsyncIterator

import aiohttp
import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import expect

from tests.browser.conftest import Visit, visits
from tests.browser.test_accessibility import axe
from tests.browser.test_settings import settings
from tests.browser.themes import BY_DAY_AND_NIGHT, found_in_themes
from tests.browser.visitor import Visitor
from tests.people import PASSWORD, SETUP_CODE, Browser, Community
from tests.serving import serving, settings_for

__all__ = ["axe"]


@pytest.fixture
async def empty(chromium: Chromium, database_url: str) -> AsyncIterator[Visit]:
    """Opens pages of an instance without accounts."""
    async with (
        serving(settings_for(database_url, COTERIE_SETUP_CODE=SETUP_CODE)) as server,
        visits(chromium, server.url, is_kept=False) as visit,
    ):
        yield visit


async def test_an_instance_is_set_up_and_a_server_begins(empty: Visit, axe: str, http: aiohttp.ClientSession) -> None:
    first = await empty()
    page = first.page
    watch = """new MutationObserver(() => {
      const [title] = document.getElementsByTagName("h1");
      if (title) (window.titles ??= new Set()).add(title.textContent);
    }).observe(document, { childList: true, subtree: true, characterData: true })"""
    await page.add_init_script(watch)
    await page.reload()
    await expect(page.get_by_role("heading", name="Set up your Coterie")).to_be_visible()
    assert await page.evaluate("[...window.titles]") == ["Set up your Coterie"], "no log-in form flashed before"
    await expect(page.get_by_text("the administrator's")).to_be_visible()
    assert await found_in_themes(first, axe, BY_DAY_AND_NIGHT) == []
    await page.get_by_label("Name of this instance").fill("Our house")
    await page.get_by_label("Who can create an account").select_option("People with an invite")
    await page.get_by_label("Username").fill("keeper")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_label("Set-up code").fill(SETUP_CODE)
    async with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        await first.button("Create administrator account").click()
    first.name = "keeper"
    await first.is_home()
    instance = await Browser(first.url, http).expect(200, "GET", "/api/instance")
    assert (instance["name"], instance["registration_mode"], instance["needs_setup"]) == (
        "Our house",
        "invite_only",
        False,
    )

    await first.create_server("Lighthouse")
    await expect(first.composer("general")).to_be_visible()
    steps = page.get_by_role("region", name="Get Lighthouse started")
    assert await found_in_themes(first, axe, BY_DAY_AND_NIGHT) == []
    await steps.get_by_role("button", name="Say hello").click()
    await expect(first.composer("general")).to_be_focused()
    await first.say("hello")
    await expect(steps.get_by_role("img", name="Done: Say hello")).to_be_visible()
    await steps.get_by_role("button", name="Invite people").click()
    await expect(page.get_by_role("dialog", name="Invite people to Lighthouse")).to_be_visible()
    await page.keyboard.press("Escape")
    await steps.get_by_role("button", name="Set an icon").click()
    await expect(page.get_by_role("dialog", name="Settings for Lighthouse")).to_be_visible()
    await page.keyboard.press("Escape")
    await steps.get_by_role("button", name="Dismiss first steps").click()
    await expect(steps).to_have_count(0)
    await page.reload()
    await first.sees("hello")
    await expect(steps).to_have_count(0)

    # The next visitors see whose house it is.
    other = await empty()
    await expect(other.page.get_by_text("Our house")).to_be_visible()


async def test_the_client_opens_where_the_user_was(visit: Visit, community: Community) -> None:
    member = await visit(community.member, place=community.place)
    await expect(member.page).to_have_url(re.compile(community.channel))
    await member.page.goto("about:blank")
    await member.page.goto(member.url)
    await expect(member.composer()).to_be_visible()
    await member.page.set_viewport_size({"width": 390, "height": 844})
    await member.page.goto("about:blank")
    await member.page.goto(member.url)
    await expect(member.composer()).to_be_visible()

    # Home can still be opened, and stays open.
    await member.page.goto(f"{member.url}/#/")
    await member.is_home()
    await member.page.reload()
    await member.is_home()


async def test_addresses_that_lead_nowhere_say_so(visit: Visit, community: Community) -> None:
    member = await visit(community.member)
    await member.page.evaluate("location.hash = '#/nonsense'")
    await expect(member.page.get_by_text("This page no longer exists")).to_be_visible()
    await expect(member.page).to_have_url(f"{member.url}/#/")
    await member.page.goto(f"{member.url}/nothing/here")
    await expect(member.page.get_by_role("heading", name="This page doesn't exist")).to_be_visible()
    member.complaints.clear()  # Chromium itself reports the answer
    await member.page.get_by_role("link", name="Go to home").click()
    await member.is_home()


async def test_a_form_says_in_its_own_words_what_is_wrong(visit: Visit, community: Community) -> None:
    stranger = await visit()
    page = stranger.page
    await expect(page.get_by_label("Username or email")).to_be_focused()
    await stranger.button("Create account").click()
    name = page.get_by_label("Username")
    await expect(name).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert").filter(has_text="Fill in this field.")).to_have_count(2)
    await expect(name).to_be_focused()
    await name.fill("a name")
    await page.get_by_label("Password", exact=True).fill("short")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert").filter(has_text="2 to 32 letters")).to_be_visible()
    await expect(name).to_be_focused()


async def test_what_is_saved_at_a_click_says_so_and_can_be_undone(owner: Visitor, community: Community) -> None:
    panel = await settings(owner, "Channels")
    await panel.get_by_role("button", name="Permissions for general").click()
    sending = panel.get_by_role("group", name="Send messages")
    await sending.get_by_role("radio", name="Deny").check(force=True)
    toast = owner.page.get_by_role("status").filter(has_text="Permissions saved.")
    await toast.get_by_role("button", name="Undo").click()
    await expect(sending.get_by_role("radio", name="Inherit")).to_be_checked()
    path = f"/api/channels/{community.channel}/overrides"
    assert await community.owner.expect(200, "GET", path) == []
    await owner.page.keyboard.press("Escape")

    role = {"name": "Admin", "permissions": 8192}
    made = await community.owner.expect(201, "POST", f"/api/servers/{community.server}/roles", role)
    people = owner.page.get_by_role("complementary", name="Members")
    await people.get_by_role("button", name=re.compile(community.member.username)).click()
    card = owner.page.get_by_role("dialog")
    await card.get_by_role("checkbox", name="Admin").click()
    await owner.page.get_by_role("alertdialog").get_by_role("button", name="Give role").click()
    await expect(card.get_by_role("checkbox", name="Admin")).to_be_checked()
    toast = owner.page.get_by_role("status").filter(has_text="now has the role Admin")
    await toast.get_by_role("button", name="Undo").click()
    await expect(card.get_by_role("checkbox", name="Admin")).not_to_be_checked()
    members = await community.owner.expect(200, "GET", f"/api/servers/{community.server}/members")
    assert not any(made["id"] in each["role_ids"] for each in members)


async def test_deleting_shows_what_goes_and_pinning_gives_a_sign(owner: Visitor) -> None:
    await owner.say("the tide is low")
    await owner.sent("the tide is low")
    await owner.message("the tide is low").focus()
    await owner.page.keyboard.press("p")
    await expect(owner.page.get_by_role("status").filter(has_text="Message pinned.")).to_be_visible()
    await owner.message("the tide is low").focus()
    await owner.page.keyboard.press("Delete")
    asked = owner.page.get_by_role("alertdialog", name="Delete this message?")
    await expect(asked.locator("blockquote")).to_have_text("the tide is low")
