"""The routes of shared documents; their texts are under /sync/documents."""

from uuid import UUID

from litestar import delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from coterie.documents import access, actions, queries
from coterie.documents.models import Document, DocumentChange, DocumentCreation
from coterie.guards import DOCUMENTS, Asking, Here


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


ROUTES = [create, listing, one, edit, remove]
"""Documents."""
