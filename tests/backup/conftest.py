"""What the tests of backups share: an instance with people, messages and files, and empty places to restore into."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import asyncpg
import pytest

from coterie.backup.making import BackupOrder, make
from coterie.backup.progress import Quiet
from coterie.backup.restoring import RestoredBackup, restore
from coterie.backup.verifying import Report, verify_instance
from coterie.process.refusals import Exit
from coterie.settings.record import Settings
from tests.conftest import new_database
from tests.files.conftest import PNG, fetch, uploaded
from tests.people import Browser, Person
from tests.releases import Release
from tests.serving import LiveServer, serving, settings_for
from tests.startup.conftest import SECRET, Ended, coterie

TEXT = ("notes.txt", b"what was said\n" * 5000)


def unsafe(url: str, directory: Path) -> Settings:
    """The tests' cluster is quick instead of durable."""
    return settings_for(url, UPLOAD_DIR=str(directory), COTERIE_ALLOW_UNSAFE_DATABASE="on", JWT_SECRET=SECRET)


def broken(report: Report) -> list[str]:
    """The findings of a report."""
    return [f"{each.name}: {'; '.join(each.examples)}" for each in report.findings if each.count]


@dataclass(slots=True)
class Place:
    """A database and a directory of files; what is written there, as its one member sees it."""

    url: str
    directory: Path
    http: aiohttp.ClientSession
    person: Person | None = None
    channel: str = ""
    document: str = ""
    attachments: dict[str, bytes] = field(default_factory=dict)
    release: Release | None = None
    """The release whose commands are run; None for this one."""
    variables: dict[str, str] = field(default_factory=dict)
    """Further settings of its commands."""

    @property
    def settings(self) -> Settings:
        return unsafe(self.url, self.directory)

    async def run(self, *words: str) -> Ended:
        """Run a command on it, while this process continues to serve."""
        variables = {
            "DATABASE_URL": self.url,
            "UPLOAD_DIR": str(self.directory),
            "COTERIE_ALLOW_UNSAFE_DATABASE": "on",
            "PYTHONPATH": str(self.release.path) if self.release else "",
            **self.variables,
        }
        return await asyncio.to_thread(coterie, *words, variables=variables)

    async def refused(self, code: Exit, *words: str) -> str:
        """The error message of a command that must fail."""
        ended = await self.run(*words)
        assert ended.code == code, ended.complaint + ended.output
        assert "Traceback" not in ended.complaint
        return ended.complaint

    async def restore(self, path: Path) -> RestoredBackup:
        """As the command does it."""
        return await restore(self.settings, path, Quiet())

    async def verify(self) -> list[str]:
        """What `coterie verify` finds in it."""
        return broken(await verify_instance(self.settings, Quiet()))

    async def backup(self, path: Path, *, has_files: bool = True) -> Path:
        """As the command does it."""
        return (await make(BackupOrder(self.settings, path, has_files=has_files), Quiet())).path

    async def rows(self, *statements: str) -> list[Any]:
        """Run statements; returns the first value of each row of the last one."""
        connection = await asyncpg.connect(self.url)
        try:
            for statement in statements:
                found = await connection.fetch(statement)
        finally:
            await connection.close()
        return [row[0] for row in found]

    async def table_count(self) -> int:
        [count] = await self.rows("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")
        return int(count)

    def objects(self) -> list[Path]:
        """The files in the storage."""
        return sorted(path for path in self.directory.rglob("*") if path.is_file())

    async def succeed(self, *words: str) -> str:
        ended = await self.run(*words)
        assert ended.code == 0, ended.complaint + ended.output
        return ended.output

    @contextlib.asynccontextmanager
    async def served(self) -> AsyncIterator[LiveServer]:
        async with serving(self.settings) as server:
            if self.person is not None:
                self.person = Person(Browser(server.url, self.http), self.person.login)
            yield server

    async def fill(self, server: LiveServer) -> None:
        """An account, a server with a channel, and messages with a text and a picture."""
        person = self.person = await Person.register(Browser(server.url, self.http))
        path = f"/api/servers/{(await person.expect(201, 'POST', '/api/servers', {'name': 'Club'}))['id']}/channels"
        self.channel = (await person.expect(201, "POST", path, {"name": "news", "type": "text"}))["id"]
        path = f"/api/channels/{self.channel}/documents"
        self.document = (await person.expect(201, "POST", path, {"title": "Rules", "text": "Be kind."}))["id"]
        for name, content in (TEXT, ("dot.png", PNG)):
            sent = await person.send(self.channel, f"look: {name}")
            [attachment] = await uploaded(person, sent["id"], (name, content))
            self.attachments[attachment["url"]] = (await fetch(person, attachment["url"].removeprefix("/api"))).body

    async def texts(self) -> list[str]:
        """The channel's newest messages, oldest first."""
        assert self.person is not None
        page: Any = await self.person.expect(200, "GET", f"/api/channels/{self.channel}/messages?limit=100")
        return sorted(message["content"] for message in page)

    async def check_attachments(self) -> None:
        """Each file is what was uploaded."""
        assert self.person is not None
        assert self.attachments
        for url, content in self.attachments.items():
            got = await fetch(self.person, url.removeprefix("/api"))
            assert (got.status, got.body) == (200, content)


@pytest.fixture
def place(database_url: str, tmp_path: Path, http: aiohttp.ClientSession) -> Place:
    """An instance of the test's own, with nothing in it yet."""
    return Place(database_url, tmp_path / "files", http)


@pytest.fixture
async def empty(cluster_url: str, tmp_path: Path, http: aiohttp.ClientSession) -> AsyncIterator[Place]:
    """Where a backup can be restored."""
    async with new_database(cluster_url, "template0") as url:
        yield Place(url, tmp_path / "restored", http)


@pytest.fixture(scope="session")
async def original(cluster_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    """A small instance, to be copied."""
    async with new_database(cluster_url, template) as url, aiohttp.ClientSession() as http:
        place = Place(url, tmp_path_factory.mktemp("original") / "files", http)
        async with place.served() as server:
            await place.fill(server)
        yield place


@pytest.fixture
async def filled(
    cluster_url: str, original: Place, tmp_path: Path, http: aiohttp.ClientSession
) -> AsyncIterator[Place]:
    """A small instance of the test's own."""
    shutil.copytree(original.directory, tmp_path / "files")
    async with new_database(cluster_url, urlsplit(original.url).path.lstrip("/")) as url:
        yield replace(
            original,
            url=url,
            directory=tmp_path / "files",
            http=http,
            attachments={**original.attachments},
            variables={},
        )


@pytest.fixture
async def archive(filled: Place, tmp_path: Path) -> Path:
    """A backup of a small instance."""
    return await filled.backup(tmp_path / "backup.tar")
