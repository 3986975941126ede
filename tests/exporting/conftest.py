"""What the tests of exports share: an archive, read."""

import io
import json
import zipfile
from typing import Any

from tests.files.conftest import Bytes, fetch
from tests.people import Person


class Exported:
    """The entries of an archive, by their paths below its folder."""

    def __init__(self, found: Bytes) -> None:
        assert found.status == 200, found.body
        self.headers = found.headers
        self.content = found.body
        self.zip = zipfile.ZipFile(io.BytesIO(found.body))
        assert self.zip.testzip() is None
        names = self.zip.namelist()
        assert len(set(names)) == len(names)
        [self.folder] = {name.split("/")[0] for name in names}
        self.names = [name.removeprefix(f"{self.folder}/") for name in names]

    def read(self, name: str) -> bytes:
        return self.zip.read(f"{self.folder}/{name}")

    def text(self, name: str) -> str:
        return self.read(name).decode()

    def json(self, name: str) -> Any:
        return json.loads(self.read(name))

    def lines(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.read(name).splitlines()]

    def under(self, folder: str) -> list[str]:
        return [name for name in self.names if name.startswith(f"{folder}/")]


async def exported(owner: Person, server: str) -> Exported:
    """The archive as existing clients fetch it: with one request."""
    return Exported(await fetch(owner, f"/servers/{server}/export"))


async def channel(owner: Person, server: str, name: str, **fields: Any) -> str:
    body = {"name": name, "type": "text", **fields}
    made: dict[str, str] = await owner.expect(201, "POST", f"/api/servers/{server}/channels", body)
    return made["id"]
