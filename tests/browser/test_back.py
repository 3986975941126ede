"""The Back button of a phone closes what lies over the page before it leaves the page."""

import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.files import pick, picture
from tests.browser.test_menus import rest_on
from tests.browser.test_shortcuts import add_channel
from tests.browser.test_touch import PHONE, Fingers
from tests.browser.visitor import Visitor
from tests.patience import QUIET
from tests.people import Community
from tests.variants import in_test_all

Opening = Callable[[Visitor], Awaitable[Locator]]


async def drawer(visitor: Visitor) -> Locator:
    await visitor.button("Show servers and channels").tap()
    return visitor.page.get_by_role("navigation", name="Channels")


async def sheet(visitor: Visitor) -> Locator:
    await rest_on(await Fingers.on(visitor.page), visitor.message("over here").get_by_text("over here"))
    return visitor.page.get_by_role("dialog", name="Message actions")


async def thread(visitor: Visitor) -> Locator:
    await sheet(visitor)
    await visitor.button("Open thread").tap()
    return visitor.page.get_by_role("complementary", name="Thread")


async def search(visitor: Visitor) -> Locator:
    await visitor.button("Search messages").tap()
    return visitor.page.get_by_role("region", name="Search")


async def picker(visitor: Visitor) -> Locator:
    await visitor.button("Emoji").tap()
    return visitor.page.get_by_role("dialog", name="Choose an emoji")


async def pins(visitor: Visitor) -> Locator:
    await visitor.button("Pinned messages").tap()
    return visitor.page.get_by_role("region", name="Pinned messages")


async def viewer(visitor: Visitor) -> Locator:
    await pick(visitor, picture("beach.png"))
    await visitor.button("Send message").tap()
    await visitor.button("Open picture beach.png").tap()
    return visitor.page.get_by_role("dialog", name="beach.png")


async def on_a_phone(visit: Visit, community: Community) -> Visitor:
    """A member who went from one channel to another."""
    await add_channel(community, "attic")
    await community.owner.send(community.channel, "over here")
    member = await visit(community.member, **PHONE)
    await member.page.goto(f"{member.url}/#/s/{community.server}/{community.channel}")
    await expect(member.composer()).to_be_visible()
    await drawer(member)
    await member.channel("attic").tap()
    await expect(member.composer("attic")).to_be_visible()
    await drawer(member)
    await member.channel("general").tap()
    await member.sees("over here")
    return member


async def entries(visitor: Visitor) -> int:
    return int(await visitor.page.evaluate("history.length"))


async def has_layers(visitor: Visitor, count: int) -> None:
    """The history has caught up."""
    await visitor.page.wait_for_function("(count) => (history.state?.layers ?? 0) === count", arg=count)


@pytest.mark.parametrize(
    "opening",
    [
        drawer,
        viewer,
        *in_test_all("one of a phone and one of any window stand for all", sheet, thread, search, picker, pins),
    ],
)
async def test_back_closes_it_and_then_leaves(visit: Visit, community: Community, opening: Opening) -> None:
    member = await on_a_phone(visit, community)
    shown = await opening(member)
    await expect(shown).to_be_visible()
    await has_layers(member, 1)
    await member.page.go_back()
    await expect(shown).not_to_be_visible()
    await expect(member.composer()).to_be_visible()
    await has_layers(member, 0)
    await member.page.go_back()
    await expect(member.composer("attic")).to_be_visible()
    await member.page.go_forward()
    await expect(member.composer()).to_be_visible()


@pytest.mark.extended("test_back_closes_it_and_then_leaves has one layer; web/tests try the order of several")
async def test_one_layer_after_the_other(visit: Visit, community: Community) -> None:
    member = await on_a_phone(visit, community)
    channels = await drawer(member)
    await rest_on(await Fingers.on(member.page), member.channel("attic"))
    actions = member.page.get_by_role("dialog", name="Actions for attic")
    await actions.get_by_role("button", name="Notifications").tap()
    levels = member.page.get_by_role("dialog", name="Notifications")
    await expect(levels).to_be_visible()
    await has_layers(member, 2)
    for left in (actions, channels):
        await member.page.go_back()
        await expect(left).to_be_visible()
        await has_layers(member, 2 if left is actions else 1)
    await member.page.go_back()
    await expect(channels).not_to_be_visible()
    await expect(member.composer()).to_be_visible()


async def test_closing_and_leaving_by_hand_leave_nothing_behind(visit: Visit, community: Community) -> None:
    member = await on_a_phone(visit, community)
    before = await entries(member)
    for _ in range(3):
        shown = await pins(member)
        await shown.get_by_role("button", name="Close").tap()
        await expect(shown).to_have_count(0)
        await has_layers(member, 0)
    # The last one is still there for the Forward button, where nothing happens.
    assert await entries(member) == before + 1
    await member.page.go_forward()
    await has_layers(member, 0)
    await expect(member.page.get_by_role("dialog")).to_have_count(0)
    await drawer(member)
    await member.channel("attic").tap()
    await expect(member.composer("attic")).to_be_visible()
    assert await entries(member) == before + 1
    await member.page.go_back()
    await expect(member.composer()).to_be_visible()


async def test_a_reload_over_a_layer_is_one_of_the_page(visit: Visit, community: Community) -> None:
    member = await on_a_phone(visit, community)
    await pins(member)
    await has_layers(member, 1)
    await member.page.reload()
    await expect(member.composer()).to_be_visible()
    await has_layers(member, 0)
    await member.page.go_back()
    await expect(member.composer("attic")).to_be_visible()


async def test_what_is_typed_in_settings_is_not_lost_by_back(owner: Visitor) -> None:
    await owner.choose("Server settings")
    dialog = owner.page.get_by_role("dialog")
    await dialog.get_by_label("Server name").fill("Another")
    await owner.page.go_back()
    await expect(dialog.get_by_role("alert")).to_have_text("Save or reset your changes first")
    await owner.page.go_back()
    await expect(dialog).to_be_visible()


@pytest.mark.parametrize("delay", [0, *in_test_all("more moments of the same", 1, 2, 4, 8, 16)])
async def test_a_link_is_followed_while_a_dialog_closes(owner: Visitor, community: Community, delay: int) -> None:
    """Closing leaves the dialog's history entry, which takes the browser a moment."""
    page = owner.page
    group = await community.owner.expect(201, "POST", "/api/conversations", {"participant_ids": [community.member.id]})
    for _ in range(3):
        await page.evaluate("location.hash = '#/friends/online'")
        await owner.button("New conversation").click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        await page.evaluate(
            """async ([delay, address]) => {
                document.querySelector("dialog").dispatchEvent(new Event("cancel", { cancelable: true }));
                await new Promise((done) => setTimeout(done, delay));
                location.hash = address;
            }""",
            [delay, f"#/c/{group['id']}"],
        )
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await page.wait_for_timeout(1000 * QUIET)  # nothing leads back
        assert page.url.endswith(group["id"])
        await page.go_back()
        await expect(page).to_have_url(re.compile("friends/online$"))
