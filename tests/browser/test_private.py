"""A browser that keeps nothing, as some do in private windows: everything works, and the page warns when it matters."""

from typing import Final

import pytest
from playwright.async_api import Page, expect

from tests.browser.cable import cable
from tests.browser.conftest import Visit
from tests.browser.documents import begin, opened, stored
from tests.people import Community

KEEP_NOTHING: Final = """
    const refuse = () => { throw new DOMException("denied", "SecurityError"); };
    for (const name of ["localStorage", "sessionStorage"])
        Object.defineProperty(window, name, { get: refuse });
    IDBFactory.prototype.open = IDBFactory.prototype.deleteDatabase = refuse;
    IDBFactory.prototype.databases = async () => refuse();
"""


async def is_warned(page: Page) -> None:
    """Closing the page asks first, and the user stays."""
    async with page.expect_event("dialog") as asked:
        await page.close(run_before_unload=True)
    dialog = await asked.value
    assert dialog.type == "beforeunload"
    await dialog.dismiss()


@pytest.mark.extended("web/tests store without a database; test_offline has one that keeps")
async def test_a_browser_that_keeps_nothing(visit: Visit, community: Community) -> None:
    document = await begin(community.owner, community.channel, "one")
    async with cable(community.owner.url) as line:
        member = await visit(url=line.url)
        page = member.page
        await page.context.add_init_script(KEEP_NOTHING)
        await page.reload()
        await member.log_in(community.member.username)
        await member.open_server("Club")
        await member.say("hello")
        await member.sent("hello")
        writer = await opened(member)
        await writer.types(" two", "End")
        await writer.is_saved()

        line.cut()
        await expect(page.get_by_role("status").filter(has_text="can't save unsent messages")).to_be_visible()
        await expect(page.get_by_text("You're offline, and this browser can't save")).to_be_visible()
        await writer.types(" three", "End")
        await is_warned(page)
        line.mend()
        await writer.is_saved()
        assert await stored(community.owner, document) == "one two three"

        line.cut()
        await member.button("Back to #general").click()
        await member.say("unsent")
        await is_warned(page)
        line.mend()
        await member.sent("unsent")
        await member.log_out()
        await expect(member.button("Log in")).to_be_visible()
