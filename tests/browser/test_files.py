"""Files in messages: shown to the others at once, played, and viewed by keyboard."""

import re

import pytest
from playwright.async_api import FilePayload, FloatRect, Locator, expect

from tests.browser.files import BROKEN, pick, picture, silence, waves
from tests.browser.visitor import Visitor
from tests.files.archives import DOCUMENTS, archive
from tests.variants import in_test_all


async def box(locator: Locator) -> FloatRect:
    found = await locator.bounding_box()
    assert found is not None
    return found


async def test_files_reach_the_others_and_can_be_looked_at(owner: Visitor, member: Visitor) -> None:
    notes: FilePayload = {"name": "notes.txt", "mimeType": "text/plain", "buffer": "Grüße".encode()}
    await pick(owner, picture("beach.png"), picture("hill.png", (480, 640)), notes)
    picked = owner.page.get_by_role("list", name="Files to send")
    await expect(picked.get_by_role("listitem")).to_have_count(3)
    await owner.say("from the holidays")

    row = member.message("from the holidays")
    await expect(row.get_by_role("button", name=re.compile("Open picture"))).to_have_count(2)
    await expect(row.get_by_role("link", name="Download notes.txt, 7 B")).to_be_visible()
    await expect(owner.message("from the holidays").get_by_role("progressbar")).to_have_count(0)
    await expect(picked).to_have_count(0)

    shown = row.get_by_role("button", name="Open picture beach.png")
    await shown.focus()
    await member.page.keyboard.press("Enter")
    viewer = member.page.get_by_role("dialog")
    await expect(viewer.get_by_role("img", name="beach.png")).to_be_visible()
    await member.page.keyboard.press("ArrowRight")
    await expect(viewer.get_by_role("img", name="hill.png")).to_be_visible()
    await member.page.keyboard.press("Escape")
    await expect(viewer).to_have_count(0)
    await expect(shown).to_be_focused()


async def test_a_picture_is_enlarged_moved_saved_and_copied(owner: Visitor, member: Visitor) -> None:
    await pick(owner, picture("beach.png", (2400, 1600)))
    await owner.say("the beach")
    await pick(owner, picture("hill.png"))
    await owner.say("the hill")
    await member.message("the beach").get_by_role("button", name="Open picture beach.png").click()
    viewer = member.page.get_by_role("dialog")
    image = viewer.get_by_role("img", name="beach.png")
    await expect(image).to_have_js_property("complete", True)
    fit = viewer.get_by_role("button", name="Fit to screen (0)")
    await member.page.keyboard.press("+")
    await member.page.keyboard.press("+")
    await expect(fit).to_have_text("196%")
    before = await box(image)
    await member.page.keyboard.press("ArrowRight")
    assert round((await box(image))["x"] - before["x"]) == -80
    await member.page.keyboard.press("0")
    await expect(fit).to_have_text("100%")
    await image.dblclick(position={"x": 20, "y": 20})
    await expect(fit).to_have_text("250%")
    before = await box(image)
    await image.drag_to(image, source_position={"x": 300, "y": 300}, target_position={"x": 250, "y": 300})
    assert (await box(image))["x"] < before["x"], "the picture was not moved"
    await image.dblclick(position={"x": 300, "y": 300})
    await expect(fit).to_have_text("100%")
    await image.hover()
    await member.page.mouse.wheel(0, -300)
    await expect(fit).not_to_have_text("100%")

    async with member.page.expect_download() as saving:
        await viewer.get_by_role("link", name="Download").click()
    assert (await saving.value).suggested_filename == "beach.png"
    await member.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await viewer.get_by_role("button", name="Copy picture").click()
    await expect(member.page.get_by_text("Copied.")).to_be_visible()
    kinds = "async () => (await navigator.clipboard.read()).flatMap((each) => [...each.types])"
    assert "image/png" in await member.page.evaluate(kinds)

    await viewer.get_by_role("button", name="Next picture").click()
    await expect(viewer.get_by_role("img", name="hill.png")).to_be_visible()
    await expect(viewer.get_by_text("Picture 2 of 2")).to_be_visible()
    await expect(viewer.get_by_role("button", name="Next picture")).to_have_count(0)
    await member.page.keyboard.press("ArrowLeft")
    await expect(image).to_be_visible()


@pytest.mark.extended("test_each_kind_of_file_is_shown_as_what_it_is shows the others")
async def test_a_spoiler_is_hidden_until_clicked(owner: Visitor, member: Visitor) -> None:
    await pick(owner, picture("ending.png"))
    await owner.button("Mark ending.png as a spoiler").click()
    await expect(owner.button("Mark ending.png as a spoiler")).to_be_focused()
    await owner.say("it was ||the butler||")
    row = member.log.get_by_role("article").filter(has_text="it was")
    veil = row.get_by_role("button", name="Spoiler: select to show")
    await expect(veil).to_be_visible()
    shown = row.get_by_role("button", name="Open picture ending.png")
    await expect(shown.locator("xpath=ancestor::*[@inert]")).to_have_count(1)
    await veil.press("Enter")
    await expect(shown).to_be_focused()
    words = row.get_by_role("button", name="Hidden text")
    await words.press("Enter")
    await expect(words).to_have_count(0)
    await expect(row.get_by_text("the butler")).to_be_visible()


@pytest.mark.extended("test_each_kind_of_file_is_shown_as_what_it_is shows a sound")
async def test_sounds_are_played_by_mouse_and_keyboard(owner: Visitor, member: Visitor) -> None:
    await pick(owner, silence("waves.mp3", seconds=60), silence("rain.mp3", seconds=60), BROKEN)
    await owner.say("by the sea")
    row = member.message("by the sea")
    waves, rain = (row.get_by_role("group", name=f"Audio {name}.mp3") for name in ("waves", "rain"))
    position = waves.get_by_role("slider", name="Position")
    await expect(position).to_be_enabled()

    await position.focus()
    await member.page.keyboard.press("ArrowRight")
    await expect(position).to_have_attribute("aria-valuetext", re.compile(r"^0:05 of \d:\d\d$"))
    await member.page.keyboard.press("Home")
    await expect(position).to_have_value("0")
    await member.page.keyboard.press(" ")
    await expect(waves.get_by_role("button", name="Pause")).to_be_visible()
    await expect(position).not_to_have_value("0")
    await rain.get_by_role("button", name="Play").click()
    await expect(rain.get_by_role("button", name="Pause")).to_be_visible()
    await expect(waves.get_by_role("button", name="Play")).to_be_visible()
    await rain.get_by_role("button", name="Pause").click()
    await expect(rain.get_by_role("button", name="Play")).to_be_visible()

    sound = waves.locator("audio")
    await waves.get_by_role("button", name="Speed: 1").click()
    await expect(waves.get_by_role("button", name="Speed: 1.25")).to_be_visible()
    await expect(sound).to_have_js_property("playbackRate", 1.25)
    await waves.get_by_role("button", name="Mute").click()
    await expect(waves.get_by_role("slider", name="Volume")).to_have_value("0")
    await waves.get_by_role("button", name="Unmute").click()
    await expect(sound).to_have_js_property("muted", value=False)

    broken = row.get_by_role("group", name="Video broken.mp4")
    await expect(broken.get_by_text("This browser can't play this file.")).to_be_visible()
    await expect(broken.get_by_role("link", name="Download broken.mp4")).to_be_visible()
    await expect(broken.get_by_role("button")).to_have_count(0)


@pytest.mark.extended("test_files_reach_the_others shows files, and web/tests choose how")
async def test_each_kind_of_file_is_shown_as_what_it_is(owner: Visitor, member: Visitor) -> None:
    """A browser may not know MOV, M4A and WAV: it plays what it can, and offers to save the rest."""
    files = {
        "waves.wav": waves(seconds=2),
        "film.mov": b"\0\0\0\x14ftypqt  \0\0\0\0qt  " + bytes(1000),
        "beach.heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(1000),
        "photos.zip": archive("beach.jpg"),
        "costs.xlsx": DOCUMENTS["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
    }
    picked: list[FilePayload] = [{"name": name, "mimeType": "", "buffer": content} for name, content in files.items()]
    await pick(owner, *picked)
    await owner.say("all of it")
    row = member.message("all of it")
    sound = row.get_by_role("group", name="Audio waves.wav")
    await expect(sound.get_by_role("slider", name="Position")).to_be_enabled()
    for name, kind in [("film.mov", "Video"), ("beach.heic", "Picture to download (HEIC)"), ("photos.zip", "Archive")]:
        link = row.get_by_role("link", name=f"Download {name}")
        await expect(link).to_contain_text(f"{kind} · ")
        await expect(link).to_have_attribute("download", name)
    await expect(row.get_by_role("link", name="Download costs.xlsx")).to_contain_text("Spreadsheet · ")
    await expect(row.get_by_role("group", name="Video film.mov")).to_have_count(0)
    await expect(row.get_by_role("button", name="Open picture beach.heic")).to_have_count(0)


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("setup.b%61t", "setup.b%61t.txt"),
        *in_test_all(
            "tests/files/test_download.py has each kind",
            ("update%2Eps1", "update%2Eps1.txt"),
            ("page%2Ehtml", "page%2Ehtml.txt"),
            ("a%2Eb 100%.txt", "a%2Eb 100%.txt"),
        ),
    ],
)
async def test_a_file_is_saved_under_its_name_as_it_is_spelled(member: Visitor, name: str, saved: str) -> None:
    """Browsers decode what looks like percent-encoding in the plain form of a name."""
    await pick(member, {"name": name, "mimeType": "text/plain", "buffer": b"Remove-Item -Recurse"})
    await member.say("look")
    await member.sent("look")
    link = member.message("look").get_by_role("link", name=f"Download {saved}")
    async with member.page.expect_download() as saving:
        await link.click()
    assert (await saving.value).suggested_filename == saved
    async with member.page.expect_download() as opening:
        await member.page.evaluate("(address) => { location.href = address }", await link.get_attribute("href"))
    assert (await opening.value).suggested_filename == saved
