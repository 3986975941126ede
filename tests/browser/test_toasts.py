"""Short notices are seen and heard above everything, and can be answered."""

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import Visit, inside
from tests.browser.test_accessibility import axe, found
from tests.browser.test_settings import settings
from tests.people import Community

__all__ = ["axe"]

ON_TOP = """element => {
  const { left, top, width, height } = element.getBoundingClientRect();
  return element.contains(document.elementFromPoint(left + width / 2, top + height / 2));
}"""


async def is_on_top(toast: Locator) -> bool:
    return bool(await toast.evaluate(ON_TOP))


async def test_a_toast_lies_above_a_dialog_and_can_be_dismissed_there(
    visit: Visit, community: Community, axe: str
) -> None:
    owner = await visit(community.owner, place=community.place)
    panel = await settings(owner, "Invites")
    await panel.get_by_role("button", name="Create invite").click()
    invite = panel.get_by_role("listitem")
    await expect(invite).to_have_count(1)
    await owner.page.route("**/invites/*", lambda route: route.abort())
    await invite.get_by_role("button", name="Revoke").click()
    # By role: what lies outside of the open dialog has none, so nobody would hear it.
    toast = owner.page.get_by_role("status").filter(has_text="Can't reach the server.")
    await expect(toast).to_be_visible()
    assert await is_on_top(toast.get_by_text("Can't reach the server."))
    assert await found(owner, axe) == []
    await toast.get_by_role("button", name="Dismiss").click()
    await expect(toast).to_have_count(0)
    await expect(panel).to_be_visible()

    # As the dialog closes, what is still to be read moves to the page.
    await invite.get_by_role("button", name="Revoke").click()
    await expect(toast).to_be_visible()
    await owner.page.get_by_role("button", name="Close").click()
    await expect(owner.page.get_by_role("dialog")).to_have_count(0)
    await expect(toast).to_be_visible()
    assert await is_on_top(toast.get_by_text("Can't reach the server."))


@pytest.mark.extended("the other test here has the same toast")
async def test_the_button_that_copies_says_so_itself(visit: Visit, community: Community) -> None:
    visitor = await visit(community.owner, permissions=["clipboard-read", "clipboard-write"])
    panel = await settings(await inside(visitor), "Invites")
    await panel.get_by_role("button", name="Create invite").click()
    code = await panel.get_by_role("listitem").locator("code").inner_text()
    await panel.get_by_role("button", name="Copy link").click()
    await expect(panel.get_by_role("button", name="Copied")).to_be_focused()
    await expect(panel.get_by_role("status").filter(has_text="Copied")).to_have_count(1)
    assert await visitor.page.evaluate("navigator.clipboard.readText()") == f"{visitor.url}/#/i/{code}"
    await expect(panel.get_by_role("button", name="Copy link")).to_be_focused()
