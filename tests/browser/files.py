"""Files for the tests of the web client, and how they get into it."""

import base64
import wave
from io import BytesIO
from typing import Final

from PIL import Image
from playwright.async_api import FilePayload, expect

from tests.browser.visitor import Visitor

HAND_OVER = """([kind, name, type, content]) => {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    const carried = new DataTransfer();
    carried.items.add(new File([bytes], name, { type }));
    const options = { bubbles: true, cancelable: true };
    document.activeElement.dispatchEvent(
        kind === "paste"
            ? new ClipboardEvent(kind, { ...options, clipboardData: carried })
            : new DragEvent(kind, { ...options, dataTransfer: carried }),
    );
}"""


def picture(name: str, size: tuple[int, int] = (640, 480)) -> FilePayload:
    written = BytesIO()
    Image.new("RGB", size, (179, 68, 30)).save(written, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": written.getvalue()}


def silence(name: str, seconds: int) -> FilePayload:
    """MPEG audio layer III, 32 kbit/s, of silent frames: 1152 samples each, at 44,100 Hz."""
    frame = b"\xff\xfb\x10\xc4" + bytes(100)
    return {"name": name, "mimeType": "audio/mpeg", "buffer": frame * (seconds * 44_100 // 1152 + 1)}


def waves(seconds: int) -> bytes:
    """Silence as WAV."""
    written = BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(2 * 8000 * seconds))
    return written.getvalue()


BROKEN: Final[FilePayload] = {
    "name": "broken.mp4",
    "mimeType": "video/mp4",
    "buffer": b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + bytes(1000),
}
"""Begins as a video, so that the server takes it for one, and holds none."""


TOOL: Final[FilePayload] = {"name": "tool.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ\x90\0\3" * 100}


async def pick(visitor: Visitor, *files: FilePayload) -> None:
    await visitor.page.locator("main input[type=file]").set_input_files(list(files))
    await expect(visitor.page.get_by_role("list", name="Files to send")).to_be_visible()


async def hand_over(visitor: Visitor, kind: str, file: FilePayload) -> None:
    content = base64.b64encode(file["buffer"]).decode()
    await visitor.composer().focus()
    await visitor.page.evaluate(HAND_OVER, [kind, file["name"], file["mimeType"], content])
