"""The log entries of a server or conversation for its documents, for the packages that change or delete them."""

from typing import Any
from uuid import UUID

from coterie.database.connection import Connection
from coterie.documents import queries
from coterie.documents.models import Document
from coterie.log.append import Change


def home(document: Document) -> UUID:
    """The topic in which a document is logged: its server's or conversation's."""
    return document.server_id or document.channel_id


def made(document: Document) -> Change:
    return Change(home(document), _key(document), "DOCUMENT_CREATE", document)


def changed(document: Document) -> Change:
    return Change(home(document), _key(document), "DOCUMENT_UPDATE", document)


def gone(document: Document) -> Change:
    named: dict[str, Any] = {"id": document.id, "channel_id": document.channel_id}
    return Change(home(document), _key(document), "DOCUMENT_DELETE", named, is_removal=True)


async def all_gone(connection: Connection, channel_id: UUID) -> list[Change]:
    """The deletions of all documents of a channel that is about to be deleted."""
    return [gone(document) for document in await queries.documents_in(connection, [channel_id])]


def _key(document: Document) -> str:
    return f"documents/{document.id}"
