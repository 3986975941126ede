"""Files on their way: picked, dropped and pasted; refused, retried and left out, each by itself."""

import pytest
from playwright.async_api import FilePayload, Route, expect

from tests.browser.files import TOOL, hand_over, pick, picture
from tests.browser.visitor import Visitor
from tests.variants import in_test_all


@pytest.mark.parametrize("kind", ["drop", *in_test_all("the same event with files", "paste")])
async def test_a_file_alone_is_a_message(owner: Visitor, member: Visitor, kind: str) -> None:
    await hand_over(owner, kind, picture("found.png"))
    await owner.button("Remove found.png").wait_for()
    await owner.composer().press("Enter")
    await expect(member.log.get_by_role("button", name="Open picture found.png")).to_be_visible()
    await expect(owner.log.get_by_role("article")).to_have_count(1)


@pytest.mark.extended("test_a_file_that_fails_is_sent_again_or_left_out_by_itself lets one fail too")
async def test_one_file_that_fails_stops_no_other(owner: Visitor, member: Visitor) -> None:
    async def lose(route: Route) -> None:
        sent = route.request.post_data_buffer or b""
        await (route.abort() if b"storm.png" in sent else route.continue_())

    await owner.page.route("**/attachments?*", lose)
    await pick(owner, picture("beach.png"), picture("storm.png"), TOOL)
    await owner.say("look at this")
    row = owner.message("look at this")
    await expect(row.get_by_role("button", name="Open picture beach.png")).to_be_visible()
    waiting = row.get_by_role("list", name="Files that aren't sent yet").get_by_role("listitem")
    await expect(waiting).to_have_count(2)
    await expect(waiting.filter(has_text="storm.png").get_by_role("alert")).to_contain_text("Not sent.")
    await expect(member.message("look at this").get_by_role("button", name="Open picture beach.png")).to_be_visible()

    await owner.page.reload()
    await owner.page.unroute("**/attachments?*")
    for visitor in (owner, member):
        row = visitor.message("look at this")
        await expect(row.get_by_role("button", name="Open picture storm.png")).to_be_visible()
        await expect(row.get_by_role("link", name="Download tool.exe.bin")).to_be_visible()
    await expect(owner.message("look at this").get_by_role("button", name="Open picture")).to_have_count(2)
    await expect(owner.page.get_by_role("list", name="Files that aren't sent yet")).to_have_count(0)
    owner.complaints.clear()  # of the lost upload


async def test_a_file_that_fails_is_sent_again_or_left_out_by_itself(owner: Visitor, member: Visitor) -> None:
    async def refuse(route: Route) -> None:
        problem = {"error": "The virus scanner found malware in this file.", "code": "file_infected"}
        await route.fulfill(status=422, json=problem)

    await owner.page.route("**/attachments?*", refuse)
    await pick(owner, picture("storm.png"), picture("fog.png"))
    await owner.composer().press("Enter")
    row = owner.log.get_by_role("article")
    await expect(row.get_by_role("alert")).to_have_count(2)
    await expect(row.get_by_role("alert").first).to_have_text("Not sent. The virus scanner found malware in this file.")
    await owner.page.reload()
    await expect(row.get_by_role("alert")).to_have_count(2)
    await owner.page.unroute("**/attachments?*")
    await owner.button("Send fog.png again").click()
    await expect(member.log.get_by_role("button", name="Open picture fog.png")).to_be_visible()
    await owner.button("Remove storm.png").click()
    await expect(row.get_by_role("alert")).to_have_count(0)
    await expect(row).to_have_count(1)

    await owner.page.route("**/attachments?*", refuse)
    await pick(owner, picture("dusk.png"))
    await owner.composer().press("Enter")
    await owner.button("Remove dusk.png").click()
    for visitor in (owner, member):  # a message that was only this file goes with it
        await expect(visitor.log.get_by_role("article")).to_have_count(1)
    owner.complaints.clear()  # of the refusals


@pytest.mark.extended("web/tests choose what is refused; test_a_file_that_fails shows it")
async def test_what_cannot_be_sent_says_so_when_it_is_picked(owner: Visitor, member: Visitor) -> None:
    rules = {
        "file_limit": 100_000,
        "upload_limit": 1_000_000,
        "files_per_message": 3,
        "types": ["image/png", "text/plain"],
    }
    await owner.page.route("**/api/instance", lambda route: route.fulfill(json={"files": rules}))
    notes: FilePayload = {"name": "notes.py", "mimeType": "", "buffer": b"print()"}
    empty: FilePayload = {"name": "empty.txt", "mimeType": "", "buffer": b""}
    large: FilePayload = {"name": "large.txt", "mimeType": "", "buffer": b"x" * 100_001}
    await pick(owner, TOOL, empty, picture("beach.png"), large, notes)
    picked = owner.page.get_by_role("list", name="Files to send").get_by_role("listitem")
    problems = {
        "tool.exe": "This server doesn't accept files of this type.",
        "empty.txt": "This file is empty.",
        "large.txt": "Too large: a file can have at most 100 kB.",
    }
    for name, problem in problems.items():
        await expect(picked.filter(has_text=name).get_by_role("alert")).to_have_text(problem)
    await expect(picked.get_by_role("alert")).to_have_count(3)
    await owner.button("Remove empty.txt").click()
    await owner.say("from the holidays")
    row = member.message("from the holidays")
    await expect(row.get_by_role("button", name="Open picture beach.png")).to_be_visible()
    await expect(row.get_by_role("link", name="Download notes.py")).to_be_visible()
    await expect(picked).to_have_count(2)
    await expect(owner.button("Send message")).to_be_disabled()
    await owner.button("Remove tool.exe").click()
    await owner.button("Remove large.txt").click()
    await expect(picked).to_have_count(0)


@pytest.mark.extended("files are chosen and sent in the other tests here")
async def test_a_folder_that_is_dropped_is_told_about(owner: Visitor) -> None:
    await owner.composer().focus()
    await owner.page.evaluate("""() => {
        const entry = { isDirectory: true, name: "Holidays" };
        const item = { kind: "file", getAsFile: () => new File([], "Holidays"), webkitGetAsEntry: () => entry };
        const event = new DragEvent("drop", { bubbles: true, cancelable: true });
        Object.defineProperty(event, "dataTransfer", { value: { types: ["Files"], items: [item], files: [] } });
        document.activeElement.dispatchEvent(event);
    }""")
    await expect(owner.page.get_by_text("Holidays is a folder. Compress it and attach the archive.")).to_be_visible()
    await expect(owner.page.get_by_role("list", name="Files to send")).to_have_count(0)
