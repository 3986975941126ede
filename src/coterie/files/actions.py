"""Add files to a message, list them, and serve them.

The files of a request are attached all together, in the transaction that changes the message. Before that, and if it
fails, nobody can see them (`receiving.py`).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from coterie import errors
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.files import access, names, queries
from coterie.files.answers import FOR_EVER, Served
from coterie.files.form import Form
from coterie.files.models import NewAttachment, ReceivedFile
from coterie.files.receiving import Files, Receiver, Upload, receiving
from coterie.files.storage import THUMBNAIL
from coterie.log import append
from coterie.messages import queries as messages
from coterie.messages.changes import event_of
from coterie.messages.models import Attachment
from coterie.messages.parts import with_parts

FIELD = "files"
SHOWN_INSIDE: Final = frozenset(
    {"image/gif", "image/jpeg", "image/png", "image/webp", "video/mp4", "video/quicktime", "video/webm"}
    | {"audio/mp4", "audio/mpeg", "audio/ogg", "audio/wav", "audio/webm"}
)
"""Browsers display these types; they offer to save everything else, also what the operator adds."""

OF_ONE_FILE = (errors.EMPTY_FILE, errors.FILE_INFECTED, errors.FILE_TOO_LARGE, errors.FILE_TYPE_NOT_ALLOWED)
"""Errors that one file of several can cause."""


async def attach(files: Files, message_id: UUID, user_id: UUID, form: Form) -> list[Attachment]:
    """Add the files of a form to a message, all or none."""
    await access.attachable(files.rights, files.database, message_id, user_id)
    room = files.limits.files_per_message - await queries.count_attachments(files.database, message_id)
    async with receiving(files, user_id, form) as receiver:
        received = await _received(receiver, form, room)
        async with files.database.acquire() as connection, connection.transaction():
            return await _attach(files, connection, message_id, user_id, received)


async def attachments(files: Files, message_id: UUID, user_id: UUID) -> list[Attachment]:
    """The files of a message, in the order of their upload."""
    message = await access.readable(files.rights, files.database, message_id, user_id)
    [complete] = await with_parts(files.database, [message], None)
    return complete.attachments


async def served(files: Files, message_id: UUID, name: str, user_id: UUID, *, is_thumbnail: bool) -> Served:
    """A file of a message, or its thumbnail; NOT_FOUND if it has none."""
    file = await access.stored_file(files.rights, files.database, message_id, name, user_id)
    kind = "inline" if file.mime_type in SHOWN_INSIDE else "attachment"
    if not is_thumbnail:
        disposition = names.content_disposition(kind, names.defused(file.filename, file.mime_type))
        return Served(file.id, "", file.file_size, file.mime_type, disposition, FOR_EVER)
    if file.thumbnail_size is None:
        raise CoterieError(errors.NOT_FOUND)
    return Served(file.id, THUMBNAIL, file.thumbnail_size, "image/webp", kind, FOR_EVER)


async def _received(receiver: Receiver, form: Form, room: int) -> list[ReceivedFile]:
    received: list[ReceivedFile] = []
    async for part in form.parts():
        if part.name != FIELD:
            continue
        if len(received) >= room:
            raise CoterieError(errors.TOO_MANY_FILES)
        received.append(await _taken(receiver, part))
    if not received:
        raise CoterieError(errors.NO_FILES)
    return received


async def _taken(receiver: Receiver, part: Upload) -> ReceivedFile:
    """Receive one whole file; an error that it causes names it."""
    try:
        return await receiver.take(part)
    except CoterieError as refusal:
        if refusal.entry not in OF_ONE_FILE:
            raise
        fields = {names.shown(part.filename): refusal.sentence}
        raise CoterieError(refusal.entry, refusal.sentence, fields=fields) from None


async def _attach(
    files: Files, connection: Connection, message_id: UUID, user_id: UUID, received: Sequence[ReceivedFile]
) -> list[Attachment]:
    """Attach the files, which changes the message; everything is checked again under the locks.

    With its server's topic locked too, the user cannot lose the right to it until the files are attached.
    """
    positions = await append.lock(connection, await messages.channels_and_servers_of(connection, message_id))
    message = await access.attachable(files.rights, connection, message_id, user_id)
    if await queries.count_attachments(connection, message_id) + len(received) > files.limits.files_per_message:
        raise CoterieError(errors.TOO_MANY_FILES)
    now = datetime.now(UTC)
    if await queries.attach(connection, [NewAttachment(file, message_id, now) for file in received]) < len(received):
        raise CoterieError(errors.UPLOAD_TIMEOUT)
    changed = replace(message, version=positions[message.channel_id] + 1)
    await messages.rewrite(connection, [changed])
    [complete] = await with_parts(connection, [changed], None)
    await append.advance(connection, [event_of(complete, "MESSAGE_UPDATE")])
    new = {file.id for file in received}
    return [attachment for attachment in complete.attachments if attachment.id in new]
