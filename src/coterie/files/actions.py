"""Add files to a message, list them, and serve them.

The files of a request are attached all together, in the transaction that changes the message. Before that, and if it
fails, nobody can see them (`receiving.py`).
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Final, Literal
from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.files import access, names, queries
from coterie.files.answers import FOR_EVER, POLICY, VIEWED, Served
from coterie.files.errors import (
    EMPTY_FILE,
    FILE_INFECTED,
    FILE_TOO_LARGE,
    FILE_TYPE_NOT_ALLOWED,
    NO_FILES,
    TOO_MANY_FILES,
)
from coterie.files.form import Form
from coterie.files.models import FileUpload, NewAttachment, ReceivedFile
from coterie.files.receiving import Files, Receiver, Upload, receiving
from coterie.files.storage import THUMBNAIL
from coterie.filtering.rules import AutomodRefusalError
from coterie.identifiers import new_id
from coterie.log import append
from coterie.messages import actions as gate
from coterie.messages import queries as messages
from coterie.messages.changing.request import MessagePlace
from coterie.messages.enforcing import RefusedWrite
from coterie.messages.models import Attachment, Message
from coterie.messages.parts import with_parts

FIELD = "files"
SHOWN_INSIDE: Final = frozenset(
    {"image/gif", "image/jpeg", "image/png", "image/webp", "video/mp4", "video/quicktime", "video/webm"}
    | {"audio/flac", "audio/mp4", "audio/mpeg", "audio/ogg", "audio/wav", "audio/webm"}
)
"""Browsers display these types; they offer to save everything else, also what the operator adds."""

PDF: Final = "application/pdf"
FileForm = Literal["original", "viewed", "thumbnail"]
"""The file itself; the same, but a PDF for the browser's own viewer instead of for saving; or its thumbnail."""

OF_ONE_FILE = (EMPTY_FILE, FILE_INFECTED, FILE_TOO_LARGE, FILE_TYPE_NOT_ALLOWED)
"""Errors that one file of several can cause."""


async def attach(files: Files, upload: FileUpload, form: Form) -> list[Attachment]:
    """Add the files of a form to a message, all or none."""
    message = await access.attachable(files.permissions, files.database, upload.message_id, upload.user_id)
    room = files.limits.files_per_message - await queries.count_attachments(files.database, message.id)
    async with receiving(files, upload.user_id, form) as receiver:
        if earlier := await _added_before(files.database, message, upload):
            await form.skip()
            return earlier
        received = await _received(receiver, form, room)
        try:
            async with files.database.acquire() as connection, connection.transaction():
                return await _attach(files, connection, upload, received)
        except AutomodRefusalError as refusal:
            key = f"files/{upload.nonce or new_id()}"
            await files.enforce(RefusedWrite(refusal.written, refusal.verdict, key))
            raise


async def attachments(files: Files, message_id: UUID, user_id: UUID) -> list[Attachment]:
    """The files of a message, in the order of their upload."""
    message = await access.readable(files.permissions, files.database, message_id, user_id)
    [complete] = await with_parts(files.database, [message], None)
    return complete.attachments


async def served(files: Files, message_id: UUID, name: str, user_id: UUID, form: FileForm) -> Served:
    """A file of a message, or its thumbnail; NOT_FOUND if it has none."""
    file = await access.stored_file(files.permissions, files.database, message_id, name, user_id)
    if form == "thumbnail":
        if file.thumbnail_size is None:
            raise CoterieError(errors.NOT_FOUND)
        return Served(file.id, THUMBNAIL, file.thumbnail_size, "image/webp", "inline", FOR_EVER)
    is_viewed = form == "viewed" and file.mime_type == PDF
    kind = "inline" if is_viewed or file.mime_type in SHOWN_INSIDE else "attachment"
    disposition = names.content_disposition(kind, names.defused(file.filename, file.mime_type))
    policy = VIEWED if is_viewed else POLICY
    return Served(file.id, "", file.file_size, file.mime_type, disposition, FOR_EVER, policy=policy)


async def _received(receiver: Receiver, form: Form, room: int) -> list[ReceivedFile]:
    received: list[ReceivedFile] = []
    async for part in form.parts():
        if part.name != FIELD:
            continue
        if len(received) >= room:
            raise CoterieError(TOO_MANY_FILES)
        received.append(await _taken(receiver, part))
    if not received:
        raise CoterieError(NO_FILES)
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
    files: Files, connection: Connection, upload: FileUpload, received: Sequence[ReceivedFile]
) -> list[Attachment]:
    """Attach the files, which changes the message; everything is checked again under the locks.

    With its server's topic locked too, the user cannot lose the right to it until the files are attached. If the same
    upload arrived twice, for example because its client was cut off and repeated it, the later one changes nothing.
    """
    message_id = upload.message_id
    positions = await append.lock(connection, await messages.channels_and_servers_of(connection, message_id))
    message = await access.attachable(files.permissions, connection, message_id, upload.user_id)
    if earlier := await _added_before(connection, message, upload):
        await queries.give_up(connection, [file.id for file in received])
        return earlier
    if await queries.count_attachments(connection, message_id) + len(received) > files.limits.files_per_message:
        raise CoterieError(TOO_MANY_FILES)
    now, position = datetime.now(UTC), positions[message.channel_id] + 1
    new = [NewAttachment(file, message_id, now, upload.nonce, position) for file in received]
    if await queries.attach(connection, new) < len(received):
        raise CoterieError(errors.UPLOAD_TIMEOUT)
    place, filenames = MessagePlace(message.channel_id, message_id), [file.filename for file in received]
    changed = await gate.attach(connection, files.permissions, place, upload.user_id, filenames)
    [complete] = await with_parts(connection, [changed], None)
    return _of(complete, {file.id for file in received})


async def _added_before(connection: Connection, message: Message, upload: FileUpload) -> list[Attachment]:
    """The files that an earlier upload with the same nonce has added; none without one."""
    found = await queries.attached_by(connection, message.id, upload.nonce) if upload.nonce else set()
    if not found:
        return []
    [complete] = await with_parts(connection, [message], None)
    return _of(complete, found)


def _of(message: Message, files: Collection[UUID]) -> list[Attachment]:
    return [attachment for attachment in message.attachments if attachment.id in files]
