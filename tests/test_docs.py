"""What the documentation shows works as it stands there."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from tests.people import PASSWORD, Community

ROOT = Path(__file__).parent.parent


async def test_the_bot_answers(community: Community) -> None:
    page = (ROOT / "docs/protocol/python-client.md").read_text()
    [code] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    own = {
        "http://127.0.0.1:3000": community.member.url,
        "alice": community.member.username,
        "password123": PASSWORD,
        "asyncio.run(main())": "",
    }
    for shown, real in own.items():
        assert shown in code
        code = code.replace(shown, real)
    names: dict[str, Any] = {}
    exec(compile(code, "python-client.md", "exec"), names)
    socket = await community.owner.socket()
    bot = asyncio.create_task(names["main"]())
    here = {"user_id": community.member.id, "status": "online"}
    await socket.wait_for(lambda frame: frame.get("t") == "PRESENCE_UPDATE" and here.items() <= frame["d"].items())
    await community.owner.send(community.channel, "!ping")
    answer = await socket.wait_for(
        lambda frame: frame.get("t") == "MESSAGE_CREATE" and frame["d"]["author_id"] == community.member.id
    )
    assert answer["d"]["content"] == "pong"
    bot.cancel()
    await asyncio.gather(bot, return_exceptions=True)


PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text())
    missing = [link for link in links if not (page.parent / link).exists()]
    assert not missing


def test_every_picture_is_shown() -> None:
    shown = {
        (page.parent / path).resolve()
        for page in PAGES
        for path in re.findall(r"""(?:\]\(|src=")([^)"]+\.png)""", page.read_text())
    }
    assert shown == {*(ROOT / "docs/images").glob("*.png")}
