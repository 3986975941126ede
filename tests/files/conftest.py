"""What the tests of files share: uploading, fetching, and looking into the storage."""

import asyncio
import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from PIL import Image

from coterie.database.pool import OwnConnection
from tests.patience import PATIENCE
from tests.people import Answer, Browser, Community, Person
from tests.serving import LiveServer


@dataclass(frozen=True, slots=True)
class Bytes:
    """A response that is no JSON."""

    status: int
    body: bytes
    headers: dict[str, str]


def form(*files: tuple[str, bytes], field: str = "files") -> aiohttp.FormData:
    """A form as browsers send it."""
    data = aiohttp.FormData(quote_fields=False)
    for name, content in files:
        data.add_field(field, io.BytesIO(content), filename=name, content_type="application/octet-stream")
    return data


async def upload(person: Person, message_id: str, *files: tuple[str, bytes]) -> Answer:
    return await person.call("POST", f"/api/messages/{message_id}/attachments", data=form(*files))


async def uploaded(person: Person, message_id: str, *files: tuple[str, bytes]) -> list[dict[str, Any]]:
    """Upload files that must be accepted."""
    answer = await upload(person, message_id, *files)
    assert answer.status == 201, answer.body
    found: list[dict[str, Any]] = answer.body
    return found


async def fetch(browser: Browser, path: str, method: str = "GET", **headers: str) -> Bytes:
    """A file, with `headers` written as keywords: `if_none_match` for If-None-Match."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if browser.token is not None:
        named.setdefault("authorization", f"Bearer {browser.token}")
    async with browser.http.request(method, browser.url + "/api" + path, headers=named) as response:
        return Bytes(response.status, await response.read(), {k.lower(): v for k, v in response.headers.items()})


def encoded(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    target = io.BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()


def decoded(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


PNG = encoded(Image.new("RGB", (30, 20), "red"))


@dataclass(frozen=True, slots=True)
class Kept:
    """What the database and the directory of the live server keep."""

    rows: OwnConnection
    directory: Path

    def objects(self, file_id: str) -> list[str]:
        """The names of a file's objects, half-written ones included."""
        return sorted(path.name for path in self.directory.rglob(f"*{file_id}*"))

    async def owned(self, person: Person) -> list[str]:
        """The files that count for a person."""
        found = await self.rows.fetch("SELECT id FROM files WHERE owner_id = $1", person.id)
        return [str(row["id"]) for row in found]

    async def is_removed(self, file_id: str) -> None:
        """Wait until a file is gone from both."""
        await until(lambda: self._is_gone(file_id))

    async def _is_gone(self, file_id: str) -> bool:
        row = await self.rows.fetchval("SELECT TRUE FROM files WHERE id = $1", file_id)
        return not row and not self.objects(file_id)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something that happens in the background."""
    async with asyncio.timeout(PATIENCE):
        while not await holds():  # noqa: ASYNC110  (it happens in the database and in a directory)
            await asyncio.sleep(0.05)


@pytest.fixture
def kept(live_server: LiveServer, rows: OwnConnection) -> Kept:
    return Kept(rows, live_server.settings.upload_dir)


@pytest.fixture
async def message(community: Community) -> dict[str, Any]:
    """A message of the member's."""
    return await community.member.send(community.channel, "look")
