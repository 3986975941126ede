"""Files of messages and the pictures of custom emoji. Both get new ids, as everything that is stored."""

from pathlib import Path
from typing import Final
from uuid import UUID

from coterie.database.connection import OneConnection, Row
from coterie.emojis import queries as emoji_queries
from coterie.emojis.actions import EMOJI_BYTES, NAME
from coterie.emojis.models import CustomEmoji
from coterie.errors import CoterieError
from coterie.files import queries
from coterie.files.models import NewAttachment, ReceivedFile
from coterie.files.receiving import receiving
from coterie.importing import messages, uploads
from coterie.importing.comparing import by_id
from coterie.importing.engine import Stage
from coterie.importing.source import Query, Table
from coterie.importing.together.structure import SERVERS, servers_there, tell
from coterie.importing.together.talk import EMOJIS, MESSAGES
from coterie.importing.uploads import Found
from coterie.importing.work import Work
from coterie.log.append import Change, lock, move

ATTACHMENTS: Final = "attachments"
ADDRESS: Final = "/files/"
EMOJI_DIRECTORY: Final = "custom_emojis"


def attachments(table: Table) -> Stage | None:
    if not table:
        return None
    created = table.moment("created_at")
    columns = (
        f"{table.id()} AS id",
        f"{table.id('message_id', MESSAGES)} AS message_id",
        f"{table.text('filename')} AS filename",
        f"{table.text('url')} AS url",
        f"{created} AS created_at",
    )
    query = Query(columns, table.name, ((created, "timestamptz"), (table.id(), "uuid")), batch=50)
    return Stage(ATTACHMENTS, query, _store_attachments, by_id(ATTACHMENTS, _attachments_there))


async def _attachments_there(connection: OneConnection, ids: list[UUID]) -> list[Row]:
    return await connection.fetch("SELECT id FROM attachments WHERE id = ANY($1)", ids)


async def _store_attachments(work: Work, rows: list[Row]) -> None:
    """Files are copied first, then the messages change, each at one position of its channel."""
    known = await work.known(ATTACHMENTS, [row["id"] for row in rows])
    ids = await messages.ids_of(work, MESSAGES, [row["message_id"] for row in rows])
    places = await _places(work.connection, list(ids.values()))
    kept: list[tuple[UUID, NewAttachment]] = []
    for row in rows:
        if str(row["id"]) in known:
            continue
        message_id = ids.get(row["message_id"])
        if message_id not in places:
            work.leave(ATTACHMENTS, row["id"], "its message is not there, or was deleted")
            continue
        owner = places[message_id][1]
        file = await _take(work, row["id"], row["filename"], (row["url"] or "").removeprefix(ADDRESS), owner)
        if file is not None:
            kept.append((row["id"], NewAttachment(file, message_id, row["created_at"])))
    if kept:
        await _attach(work, kept, {message: channel for message, (channel, _) in places.items()})


async def _places(connection: OneConnection, ids: list[UUID]) -> dict[UUID, tuple[UUID, UUID | None]]:
    """The channel and the author of the messages that stand."""
    rows = await connection.fetch(
        "SELECT id, channel_id, author_id FROM messages WHERE id = ANY($1) AND deleted_at IS NULL", ids
    )
    return {row["id"]: (row["channel_id"], row["author_id"]) for row in rows}


async def _take(work: Work, old_id: UUID, filename: str, place: str, owner: UUID | None) -> ReceivedFile | None:
    """Copy a file into the storage; None if that cannot be, or this is a dry run, in which it need only be there."""
    path = _path(work, ATTACHMENTS, old_id, place)
    if path is None or work.files is None:
        return None
    upload = Found(path, filename)
    try:
        async with receiving(work.files, owner, upload) as receiver:
            return await receiver.take(upload)
    except CoterieError as problem:
        work.leave(ATTACHMENTS, old_id, f"its file is not taken: {problem}", place)
        return None


def _path(work: Work, kind: str, old_id: UUID, place: str) -> Path | None:
    if work.options.uploads is None:
        work.leave(kind, old_id, "no directory of uploads was given")
        return None
    path = uploads.found(work.options.uploads, place)
    if isinstance(path, str):
        work.leave(kind, old_id, path, place)
        return None
    if work.files is None:
        work.leave(kind, old_id, "its file is there, and a dry run copies none")
    return path


async def _attach(work: Work, kept: list[tuple[UUID, NewAttachment]], channels: dict[UUID, UUID]) -> None:
    await queries.attach(work.connection, [attachment for _, attachment in kept])
    changed = list(dict.fromkeys(attachment.message_id for _, attachment in kept))
    reached = await lock(work.connection, {channels[message] for message in changed})
    versions = []
    for message in changed:
        reached[channels[message]] += 1
        versions.append(reached[channels[message]])
    await work.connection.execute(
        """
        UPDATE messages SET version = given.version FROM unnest($1::uuid[], $2::bigint[]) AS given (id, version)
        WHERE messages.id = given.id AND messages.id = ANY($1)
        """,
        changed,
        versions,
    )
    await move(work.connection, reached)
    await work.remember(ATTACHMENTS, {str(old): attachment.file.id for old, attachment in kept})


def emojis(table: Table) -> Stage | None:
    if not table:
        return None
    created = table.moment("created_at")
    columns = (
        f"{table.id()} AS id",
        f"{table.id('server_id', SERVERS)} AS server_id",
        f"{table.id('created_by', 'users')} AS created_by",
        f"{table.text('name')} AS name",
        f"{table.text('filename')} AS filename",
        f"{created} AS created_at",
    )
    query = Query(columns, table.name, ((created, "timestamptz"), (table.id(), "uuid")), batch=50)
    return Stage(EMOJIS, query, _store_emojis, by_id(EMOJIS, _emojis_there))


async def _emojis_there(connection: OneConnection, ids: list[UUID]) -> list[Row]:
    return await connection.fetch("SELECT id FROM custom_emojis WHERE id = ANY($1)", ids)


async def _store_emojis(work: Work, rows: list[Row]) -> None:
    known = await work.known(EMOJIS, [row["id"] for row in rows])
    servers = await servers_there(work, [row["server_id"] for row in rows])
    people = await work.accounts([row["created_by"] for row in rows])
    made: dict[str, CustomEmoji] = {}
    for row in rows:
        if str(row["id"]) in known:
            continue
        if row["server_id"] not in servers or not NAME.fullmatch(row["name"] or ""):
            work.leave(EMOJIS, row["id"], "its server is not there, or its name is none", row["name"])
            continue
        author = people.get(row["created_by"])
        file = await _draw(work, row, author)
        if file is not None:
            made[str(row["id"])] = _emoji(row, servers[row["server_id"]], author, file)
    await _add(work, made)


async def _draw(work: Work, row: Row, owner: UUID | None) -> ReceivedFile | None:
    path = _path(work, EMOJIS, row["id"], f"{EMOJI_DIRECTORY}/{row['id']}/{row['filename']}")
    if path is None or work.files is None:
        return None
    upload = Found(path, row["filename"])
    try:
        async with receiving(work.files, owner, upload) as receiver:
            return await receiver.draw(upload, "emoji", EMOJI_BYTES)
    except CoterieError as problem:
        work.leave(EMOJIS, row["id"], f"its picture is not taken: {problem}")
        return None


def _emoji(row: Row, server_id: UUID, author: UUID | None, file: ReceivedFile) -> CustomEmoji:
    return CustomEmoji(
        id=file.id,
        server_id=server_id,
        created_by=author,
        name=row["name"],
        url=f"/emojis/{file.id}",
        content_type=file.mime_type,
        file_size=file.size,
        created_at=row["created_at"],
    )


async def _add(work: Work, made: dict[str, CustomEmoji]) -> None:
    for emoji in made.values():
        await emoji_queries.insert(work.connection, emoji)
        await queries.become_emoji(work.connection, emoji.id)
    await tell(
        work, [Change(each.server_id, f"emojis/{each.id}", "CUSTOM_EMOJI_CREATE", each) for each in made.values()]
    )
    await work.remember(EMOJIS, {old: emoji.id for old, emoji in made.items()})
