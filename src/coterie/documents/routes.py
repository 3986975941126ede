"""The routes of shared documents; their texts are under /sync/documents."""

from typing import Annotated, Final
from uuid import UUID

from litestar import delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from coterie.documents import access, actions, history, queries
from coterie.documents.models import (
    Authors,
    Document,
    DocumentChange,
    DocumentCreation,
    History,
    Reversion,
    TextAt,
    VersionId,
)
from coterie.guards import DOCUMENTS, Asking, Here

NEWEST: Final = (1 << 63) - 1
"""No position is beyond it."""


@post("/channels/{channel_id:str}/documents", opt=DOCUMENTS)
async def create(
    services: Here, viewer: Asking, channel_id: FromPath[UUID], data: JSONBody[DocumentCreation]
) -> Document:
    """Begin a document in a channel or conversation (SEND_MESSAGES)."""
    return await actions.create(services.documents, channel_id, viewer.user_id, data)


@get("/channels/{channel_id:str}/documents")
async def listing(
    services: Here, viewer: Asking, channel_id: FromPath[UUID], archived: FromQuery[bool] = False
) -> list[Document]:
    """The documents of a channel or conversation: pinned ones first, then by their newest change."""
    await services.rights.in_channel(services.database, channel_id, viewer.user_id)
    found = await queries.documents_in(services.database, [channel_id])
    return [document for document in found if document.is_archived == archived]


@get("/documents/{document_id:str}")
async def one(services: Here, viewer: Asking, document_id: FromPath[UUID]) -> Document:
    """One document, without its text."""
    found = await access.visible(services.rights, services.database, document_id, viewer.user_id)
    return found.document


@patch("/documents/{document_id:str}")
async def edit(services: Here, viewer: Asking, document_id: FromPath[UUID], data: JSONBody[DocumentChange]) -> Document:
    """Rename, pin or archive a document, or take that back: who created it, or MANAGE_MESSAGES."""
    return await actions.edit(services.community, document_id, viewer.user_id, data)


@delete("/documents/{document_id:str}")
async def remove(services: Here, viewer: Asking, document_id: FromPath[UUID]) -> None:
    """Remove a document with its history: who created it, or MANAGE_MESSAGES."""
    await actions.delete(services.community, document_id, viewer.user_id)


@get("/documents/{document_id:str}/history")
async def past(
    services: Here,
    viewer: Asking,
    document_id: FromPath[UUID],
    before: Annotated[int | None, QueryParameter(ge=1, le=NEWEST)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
) -> History:
    """Who changed a document and when, newest first; after the entry at the position `before`."""
    await access.visible(services.rights, services.database, document_id, viewer.user_id)
    return await history.page(services.database, document_id, before, limit)


@get("/documents/{document_id:str}/text")
async def text(
    services: Here, viewer: Asking, document_id: FromPath[UUID], version: FromQuery[list[VersionId]]
) -> TextAt:
    """The text at a version; name it several times if it has several ids."""
    await access.visible(services.rights, services.database, document_id, viewer.user_id)
    return await history.text_at(services.database, document_id, version)


@post("/documents/{document_id:str}/revert", status_code=200, opt=DOCUMENTS)
async def revert(services: Here, viewer: Asking, document_id: FromPath[UUID], data: JSONBody[Reversion]) -> Document:
    """Make the text what it was at a version: who created the document, or MANAGE_MESSAGES."""
    version = [data.version] if isinstance(data.version, str) else data.version
    return await actions.revert(services.documents, document_id, viewer.user_id, version)


@get("/documents/{document_id:str}/authors")
async def written_by(services: Here, viewer: Asking, document_id: FromPath[UUID]) -> Authors:
    """Who wrote what of a document's text, and when."""
    await access.visible(services.rights, services.database, document_id, viewer.user_id)
    return await history.authors(services.database, document_id)


ROUTES = [create, listing, one, edit, remove, past, text, revert, written_by]
"""Documents."""
