"""Loads documents together with what the user may do with them, from the permissions in their channel."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection
from coterie.documents import queries
from coterie.documents.changes import home
from coterie.documents.errors import DOCUMENT_ARCHIVED, NOT_A_TEXT_CHANNEL, NOT_THE_DOCUMENTS_AUTHOR
from coterie.documents.models import Document
from coterie.errors import CoterieError
from coterie.log.append import lock
from coterie.permissions.authority import Authority
from coterie.permissions.bits import Permission
from coterie.permissions.cache import PermissionCache


@dataclass(frozen=True, slots=True)
class SeenDocument:
    """A document, and the viewer's permissions in its channel."""

    document: Document
    authority: Authority

    def check_edits(self) -> None:
        """Raises unless they can edit the text: MISSING_PERMISSION, TIMED_OUT, CANNOT_MESSAGE, DOCUMENT_ARCHIVED."""
        self.authority.check(Permission.SEND_MESSAGES)
        if self.document.is_archived:
            raise CoterieError(DOCUMENT_ARCHIVED)

    def check_manages(self) -> None:
        """Raises unless they can rename, pin and archive it, or restore an earlier text.

        In a conversation, everyone who can write there can; in a channel, its creator and those with MANAGE_MESSAGES.
        """
        self.authority.check(Permission.SEND_MESSAGES if self._is_own or self._is_in_conversation else _MANAGING)

    def check_removes(self) -> None:
        """Raises unless they can delete it: in a conversation only its creator can."""
        if not self._is_own and self._is_in_conversation:
            raise CoterieError(NOT_THE_DOCUMENTS_AUTHOR)
        self.authority.check(Permission.SEND_MESSAGES if self._is_own else _MANAGING)

    @property
    def _is_own(self) -> bool:
        return self.document.created_by == self.authority.user_id

    @property
    def _is_in_conversation(self) -> bool:
        return self.document.server_id is None


_MANAGING = Permission.MANAGE_MESSAGES


async def visible(
    permissions: PermissionCache, connection: Connection, document_id: UUID, user_id: UUID
) -> SeenDocument:
    """A document whose channel the user can view; NOT_FOUND otherwise."""
    document = await queries.document(connection, document_id)
    if document is None:
        raise CoterieError(errors.NOT_FOUND)
    return SeenDocument(document, await permissions.in_channel(connection, document.channel_id, user_id))


async def locked(
    permissions: PermissionCache, connection: Connection, document_id: UUID, user_id: UUID
) -> SeenDocument:
    """Like `visible`, but the document and the user's permissions cannot change until the transaction ends."""
    before = await visible(permissions, connection, document_id, user_id)
    await lock(connection, {home(before.document), document_id})
    return await visible(permissions, connection, document_id, user_id)


async def place(
    permissions: PermissionCache,
    connection: Connection,
    channel_id: UUID,
    user_id: UUID,
    *,
    also: Collection[UUID] = (),
) -> Authority:
    """A channel or conversation where the user can write; this cannot change until the transaction ends."""
    before = await writable(permissions, connection, channel_id, user_id)
    await lock(connection, {_home_of(before), *also})
    return await writable(permissions, connection, channel_id, user_id)


async def writable(permissions: PermissionCache, connection: Connection, channel_id: UUID, user_id: UUID) -> Authority:
    """The user's permissions in a channel where they can write."""
    authority = await permissions.in_channel(connection, channel_id, user_id)
    authority.check(Permission.SEND_MESSAGES)
    if authority.place is None or authority.place.type != "text":
        raise CoterieError(NOT_A_TEXT_CHANNEL)
    return authority


def _home_of(authority: Authority) -> UUID:
    assert authority.place is not None, "it was asked for"
    return authority.place.server_id or authority.place.id
