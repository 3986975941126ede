"""Everything of an account's archive but the bytes of its files: lines of JSON, and pages to read."""

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime
from html import escape
from tempfile import SpooledTemporaryFile
from typing import Any, Final

from msgspec import json

from coterie.account_export import messages
from coterie.account_export.lists import LISTS, AccountList
from coterie.account_export.messages import MessageOrigins
from coterie.database.connection import OneConnection, Row
from coterie.exporting import pages
from coterie.exporting.archive import ZipArchive
from coterie.exporting.content import FORMAT, MESSAGE_BYTES, SPOOL_BYTES, Heading, Pages, chunks
from coterie.exporting.models import FileToCopy
from coterie.exporting.records import line, pretty
from coterie.exporting.work import Making

SHOWN: Final = 100
"""Rows of a list on the first page; the list's file has all of them."""

BATCH: Final = 500
"""Rows of a list that are read at once."""

JSON_COLUMNS: Final = ("details", "patches")
"""They are JSON in the database. Pages leave them out, as they do ids."""

MESSAGES: Final = "pages/messages"


async def write(
    connection: OneConnection, archive: ZipArchive, account: Row, making: Making, number_of_messages: int
) -> None:
    """All of it; `account` is what `lists.ACCOUNT` reads."""
    about = {"format": FORMAT, "made_at": making.began_at, "made_for": account["id"]}
    await archive.add("export.json", pretty(about))
    await archive.add("account.json", pretty({key: value for key, value in account.items() if key != "avatar_id"}))
    await archive.add("style.css", pages.STYLE)
    if account["avatar_id"]:
        making.copy(FileToCopy(account["avatar_id"], "avatar.webp"))
    if number_of_messages:
        await _write_messages(connection, archive, account, making)
    shown = [html for each in LISTS for html in await _write_list(connection, archive, account, each)]
    body = [*_head(account, making.began_at, number_of_messages), *shown]
    await archive.add("index.html", pages.page(account["username"], body, ""))


async def _write_messages(connection: OneConnection, archive: ZipArchive, account: Row, making: Making) -> None:
    """The lines wait in a temporary file, since the archive takes the pages meanwhile."""
    places, number = MessageOrigins(connection, account["id"]), 0
    written = Pages(archive, Heading("Messages", account["username"]), MESSAGES, pages.Emojis({}))
    with SpooledTemporaryFile(SPOOL_BYTES) as spool:
        async for batch in messages.batches(connection, account["id"]):
            for message in batch:
                number += 1
                place = await places.place(message.row["channel_id"])
                spool.write(line(messages.record(message, place)))
                await written.add(messages.shown(message, place, number))
                for each in message.attachments:
                    making.copy(FileToCopy(each["id"], each["path"], each["file_size"]))
            making.told.add(len(batch) * MESSAGE_BYTES)
        await archive.stream("messages.jsonl", chunks(spool), is_compressed=True)
    await written.finish()


async def _write_list(
    connection: OneConnection, archive: ZipArchive, account: Row, wanted: AccountList
) -> Iterable[str]:
    """A list as a file, and the first of it for the page; nothing if it is empty."""
    first: list[Mapping[str, Any]] = []
    path, number = f"lists/{wanted.name}.jsonl", 0
    with SpooledTemporaryFile(SPOOL_BYTES) as spool:
        async for row in _rows(connection, wanted, account):
            spool.write(line(row))
            number += 1
            if number <= SHOWN:
                first.append(row)
        if number:
            await archive.stream(path, chunks(spool), is_compressed=True)
    return _table(wanted, path, number, first) if number else ()


async def _rows(connection: OneConnection, wanted: AccountList, account: Row) -> AsyncIterator[dict[str, Any]]:
    async for row in connection.cursor(wanted.sql, account["id"], prefetch=BATCH):
        yield {
            name: json.decode(value) if value is not None and name in JSON_COLUMNS else value
            for name, value in row.items()
        }


def _head(account: Row, made_at: datetime, number_of_messages: int) -> Iterable[str]:
    if account["avatar_id"]:
        yield '<img class="icon" src="avatar.webp" alt="">'
    yield f'<h1 dir="auto">{escape(account["display_name"] or account["username"])}</h1>'
    yield f'<p class="soft">@{escape(account["username"])}, as of {pages.moment(made_at)}</p>'
    yield f'<p dir="auto">{escape(account["bio"] or "")}</p>'
    if number_of_messages:
        noun = "message" if number_of_messages == 1 else "messages"
        yield f'<p><a href="{MESSAGES}/index.html">{number_of_messages:,} {noun}</a></p>'
    yield '<p><a href="account.json">Profile and settings</a></p>'


def _table(wanted: AccountList, path: str, number: int, rows: list[Mapping[str, Any]]) -> Iterable[str]:
    yield f"<h2>{wanted.title}</h2>"
    yield f'<p><a href="{path}">{number:,} {"entry" if number == 1 else "entries"}</a></p>'
    names = [name for name in rows[0] if name not in JSON_COLUMNS and name.rpartition("_")[2] != "id"]
    heads = "".join(f'<th scope="col">{name.replace("_", " ")}</th>' for name in names)
    yield f'<div class="table" tabindex="0" role="group" aria-label="{wanted.title}"><table><tr>{heads}</tr>'
    for row in rows:
        cells = "".join(f'<td dir="auto">{_cell(value)}</td>' for value in map(row.get, names))
        yield f"<tr>{cells}</tr>"
    yield "</table></div>"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return pages.moment(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return escape(", ".join(map(str, value)))
    return escape(str(value))
