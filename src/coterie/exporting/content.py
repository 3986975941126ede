"""Everything of an export but the bytes of its files, from one snapshot: lines of JSON, and pages to read."""

from bisect import bisect_right
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import groupby
from tempfile import SpooledTemporaryFile
from typing import IO, Final
from uuid import UUID

from coterie.database.connection import OneConnection, Row
from coterie.documents.background import Background
from coterie.documents.queries import documents_in
from coterie.documents.texts import Text
from coterie.exporting import pages, reading, records
from coterie.exporting.archive import ZipArchive
from coterie.exporting.models import FileToCopy
from coterie.exporting.names import channel_name, slug
from coterie.exporting.records import WholeMessage, line, pretty
from coterie.files.names import ENDINGS

BATCH: Final = 500
"""Rows that are read at once."""

SPOOL_BYTES: Final = 4 * 1024 * 1024
CHUNK_BYTES: Final = 256 * 1024
FORMAT: Final = 1

MESSAGE_BYTES: Final = 2_000
"""What a message counts for, beside the bytes of files, in the progress that is told."""


class Contents:
    """Writes a server into an archive; `copy` receives the files that belong into it, `tell` what was done."""

    def __init__(
        self,
        connection: OneConnection,
        archive: ZipArchive,
        server: Row,
        copy: Callable[[FileToCopy], None],
        tell: Callable[[int], None],
    ) -> None:
        self._connection: Final = connection
        self._archive: Final = archive
        self._server: Final = server
        self._copy: Final = copy
        self._tell: Final = tell
        self._emojis = pages.Emojis({})

    async def write(self, user_id: UUID, made_at: datetime, sizes: dict[UUID, tuple[int, int]]) -> None:
        """All of it; `sizes` are those of the channels with messages."""
        server_id: UUID = self._server["id"]
        about = {"format": FORMAT, "made_at": made_at, "made_for": user_id, "server_id": server_id}
        await self._archive.add("export.json", pretty(about))
        await self._archive.add("server.json", pretty(records.server(self._server)))
        await self._archive.add("style.css", pages.STYLE)
        channels = await reading.channels(self._connection, server_id)
        await self._archive.add("channels.json", pretty([records.channel(each) for each in channels]))
        overrides = await reading.overrides(self._connection, server_id)
        await self._archive.add("overrides.json", pretty([dict(each) for each in overrides]))
        roles = await reading.roles(self._connection, server_id)
        await self._archive.add("roles.json", pretty([dict(each) for each in roles]))
        if self._server["icon_id"]:
            self._copy(FileToCopy(self._server["icon_id"], "icon.webp"))
        emojis = await self._write_emojis()
        await self._write_members()
        for channel in channels:
            if channel["id"] in sizes:
                await self._write_channel(channel)
        documents = await self._write_documents(channels)
        for conversation in await reading.direct_conversations(self._connection, user_id):
            await self._write_conversation(conversation)
        counts = {id: messages for id, (messages, _) in sizes.items()}
        body = [*_head(self._server, made_at), *_channels(channels, counts), *documents, *_roles(roles), *emojis]
        await self._archive.add("index.html", pages.page(self._server["name"], body, ""))

    async def _write_emojis(self) -> list[str]:
        rows = await reading.emojis(self._connection, self._server["id"])
        paths: dict[str, tuple[str, str]] = {}
        for row in rows:
            path = f"emojis/{row['name']}-{row['id']}{ENDINGS.get(row['content_type'], '.bin')}"
            paths[str(row["id"])] = row["name"], path
            self._copy(FileToCopy(row["id"], path, row["file_size"]))
        listed = [{**dict(row), "path": paths[str(row["id"])][1]} for row in rows]
        await self._archive.add("emojis.json", pretty(listed))
        self._emojis = pages.Emojis(paths)
        shown = " ".join(f"{self._emojis.in_text(f':{name}:', '')} {name}" for name, _ in paths.values())
        return ["<h2>Emoji</h2>", f"<p>{shown}</p>"] if shown else []

    async def _write_members(self) -> None:
        """The members as one array, and as pages of LISTED each."""
        last: Row | None = None
        number = 0
        with SpooledTemporaryFile(SPOOL_BYTES) as spool:
            while rows := await reading.members(self._connection, self._server["id"], last, pages.LISTED):
                is_first, last, number = last is None, rows[-1], number + 1
                spool.write(b"[" if is_first else b",")
                spool.write(b",".join(_indented(records.member(row)) for row in rows))
                for row in rows:
                    if row["avatar_id"]:
                        self._copy(FileToCopy(row["avatar_id"], f"avatars/{row['user_id']}.webp"))
                await self._archive.add(_members_page(number), _members(self._server, rows, number))
            spool.write(b"\n]\n" if last is not None else b"[]\n")
            await self._archive.stream("members.json", chunks(spool), is_compressed=True)

    async def _write_channel(self, channel: Row) -> None:
        """The lines wait in a temporary file, since the archive takes the pages meanwhile."""
        name = channel_name(channel["name"], channel["id"])
        heading = Heading(f"#{channel['name']}", self._server["name"], channel["topic"] or "")
        written = Pages(self._archive, heading, f"pages/{name}", self._emojis)
        after = 0
        with SpooledTemporaryFile(SPOOL_BYTES) as spool:
            while rows := await reading.messages(self._connection, channel["id"], self._server["id"], after, BATCH):
                for entry in await records.with_parts(self._connection, rows):
                    spool.write(line(entry.record()))
                    await written.add(entry)
                    for each in entry.attachments:
                        self._copy(FileToCopy(each["id"], each["path"], each["file_size"]))
                after = rows[-1]["seq"]
                self._tell(len(rows) * MESSAGE_BYTES)
            await self._archive.stream(f"messages/{name}.jsonl", chunks(spool), is_compressed=True)
        await written.finish()

    async def _write_documents(self, channels: Iterable[Row]) -> list[str]:
        """The texts that are written together, as they stand."""
        documents = await documents_in(self._connection, [channel["id"] for channel in channels])
        shown: list[str] = []
        for document in documents:
            path = f"documents/{slug(document.title, 'document')}-{document.id}.txt"
            text = Text(document.id, Background())
            await text.catch_up(self._connection)
            await self._archive.add(path, str(text.content).encode())
            shown.append(f'<li dir="auto"><a href="{pages.link(path)}">{escape(document.title)}</a></li>')
        await self._archive.add("documents.json", pretty(documents))
        return ["<h2>Documents</h2>", "<ul>", *shown, "</ul>"] if shown else []

    async def _write_conversation(self, conversation: Row) -> None:
        """A direct conversation of the owner's own, with the contract's keys only."""
        after, id = 0, conversation["id"]
        with SpooledTemporaryFile(SPOOL_BYTES) as spool:
            while rows := await reading.direct_messages(self._connection, id, after, BATCH):
                after = rows[-1]["seq"]
                for row in rows:
                    spool.write(line({key: value for key, value in row.items() if key != "seq"}))
            if after:
                name = f"dm_messages/{slug(conversation['username'] or '', 'deleted')}-{id}.jsonl"
                await self._archive.stream(name, chunks(spool), is_compressed=True)


@dataclass(frozen=True, slots=True)
class Heading:
    """What pages of messages are called, the name of the archive's first page, and what they are about."""

    title: str
    home: str
    about: str = ""


class Pages:
    """The pages of one channel, or of one person, written one after the other as they fill."""

    def __init__(self, archive: ZipArchive, heading: Heading, folder: str, emojis: pages.Emojis) -> None:
        self._archive: Final = archive
        self._heading: Final = heading
        self._folder: Final = folder
        self._emojis: Final = emojis
        self._firsts: Final[list[tuple[int, datetime]]] = []
        self._shown: list[str] = []
        self._size = 0

    async def add(self, entry: WholeMessage) -> None:
        row = entry.row
        shown = pages.message(
            entry, {"reply": self._page_of(row["reply_seq"]), "thread": self._page_of(row["thread_seq"])}, self._emojis
        )
        is_full = len(self._shown) == pages.PAGE_MESSAGES or self._size + len(shown) > pages.PAGE_BYTES
        if self._shown and is_full:
            await self._write(is_last=False)
        if not self._shown:
            self._firsts.append((row["seq"], row["created_at"]))
        self._shown.append(shown)
        self._size += len(shown)

    async def finish(self) -> None:
        """The last page, and the lists of all."""
        await self._write(is_last=True)
        lists = range(0, len(self._firsts), pages.LISTED)
        for number, start in enumerate(lists):
            links = "".join(
                f'<li><a href="{start + index + 1:04}.html">{pages.moment(at)}</a></li>'
                for index, (_, at) in enumerate(self._firsts[start : start + pages.LISTED])
            )
            above = pages.navigation(
                "Server",
                ("../../index.html", self._heading.home),
                (_list_name(number - 1), "Earlier pages") if number else None,
                (_list_name(number + 1), "Later pages") if number + 1 < len(lists) else None,
            )
            body = [
                self._title(),
                f'<p dir="auto">{escape(self._heading.about)}</p>',
                f"<p>Pages by their first message:</p>\n<ul>{links}</ul>",
            ]
            await self._archive.add(f"{self._folder}/{_list_name(number)}", self._page(body, above))

    def _page_of(self, seq: int | None) -> str:
        """The page with the message at this place, which comes before the next one to be added."""
        found = 1 if seq is None else bisect_right(self._firsts, seq, key=lambda first: first[0])
        return f"{max(1, found):04}.html"

    async def _write(self, *, is_last: bool) -> None:
        number = len(self._firsts)
        links = (
            ("../../index.html", self._heading.home),
            ("index.html", "All pages"),
            (f"{number - 1:04}.html", "Previous page") if number > 1 else None,
            None if is_last else (f"{number + 1:04}.html", "Next page"),
        )
        above, below = (pages.navigation(label, *links) for label in ("Pages", "Pages, again"))
        content = self._page([self._title(), *self._shown], above, below)
        await self._archive.add(f"{self._folder}/{number:04}.html", content)
        self._shown, self._size = [], 0

    def _title(self) -> str:
        return f'<h1 dir="auto">{escape(self._heading.title)}</h1>'

    def _page(self, body: Iterable[str], above: str, below: str = "") -> bytes:
        title = f"{self._heading.title} · {self._heading.home}"
        return pages.page(title, body, "../../", above=above, below=below)


def _list_name(number: int) -> str:
    return f"index-{number + 1}.html" if number else "index.html"


def _members_page(number: int) -> str:
    return f"pages/members/{number:04}.html"


def _head(server: Row, made_at: datetime) -> Iterator[str]:
    if server["icon_id"]:
        yield '<img class="icon" src="icon.webp" alt="">'
    yield f'<h1 dir="auto">{escape(server["name"])}</h1>'
    yield f'<p dir="auto">{escape(server["description"] or "")}</p>'
    yield f'<p class="soft">As of {pages.moment(made_at)}, for {escape(server["owner_username"])}.</p>'
    yield f'<p><a href="{_members_page(1)}">{server["member_count"]:,} members</a></p>'


def _channels(channels: Iterable[Row], counts: dict[UUID, int]) -> Iterator[str]:
    yield "<h2>Channels</h2>"
    for category, members in groupby(channels, key=lambda channel: channel["category"]):
        if category:
            yield f'<h3 dir="auto">{escape(category)}</h3>'
        yield "<ul>"
        for channel in members:
            name, count = f"#{escape(channel['name'])}", counts.get(channel["id"], 0)
            place = f"pages/{channel_name(channel['name'], channel['id'])}/index.html"
            shown = f'<a href="{pages.link(place)}">{name}</a>' if count else name
            yield f'<li dir="auto">{shown} <span class="soft">{count:,} messages</span></li>'
        yield "</ul>"


def _roles(roles: Iterable[Row]) -> Iterator[str]:
    if shown := [f'<li dir="auto">{escape(role["name"])}</li>' for role in roles]:
        yield from ["<h2>Roles</h2>", "<ul>", *shown, "</ul>"]


def _members(server: Row, members: list[Row], number: int) -> bytes:
    above = pages.navigation(
        "Pages",
        ("../../index.html", server["name"]),
        (f"{number - 1:04}.html", "Previous page") if number > 1 else None,
        (f"{number + 1:04}.html", "Next page") if len(members) == pages.LISTED else None,
    )
    shown = [
        f'<li dir="auto">{_avatar(each)}<strong>{escape(each["nickname"] or each["display_name"] or each["username"])}'
        f'</strong> <span class="soft">@{escape(each["username"])}, since {pages.moment(each["joined_at"])}</span></li>'
        for each in members
    ]
    body = ["<h1>Members</h1>", "<ul>", *shown, "</ul>"]
    return pages.page(f"Members · {server['name']}", body, "../../", above=above)


def _avatar(member: Row) -> str:
    if not member["avatar_id"]:
        return ""
    return f'<img class="avatar" src="../../avatars/{member["user_id"]}.webp" alt="" loading="lazy"> '


def _indented(value: object) -> bytes:
    return b"\n  " + pretty(value).rstrip().replace(b"\n", b"\n  ")


async def chunks(spool: IO[bytes]) -> AsyncIterator[bytes]:
    """Everything in a temporary file, from its beginning."""
    spool.seek(0)
    while chunk := spool.read(CHUNK_BYTES):
        yield chunk
