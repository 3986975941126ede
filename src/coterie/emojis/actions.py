"""List, add, rename and remove the emoji of a server. Each change is logged in the server's topic."""

import re
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from coterie import errors
from coterie.audit.actions import record
from coterie.audit.models import AuditEntry
from coterie.database.connection import Connection
from coterie.emojis import queries
from coterie.emojis.audit_actions import EMOJI_CREATE, EMOJI_DELETE, EMOJI_UPDATE
from coterie.emojis.errors import TOO_MANY_EMOJIS
from coterie.emojis.models import NAME_PATTERN, CustomEmoji
from coterie.errors import CoterieError
from coterie.files import queries as file_queries
from coterie.files.answers import FOR_A_DAY, Served
from coterie.files.form import Form
from coterie.files.models import ReceivedFile
from coterie.files.receiving import Files, Receiver, receiving
from coterie.log.append import Change, append
from coterie.permissions.bits import Permission

EMOJI_LIMIT: Final = 50
"""Per server."""

EMOJI_BYTES: Final = 256 * 1024
FORM_BYTES: Final = 16 * 1024 * 1024
"""Well over the picture's limit, so that a picture that is only somewhat too large gets the error about its size."""

NAME: Final = re.compile(NAME_PATTERN)


async def listing(files: Files, server_id: UUID, user_id: UUID) -> list[CustomEmoji]:
    """The server's emoji, oldest first."""
    await files.permissions.in_server(files.database, server_id, user_id)
    return await queries.emojis(files.database, server_id)


async def create(files: Files, server_id: UUID, user_id: UUID, form: Form) -> CustomEmoji:
    """Add the form's picture under the form's name."""
    (await files.permissions.in_server(files.database, server_id, user_id)).check(Permission.MANAGE_SERVER)
    async with receiving(files, user_id, form) as receiver:
        name, file = await _read(receiver, form)
        emoji = CustomEmoji(
            id=file.id,
            server_id=server_id,
            created_by=user_id,
            name=name,
            url=f"/emojis/{file.id}",
            content_type=file.mime_type,
            file_size=file.size,
            created_at=datetime.now(UTC),
        )
        async with files.database.acquire() as connection, connection.transaction():
            (await files.permissions.locked(connection, server_id, user_id)).check(Permission.MANAGE_SERVER)
            await _add(connection, emoji)
            await record(connection, AuditEntry(server_id, user_id, EMOJI_CREATE, emoji.id, {"name": name}))
    return emoji


async def rename(files: Files, server_id: UUID, emoji_id: UUID, user_id: UUID, name: str) -> CustomEmoji:
    """Rename an emoji. Texts keep the name that was written; reactions refer to the id."""
    async with files.database.acquire() as connection, connection.transaction():
        (await files.permissions.locked(connection, server_id, user_id)).check(Permission.MANAGE_SERVER)
        before = await queries.emoji(connection, server_id, emoji_id)
        if before is None:
            raise CoterieError(errors.NOT_FOUND)
        if before.name == name:
            return before
        await queries.rename(connection, emoji_id, name)
        renamed = replace(before, name=name)
        details: dict[str, object] = {"before": before.name, "name": name}
        await record(connection, AuditEntry(server_id, user_id, EMOJI_UPDATE, emoji_id, details))
        await append(connection, Change(server_id, f"emojis/{emoji_id}", "CUSTOM_EMOJI_UPDATE", renamed))
        return renamed


async def delete(files: Files, server_id: UUID, emoji_id: UUID, user_id: UUID) -> None:
    """Remove an emoji; where it was used, its name remains."""
    async with files.database.acquire() as connection, connection.transaction():
        (await files.permissions.locked(connection, server_id, user_id)).check(Permission.MANAGE_SERVER)
        name = await queries.delete(connection, server_id, emoji_id)
        if name is None:
            raise CoterieError(errors.NOT_FOUND)
        gone = {"server_id": server_id, "emoji_id": emoji_id}
        await record(connection, AuditEntry(server_id, user_id, EMOJI_DELETE, emoji_id, {"name": name}))
        await append(connection, Change(server_id, f"emojis/{emoji_id}", "CUSTOM_EMOJI_DELETE", gone, is_removal=True))


async def served(files: Files, emoji_id: UUID) -> Served:
    """An emoji's picture, which is public."""
    found = await queries.picture(files.database, emoji_id)
    if found is None:
        raise CoterieError(errors.NOT_FOUND)
    size, content_type = found
    return Served(emoji_id, "", size, content_type, "inline", FOR_A_DAY, "cross-origin")


async def _add(connection: Connection, emoji: CustomEmoji) -> None:
    if await queries.count(connection, emoji.server_id) >= EMOJI_LIMIT:
        raise CoterieError(TOO_MANY_EMOJIS)
    await queries.insert(connection, emoji)
    if not await file_queries.become_emoji(connection, emoji.id):
        raise CoterieError(errors.UPLOAD_TIMEOUT)
    await append(connection, Change(emoji.server_id, f"emojis/{emoji.id}", "CUSTOM_EMOJI_CREATE", emoji))


async def _read(receiver: Receiver, form: Form) -> tuple[str, ReceivedFile]:
    """The parts `name`, which some clients send as a file, and `image`, in either order."""
    name: str | None = None
    file: ReceivedFile | None = None
    async for part in form.parts():
        if part.name == "name" and name is None:
            name = _checked((await part.text(200)).strip())
        elif part.name == "image" and file is None:
            file = await receiver.draw(part, "emoji", EMOJI_BYTES)
    if name is None or file is None:
        missing = "image" if file is None else "name"
        raise CoterieError(errors.MISSING_PART, fields={missing: "is required"})
    return name, file


def _checked(name: str) -> str:
    if not NAME.fullmatch(name):
        wanted = "must be 1 to 32 of a to z, 0 to 9, _ and -"
        raise CoterieError(errors.INVALID, f"name {wanted}", fields={"name": wanted})
    return name
