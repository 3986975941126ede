"""Documents come through here: loaded together with what somebody may do with them, by the rights in their channel."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection
from coterie.documents import queries
from coterie.documents.changes import home
from coterie.documents.models import Document
from coterie.errors import CoterieError
from coterie.log.append import lock
from coterie.permissions.bits import Permission
from coterie.permissions.rights import Rights, Seen


@dataclass(frozen=True, slots=True)
class SeenDocument:
    """A document, and what the viewer may do in its channel."""

    document: Document
    seen: Seen

    def check_edits(self) -> None:
        """Raises unless they may change the text: MISSING_PERMISSION, TIMED_OUT, CANNOT_MESSAGE, DOCUMENT_ARCHIVED."""
        self.seen.check(Permission.SEND_MESSAGES)
        if self.document.is_archived:
            raise CoterieError(errors.DOCUMENT_ARCHIVED)

    def check_manages(self) -> None:
        """Raises unless they may rename, pin and archive it, or take an earlier text back.

        In a conversation everybody may who may write there; in a channel who created it or may manage messages.
        """
        self.seen.check(Permission.SEND_MESSAGES if self._is_own or self._is_in_conversation else _MANAGING)

    def check_removes(self) -> None:
        """Raises unless they may delete it: in a conversation only who created it may."""
        if not self._is_own and self._is_in_conversation:
            raise CoterieError(errors.NOT_THE_DOCUMENTS_AUTHOR)
        self.seen.check(Permission.SEND_MESSAGES if self._is_own else _MANAGING)

    @property
    def _is_own(self) -> bool:
        return self.document.created_by == self.seen.user_id

    @property
    def _is_in_conversation(self) -> bool:
        return self.document.server_id is None


_MANAGING = Permission.MANAGE_MESSAGES


async def visible(rights: Rights, connection: Connection, document_id: UUID, user_id: UUID) -> SeenDocument:
    """A document whose channel the user may view; NOT_FOUND otherwise."""
    document = await queries.document(connection, document_id)
    if document is None:
        raise CoterieError(errors.NOT_FOUND)
    return SeenDocument(document, await rights.in_channel(connection, document.channel_id, user_id))


async def locked(rights: Rights, connection: Connection, document_id: UUID, user_id: UUID) -> SeenDocument:
    """As `visible`, but neither the document nor what they may changes before the transaction's end."""
    before = await visible(rights, connection, document_id, user_id)
    await lock(connection, {home(before.document), document_id})
    return await visible(rights, connection, document_id, user_id)


async def place(
    rights: Rights, connection: Connection, channel_id: UUID, user_id: UUID, *, also: Collection[UUID] = ()
) -> Seen:
    """A channel or conversation in which they may write; it stays so until the transaction's end."""
    before = await writable(rights, connection, channel_id, user_id)
    await lock(connection, {_home_of(before), *also})
    return await writable(rights, connection, channel_id, user_id)


async def writable(rights: Rights, connection: Connection, channel_id: UUID, user_id: UUID) -> Seen:
    """What somebody may in a channel where they may write."""
    seen = await rights.in_channel(connection, channel_id, user_id)
    seen.check(Permission.SEND_MESSAGES)
    if seen.place is None or seen.place.type != "text":
        raise CoterieError(errors.NOT_A_TEXT_CHANNEL, "Documents are kept in text channels only.")
    return seen


def _home_of(seen: Seen) -> UUID:
    assert seen.place is not None, "it was asked for"
    return seen.place.server_id or seen.place.id
