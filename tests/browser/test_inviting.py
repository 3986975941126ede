"""From an invite link to the first message in the server: visitors, users, and invites that have ended."""

import re

import pytest
from playwright.async_api import expect

from coterie.database.pool import OwnConnection
from tests.browser.conftest import Visit, inside
from tests.browser.test_accessibility import axe
from tests.browser.themes import BY_DAY_AND_NIGHT, found_in_themes
from tests.browser.visitor import Visitor
from tests.invites.test_invites import invite, path_of
from tests.people import PASSWORD, Community, befriend
from tests.variants import in_test_all

__all__ = ["axe"]


async def follow(visitor: Visitor, code: str) -> None:
    await visitor.page.goto(f"{visitor.url}/#/i/{code}")
    await visitor.page.reload()


async def test_a_visitor_sees_who_invites_them_and_is_inside_at_once(
    visit: Visit, community: Community, axe: str
) -> None:
    await community.owner.expect(200, "PATCH", "/api/users/@me", {"display_name": "The Host"})
    about = {"description": "Where the keepers talk", "is_public": False}
    await community.owner.expect(200, "PATCH", f"/api/servers/{community.server}", about)
    await community.owner.socket()
    made = await invite(community, max_uses=1)
    stranger = await visit()
    await follow(stranger, made["code"])
    page = stranger.page
    await expect(page.get_by_role("heading", name="The Host invites you to Club")).to_be_visible()
    await expect(page.get_by_text("Where the keepers talk")).to_be_visible()
    await expect(page.get_by_text("2 members")).to_be_visible()
    assert await found_in_themes(stranger, axe, BY_DAY_AND_NIGHT) == []
    seen = await page.evaluate_handle(
        "() => { const seen = []; new MutationObserver(() => document.querySelectorAll('h1').forEach("
        "({ textContent }) => seen.push(textContent))).observe(document.body, { childList: true, subtree: true });"
        " return seen; }"
    )
    name = f"stranger_{made['code']}"
    await page.get_by_label("Username").fill(name)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(stranger.composer()).to_be_visible()
    await expect(stranger.button("Club: server menu")).to_be_visible()
    assert not [each for each in await seen.json_value() if "Good to see you" in each], "home was never shown"
    await stranger.say("hello from the door")
    await stranger.sent("hello from the door")


@pytest.mark.extended("test_a_visitor_sees_who_invites_them joins from the same page")
async def test_a_user_who_is_logged_in_joins_with_one_button(visit: Visit, community: Community) -> None:
    made = await invite(community)
    guest = await visit(community.outsider)
    await follow(guest, made["code"])
    await expect(guest.page.get_by_role("heading", name=re.compile("invites you to Club"))).to_be_visible()
    await expect(guest.button("Join Club")).to_be_focused()
    await guest.page.keyboard.press("Enter")
    await expect(guest.composer()).to_be_visible()

    # Again, as a member: the button leads inside.
    await follow(guest, made["code"])
    await guest.button("Join Club").click()
    await expect(guest.composer()).to_be_visible()
    guest.complaints.clear()  # Chromium itself reports the answer


async def test_a_user_who_logs_in_on_the_page_is_inside(visit: Visit, community: Community) -> None:
    made = await invite(community)
    guest = await visit()
    await follow(guest, made["code"])
    await guest.page.get_by_role("button", name="Log in").click()
    await guest.page.get_by_label("Username or email").fill(community.outsider.username)
    await guest.page.get_by_label("Password", exact=True).fill(PASSWORD)
    await guest.page.keyboard.press("Enter")
    await expect(guest.composer()).to_be_visible()


@pytest.mark.parametrize(
    ("end", "sentence"),
    [
        ("expired", "This invite has expired."),
        *in_test_all(
            "tests/invites has each reason",
            ("used up", "This invite has reached its maximum number of uses."),
            ("revoked", "This invite was revoked."),
            ("mistyped", "There is no invite with this code."),
        ),
    ],
)
async def test_an_invite_that_cannot_be_used_says_why(
    visit: Visit, community: Community, rows: OwnConnection, end: str, sentence: str
) -> None:
    made = await invite(community, max_uses=1)
    code = made["code"]
    if end == "expired":
        await rows.execute("UPDATE server_invites SET expires_at = now() WHERE code = $1", code)
    elif end == "used up":
        await rows.execute("UPDATE server_invites SET uses = 1 WHERE code = $1", code)
    elif end == "revoked":
        await community.owner.expect(204, "DELETE", f"{path_of(community)}/{made['id']}")
    else:
        code = "aaaaaaaa"
    for person in (None, community.outsider):
        visitor = await visit(person)
        await follow(visitor, code)
        await expect(visitor.page.get_by_role("alert").get_by_text(sentence)).to_be_visible()
        visitor.complaints.clear()  # Chromium itself reports the answer
    await visitor.button("Go to home").click()
    await visitor.is_home()


async def test_a_link_is_ready_and_friends_are_invited_with_one_button(
    visit: Visit, community: Community, axe: str
) -> None:
    await befriend(community.owner, community.outsider)
    await befriend(community.owner, community.member)
    visitor = await visit(community.owner, permissions=["clipboard-read", "clipboard-write"])
    owner, page = await inside(visitor), visitor.page
    await page.get_by_role("log").get_by_role("button", name="Invite people").click()
    dialog = page.get_by_role("dialog", name="Invite people to Club")
    await expect(dialog.get_by_label("Invite link")).to_have_value(re.compile(r"/#/i/\w{8}$"))
    link = await dialog.get_by_label("Invite link").input_value()
    await expect(dialog).to_contain_text("Expires in 7 days")
    await dialog.get_by_role("button", name="Copy link").click()
    await expect(dialog.get_by_role("button", name="Copied")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == link
    friend = community.outsider.username
    await expect(dialog.get_by_role("listitem")).to_have_count(1)  # the other friend is a member
    assert await found_in_themes(owner, axe, BY_DAY_AND_NIGHT) == []
    await dialog.get_by_role("button", name=f"Invite {friend}").click()
    await expect(dialog.get_by_role("button", name="Invited")).to_be_disabled()
    await dialog.get_by_role("button", name="Edit").click()
    await dialog.get_by_label("Max uses").select_option("5 uses")
    await dialog.get_by_label("Expires after").select_option("Never")
    await dialog.get_by_role("button", name="Create new link").click()
    await expect(dialog).to_contain_text("never expires")
    assert await dialog.get_by_label("Invite link").input_value() != link
    await page.keyboard.press("Escape")

    # The link that was ready is used again, so that opening the dialog does not fill the list.
    await owner.choose("Invite people")
    await expect(dialog.get_by_label("Invite link")).to_have_value(link)
    assert len(await community.owner.expect(200, "GET", path_of(community))) == 2

    guest = await visit(community.outsider)
    await guest.page.get_by_role("button", name=re.compile(community.owner.username)).first.click()
    await guest.log.get_by_role("link").first.click()
    await guest.button("Join Club").click()
    await expect(guest.composer()).to_be_visible()
