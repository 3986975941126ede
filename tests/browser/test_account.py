"""Your own account: profile, login, sessions and usage."""

import re
from io import BytesIO
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from PIL import Image
from playwright.async_api import Browser as Chromium
from playwright.async_api import FilePayload, Locator, Route, expect

from coterie.http.credentials import REFRESH_COOKIE
from tests.browser.conftest import Visit, inside, visits
from tests.browser.test_accessibility import axe
from tests.browser.themes import BY_DAY_AND_NIGHT, found_in_themes
from tests.browser.visitor import Visitor
from tests.people import PASSWORD, SETUP_CODE, Browser, Community, Person
from tests.serving import Register, serving, settings_for

__all__ = ["axe"]

SMALL: Final = {"viewport": {"width": 360, "height": 740}}


async def account(visitor: Visitor, section: str) -> Locator:
    if not await visitor.page.get_by_role("dialog", name="Account settings").is_visible():
        await visitor.button("Your account and status").click()
        await visitor.page.get_by_role("menuitem", name="Account settings").click()
    dialog = visitor.page.get_by_role("dialog", name="Account settings")
    await dialog.get_by_role("tab", name=section, exact=True).click()
    return dialog.get_by_role("tabpanel")


def forgive(visitor: Visitor, words: str) -> None:
    """What the browser itself reports about a request that must be refused."""
    visitor.complaints[:] = [each for each in visitor.complaints if words not in each]


async def test_a_profile_is_seen_as_it_will_be_and_by_others(visit: Visit, community: Community) -> None:
    owner, member = await visit(community.owner), await visit(community.member)
    panel = await account(owner, "Profile")
    await panel.get_by_label("Display name").fill("Ada of the Garden")
    await panel.get_by_label("Pronouns").fill("they/them")
    await panel.get_by_label("About you").fill("Keeps bees.")
    await panel.get_by_label("What are you up to?").fill("In the garden")
    await panel.get_by_label("Clear after").select_option("Today")
    card = panel.get_by_role("region", name="How others see you")
    for words in ("they/them", "Keeps bees.", "In the garden"):
        await expect(card.get_by_text(words)).to_be_visible()
    await panel.get_by_role("button", name="Save").click()
    await expect(panel.get_by_text("Saved.")).to_be_visible()

    await member.open_server("Club")
    people = member.page.get_by_role("complementary", name="Members")
    await people.get_by_role("button", name=re.compile("Ada of the Garden")).click()
    shown = member.page.get_by_role("dialog")
    for words in (community.owner.username, "they/them", "Keeps bees.", "In the garden"):
        await expect(shown.get_by_text(words).first).to_be_visible()


@pytest.mark.extended("tests/mail changes addresses; test_mail has the same form")
async def test_an_address_is_changed_with_the_password(visit: Visit, community: Community) -> None:
    visitor, address = await visit(community.owner), f"{uuid4().hex}@example.org"
    panel = await account(visitor, "Username and password")
    await panel.get_by_label("New email address").fill(address)
    await panel.get_by_label("Your password").fill(PASSWORD)
    await panel.get_by_role("button", name="Change email address").click()
    await expect(panel.get_by_text("Your email address has been changed.")).to_be_visible()
    await expect(panel.get_by_role("definition").filter(has_text=address)).to_be_visible()


@pytest.mark.extended("the pages of an account are tried in the other tests here")
async def test_unsaved_changes_are_not_lost_silently(visit: Visit, community: Community) -> None:
    visitor = await visit(community.owner)
    panel = await account(visitor, "Profile")
    pronouns = panel.get_by_label("Pronouns")
    await pronouns.fill("she/her")
    await visitor.page.keyboard.press("Escape")
    await expect(panel.get_by_role("alert")).to_have_text("Save or reset your changes first")
    await visitor.page.get_by_role("tab", name="Privacy").click()
    await expect(pronouns).to_have_value("she/her")
    await panel.get_by_role("button", name="Reset").click()
    await expect(pronouns).to_have_value("")
    await visitor.page.keyboard.press("Escape")
    await expect(visitor.page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.extended("tests/files draw avatars; web/tests cut")
async def test_a_picture_is_cut_out_and_taken_away(visit: Visit, community: Community, wide_picture: bytes) -> None:
    visitor = await visit(community.owner)
    panel = await account(visitor, "Profile")
    choosing: FilePayload = {"name": "wide.png", "mimeType": "image/png", "buffer": wide_picture}
    await panel.locator("input[type=file]").set_input_files([choosing])
    crop = visitor.page.get_by_role("dialog", name="Crop picture")
    await crop.get_by_role("slider", name="Left and right").fill("0")
    await crop.get_by_role("button", name="Use picture").click()
    await expect(crop).to_have_count(0)
    await expect(panel.get_by_role("button", name="Remove picture")).to_be_visible()
    me = (await community.owner.expect(200, "GET", "/api/users/@me"))["avatar_url"]
    answer = await visitor.page.request.get(visitor.url + me)
    with Image.open(BytesIO(await answer.body())) as drawn:
        corner = drawn.convert("RGB").crop((128, 128, 129, 129)).tobytes()
    assert corner[0] > 200 > corner[2]  # the left half, which is red
    await panel.get_by_role("button", name="Remove picture").click()
    await expect(panel.get_by_role("button", name="Remove picture")).to_have_count(0)
    assert (await community.owner.expect(200, "GET", "/api/users/@me"))["avatar_url"] is None


async def test_other_logins_are_seen_and_ended(visit: Visit, community: Community) -> None:
    here, there = await visit(community.owner), await visit(community.owner)
    panel = await account(here, "Devices")
    await expect(panel.get_by_role("listitem")).to_have_count(3)  # and the one of the test itself
    await expect(panel.get_by_role("listitem").first).to_contain_text("This device")
    await expect(panel.get_by_text(re.compile("Chrome on"))).to_have_count(2)
    await panel.get_by_role("button", name="Log out all other devices").click()
    await here.page.get_by_role("alertdialog").get_by_role("button", name="Log out all other devices").click()
    await expect(panel.get_by_role("listitem")).to_have_count(1)
    await expect(there.button("Log in")).to_be_visible()
    await expect(panel.get_by_text("You aren't logged in on any other device.")).to_be_visible()
    forgive(there, "status of 401")


@pytest.mark.extended("tests/accounts ends sessions; test_other_logins_are_seen_and_ended has the same list")
async def test_a_program_with_a_lasting_token_is_shown_and_ended(visit: Visit, register: Register) -> None:
    program = await register("program", lasting=True)
    socket = await program.socket()
    lasting = Browser(program.url, program.http, program.login["token"])
    visitor = await visit(program)
    rows = (await account(visitor, "Devices")).get_by_role("listitem")
    await expect(rows).to_have_count(2)
    await expect(rows.last).to_contain_text("with a 30-day token")
    await lasting.expect(200, "GET", "/api/users/@me")
    await rows.last.get_by_role("button", name="Log out").click()
    await expect(rows).to_have_count(1)
    await lasting.expect(401, "GET", "/api/users/@me")
    await socket.wait_for_close()


@pytest.mark.extended("tests/accounts change it; the form is that of test_mail")
async def test_a_password_is_changed(visit: Visit, community: Community) -> None:
    visitor = await visit(community.member)
    panel = await account(visitor, "Username and password")
    await panel.get_by_label("Current password").fill("not it at all")
    await panel.get_by_label("New password", exact=True).fill("another-password")
    await panel.get_by_label("Confirm new password").fill("another-passwort")
    await expect(panel.get_by_role("alert")).to_have_text("The passwords don't match.")
    await panel.get_by_label("Confirm new password").fill("another-password")
    await panel.get_by_role("button", name="Change password").click()
    await expect(panel.get_by_role("alert")).to_be_visible()
    await panel.get_by_label("Current password").fill(PASSWORD)
    await panel.get_by_role("button", name="Change password").click()
    await expect(panel.get_by_text("Your password has been changed.")).to_be_visible()
    forgive(visitor, "status of 4")
    login = {"username": community.member.username, "password": "another-password"}
    answer = await visitor.page.request.post(f"{visitor.url}/api/auth/login", data=login)
    assert answer.status == 200


@pytest.mark.extended("the pages of an account are tried in the other tests here")
async def test_usage_is_shown(visit: Visit, community: Community) -> None:
    visitor = await visit(community.owner)
    panel = await account(visitor, "Usage")
    await expect(panel.get_by_role("meter", name="File storage")).to_be_visible()
    await expect(panel.get_by_text("Messages sent")).to_be_visible()


@pytest.mark.extended("test_accessibility looks at a phone, and the pages are the same in test_settings")
async def test_every_page_on_a_phone(visit: Visit, community: Community, axe: str) -> None:
    visitor = await visit(community.owner, **SMALL)
    await visitor.button("Show servers and channels").click()
    for section in ("Profile", "Username and password", "Devices", "Privacy", "Notifications", "Usage"):
        panel = await account(visitor, section)
        await expect(panel.locator("input, li, p").first).to_be_attached()
        assert await found_in_themes(visitor, axe, BY_DAY_AND_NIGHT) == []
        assert await visitor.page.evaluate("document.querySelector('dialog').scrollWidth") <= SMALL["viewport"]["width"]


@pytest.fixture
def wide_picture() -> bytes:
    picture = Image.new("RGB", (400, 200), (230, 30, 20))
    picture.paste((20, 30, 230), (200, 0, 400, 200))
    written = BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()


async def test_the_first_account_takes_the_set_up_code(chromium: Chromium, database_url: str) -> None:
    settings = settings_for(database_url, COTERIE_SETUP_CODE=SETUP_CODE)
    async with serving(settings) as server, visits(chromium, server.url, is_kept=False) as visit:
        visitor = await visit()
        page, visitor.name = visitor.page, "founder"
        await page.get_by_label("Username").fill(visitor.name)
        await page.get_by_label("Password", exact=True).fill(PASSWORD)
        await page.get_by_label("Set-up code").fill("AAAA-AAAA-AAAA-AAAA")
        await visitor.button("Create administrator account").click()
        await expect(page.get_by_text("You need the right set-up code")).to_be_visible()
        forgive(visitor, "403")
        await page.get_by_label("Set-up code").fill(SETUP_CODE)
        await visitor.button("Create administrator account").click()
        await visitor.is_home()
        later = await visit()
        await later.button("Create account").click()
        await expect(later.page.get_by_label("Password", exact=True)).to_be_visible()
        await expect(later.page.get_by_label("Set-up code")).to_be_hidden()


async def test_a_login_that_another_host_planted_is_not_continued(visit: Visit, community: Community) -> None:
    """The page says so, and what is written waits for the account that wrote it."""
    visitor = await visit(community.member, place=community.place)
    await plant(visitor, community.outsider)
    await visitor.page.route("**/messages", refuse, times=1)
    visitor.has_left = True  # what is refused from now on is refused rightly
    await visitor.say("whose words are these?")
    await expect(visitor.page.get_by_text("login of another account")).to_be_visible()
    await expect(visitor.button("Log in")).to_be_visible()
    await visitor.page.goto(visitor.url)
    await visitor.log_in(community.member.username)
    await inside(visitor)
    await visitor.sent("whose words are these?")
    messages = await community.member.expect(200, "GET", f"/api/channels/{community.channel}/messages")
    assert [message["author_id"] for message in messages] == [community.member.id]


@pytest.mark.extended("test_a_login_that_another_host_planted_is_not_continued is the same attack")
async def test_a_login_that_another_host_planted_is_not_opened(visit: Visit, community: Community) -> None:
    visitor = await visit(community.member)
    await plant(visitor, community.outsider)
    await visitor.page.evaluate(
        "(async () => { for (const { name } of await indexedDB.databases()) indexedDB.deleteDatabase(name) })()"
    )
    await visitor.page.reload()
    await expect(visitor.page.get_by_text("login of another account")).to_be_visible()
    await expect(visitor.button("Log in")).to_be_visible()


async def plant(visitor: Visitor, other: Person) -> None:
    """What a page of another host of the domain can do where cookies have no prefix, as here without TLS."""
    token, host = other.login["refresh_token"], str(urlsplit(visitor.url).hostname)
    await visitor.page.context.add_cookies(
        [{"name": REFRESH_COOKIE, "value": token, "domain": host, "path": "/api/auth"}]
    )


async def refuse(route: Route) -> None:
    """As if the access token had just expired."""
    await route.fulfill(status=401, json={"error": "Expired.", "code": "unauthenticated"})
