"""Files that are shown without being saved: text where it was sent, a PDF in a tab; nothing that nobody looks at."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit, inside
from tests.browser.files import pick, silence
from tests.browser.visitor import Visitor
from tests.people import Community


async def test_text_is_shown_where_it_was_sent(owner: Visitor, member: Visitor) -> None:
    program = "".join(f"def step_{number}():\n    return {number}\n" for number in range(2000)).encode()
    await pick(
        owner,
        {"name": "steps.py", "mimeType": "", "buffer": program},
        {"name": "page.html", "mimeType": "", "buffer": b"<!DOCTYPE html>\n<script>document.title = 'run'</script>\n"},
    )
    await owner.say("what do you think?")
    row = member.message("what do you think?")
    steps, page = row.get_by_role("group", name="Code, py"), row.get_by_role("group", name="Code, html")
    await expect(steps).to_contain_text("def step_4():")
    await expect(steps).not_to_contain_text("def step_5():")
    await expect(steps.locator(".keyword").first).to_have_text("def")
    await expect(page).to_contain_text("document.title = 'run'")
    await expect(row.get_by_text("2 lines", exact=True)).to_be_visible()
    await row.get_by_role("button", name="Show all").click()
    await expect(steps).to_contain_text("def step_1999():")
    await expect(row.get_by_text("4,000 lines", exact=True)).to_be_visible()
    await row.get_by_role("button", name="Show less").click()
    await expect(steps).not_to_contain_text("def step_5():")
    await expect(steps).to_have_css("white-space-collapse", "preserve")
    await expect(steps).to_have_css("text-wrap-mode", "wrap")
    await row.get_by_role("button", name="Wrap lines").first.click()
    await expect(steps).to_have_css("text-wrap-mode", "nowrap")

    await member.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await steps.locator("xpath=..").get_by_role("button", name="Copy code").click()
    await expect(row.get_by_role("button", name="Copied")).to_be_visible()
    assert await member.page.evaluate("navigator.clipboard.readText()") == program.decode()
    assert await member.page.title() != "run"


@pytest.mark.extended("previews are shown in the other tests here")
async def test_previews_that_are_not_on_the_screen_fetch_nothing(
    owner: Visitor, visit: Visit, community: Community
) -> None:
    await pick(owner, {"name": "far.txt", "mimeType": "", "buffer": b"far away"}, silence("far.mp3", seconds=1))
    await owner.say("long ago")
    await owner.sent("long ago")
    for number in range(40):
        await community.owner.send(community.channel, f"message {number}\n```\n" + "line\n" * 5 + "```")
    fetched: list[str] = []
    late = await visit(community.member)
    late.page.on("request", lambda request: fetched.append(request.url))
    await inside(late)
    await expect(late.log.get_by_text("message 39")).to_be_visible()
    await expect(late.message("long ago")).to_have_count(1)
    await late.page.wait_for_load_state("networkidle")
    assert not [url for url in fetched if "/api/files/" in url]
    await late.message("long ago").scroll_into_view_if_needed()
    await expect(late.message("long ago").get_by_role("group", name="Code")).to_have_text("far away")
    await expect(late.message("long ago").get_by_role("slider", name="Position")).to_be_enabled()


@pytest.mark.extended("test_text_is_shown_where_it_was_sent has the same card")
async def test_a_file_card_opens_a_pdf_and_copies_its_link(owner: Visitor, member: Visitor) -> None:
    await member.page.add_init_script("Object.defineProperty(navigator, 'pdfViewerEnabled', { get: () => true })")
    await member.page.reload()
    await pick(owner, {"name": "خطة report.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%\xe2\xe3\n"})
    await owner.say("the report")
    row = member.message("the report")
    save = row.get_by_role("link", name="Download خطة report.pdf")
    await expect(save.locator("bdi")).to_have_text("خطة report.pdf")
    await expect(save).to_contain_text("Document · ")
    view = row.get_by_role("link", name="Open خطة report.pdf in a new tab")
    assert (await view.get_attribute("href") or "").endswith("?view=true")
    assert await view.get_attribute("rel") == "noopener"
    await member.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await row.get_by_role("button", name="Copy the link to خطة report.pdf").click()
    copied = await member.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(member.url)
    found = await member.page.request.get(copied)
    assert (found.status, await found.body()) == (200, b"%PDF-1.7\n%\xe2\xe3\n")
    async with member.page.expect_download() as saving:
        await save.click()
    assert (await saving.value).suggested_filename == "خطة report.pdf"
