"""Avatars of accounts and icons of servers: encoded again, square and small, at an address that anyone may fetch.

A new picture has a new address, so browsers can cache each forever; the old one is released in the same transaction.
"""

from typing import Final
from uuid import UUID

from msgspec.structs import replace

from coterie import errors
from coterie.accounts.access import existing
from coterie.accounts.models import User
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.files import queries
from coterie.files.answers import PUBLIC_FOREVER, Served
from coterie.files.form import Form
from coterie.files.models import ReceivedFile
from coterie.files.receiving import Files, Receiver, receiving
from coterie.permissions.bits import Permission
from coterie.profiles import actions
from coterie.servers import actions as servers
from coterie.servers import queries as server_queries
from coterie.servers.models import CountedServer

FIELD: Final = "image"
PICTURE_BYTES: Final = 10 * 1024 * 1024
"""The largest picture that is accepted."""

FORM_BYTES: Final = 16 * 1024 * 1024
"""Above the picture's limit, so that a slightly larger picture gets the right error."""


async def set_avatar(files: Files, user_id: UUID, form: Form) -> User:
    """Set the account's picture from the form."""
    async with receiving(files, user_id, form) as receiver:
        file = await read_picture(receiver, form)
        async with files.database.acquire() as connection, connection.transaction():
            user = await existing(connection, user_id, lock=True)
            await queries.release_avatar(connection, user_id)
            if not await queries.become_avatar(connection, user_id, file.id):
                raise CoterieError(errors.UPLOAD_TIMEOUT)
            changed = replace(user, avatar_url=address(file.id))
            await actions.save(connection, changed, is_seen=True, has_new_appearance=True)
            return changed


async def clear_avatar(files: Files, user_id: UUID) -> None:
    """Remove the account's picture."""
    async with files.database.acquire() as connection, connection.transaction():
        user = await existing(connection, user_id, lock=True)
        if user.avatar_url is not None:
            await queries.release_avatar(connection, user_id)
            await actions.save(connection, replace(user, avatar_url=None), is_seen=True, has_new_appearance=True)


async def set_icon(files: Files, server_id: UUID, user_id: UUID, form: Form) -> CountedServer:
    """Set the server's picture from the form."""
    (await files.permissions.in_server(files.database, server_id, user_id)).check(Permission.MANAGE_SERVER)
    async with receiving(files, user_id, form) as receiver:
        file = await read_picture(receiver, form)
        async with files.database.acquire() as connection, connection.transaction():
            return await _change_icon(files, connection, server_id, user_id, file)


async def clear_icon(files: Files, server_id: UUID, user_id: UUID) -> None:
    """Remove the server's picture."""
    async with files.database.acquire() as connection, connection.transaction():
        await _change_icon(files, connection, server_id, user_id, None)


async def served(files: Files, file_id: UUID) -> Served:
    """The picture of an account or a server; anyone may fetch it."""
    size = await queries.public_picture_size(files.database, file_id)
    if size is None:
        raise CoterieError(errors.NOT_FOUND)
    return Served(file_id, "", size, "image/webp", "inline", PUBLIC_FOREVER, "cross-origin")


async def read_picture(receiver: Receiver, form: Form) -> ReceivedFile:
    """The picture in the form's part `image`."""
    async for part in form.parts():
        if part.name == FIELD:
            return await receiver.draw(part, "avatar", PICTURE_BYTES)
    raise CoterieError(errors.MISSING_PART, fields={FIELD: "is required"})


def address(file_id: UUID) -> str:
    """The address of a picture, as profiles and servers name it."""
    return f"/api/pictures/{file_id}"


async def _change_icon(
    files: Files, connection: Connection, server_id: UUID, user_id: UUID, file: ReceivedFile | None
) -> CountedServer:
    (await files.permissions.locked(connection, server_id, user_id)).check(Permission.MANAGE_SERVER)
    server = await server_queries.server(connection, server_id)
    assert server is not None, "its member was just found"
    await queries.release_icon(connection, server_id)
    if file and not await queries.become_icon(connection, server_id, file.id):
        raise CoterieError(errors.UPLOAD_TIMEOUT)
    return await servers.change_icon(connection, server, user_id, address(file.id) if file else None)
