"""The routes of shared documents; their texts are under /sync/documents."""

from typing import Annotated, Final
from uuid import UUID

from litestar import delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from coterie.documents import access, actions, history, queries
from coterie.documents.actions import Documents
from coterie.documents.limits import DOCUMENTS
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
from coterie.http.injection import COSTLY, CurrentViewer, Injected, counted
from coterie.permissions.context import ActionContext

NEWEST: Final = (1 << 63) - 1
"""The largest possible position."""


@post("/channels/{channel_id:str}/documents", opt=counted(DOCUMENTS) | {"body": "text"})
async def create(
    documents: Injected[Documents], viewer: CurrentViewer, channel_id: FromPath[UUID], data: JSONBody[DocumentCreation]
) -> Document:
    """Begin a document in a channel or conversation (SEND_MESSAGES)."""
    return await actions.create(documents, channel_id, viewer.user_id, data)


@get("/channels/{channel_id:str}/documents", opt=COSTLY)
async def listing(
    context: Injected[ActionContext],
    viewer: CurrentViewer,
    channel_id: FromPath[UUID],
    archived: FromQuery[bool] = False,
) -> list[Document]:
    """The documents of a channel or conversation: pinned ones first, then by their newest change."""
    await context.permissions.in_channel(context.database, channel_id, viewer.user_id)
    found = await queries.documents_in(context.database, [channel_id])
    return [document for document in found if document.is_archived == archived]


@get("/documents/{document_id:str}")
async def one(context: Injected[ActionContext], viewer: CurrentViewer, document_id: FromPath[UUID]) -> Document:
    """One document, without its text."""
    found = await access.visible(context.permissions, context.database, document_id, viewer.user_id)
    return found.document


@patch("/documents/{document_id:str}")
async def edit(
    context: Injected[ActionContext], viewer: CurrentViewer, document_id: FromPath[UUID], data: JSONBody[DocumentChange]
) -> Document:
    """Rename, pin or archive a document, or take that back: who created it, or MANAGE_MESSAGES."""
    return await actions.edit(context, document_id, viewer.user_id, data)


@delete("/documents/{document_id:str}")
async def remove(context: Injected[ActionContext], viewer: CurrentViewer, document_id: FromPath[UUID]) -> None:
    """Remove a document with its history: who created it, or MANAGE_MESSAGES."""
    await actions.delete(context, document_id, viewer.user_id)


@get("/documents/{document_id:str}/history", opt=COSTLY)
async def past(
    context: Injected[ActionContext],
    viewer: CurrentViewer,
    document_id: FromPath[UUID],
    before: Annotated[int | None, QueryParameter(ge=1, le=NEWEST)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
) -> History:
    """Who changed a document and when, newest first; after the entry at the position `before`."""
    await access.visible(context.permissions, context.database, document_id, viewer.user_id)
    return await history.page(context.database, document_id, before, limit)


@get("/documents/{document_id:str}/text", opt=COSTLY)
async def text(
    documents: Injected[Documents],
    viewer: CurrentViewer,
    document_id: FromPath[UUID],
    version: FromQuery[list[VersionId]],
) -> TextAt:
    """The text at a version; name it several times if it has several ids."""
    context = documents.context
    await access.visible(context.permissions, context.database, document_id, viewer.user_id)
    async with documents.texts.background.turn(viewer.user_id):
        return await history.text_at(context.database, document_id, version, documents.texts.background)


@post("/documents/{document_id:str}/revert", status_code=200, opt=counted(DOCUMENTS))
async def revert(
    documents: Injected[Documents], viewer: CurrentViewer, document_id: FromPath[UUID], data: JSONBody[Reversion]
) -> Document:
    """Make the text what it was at a version: who created the document, or MANAGE_MESSAGES."""
    version = [data.version] if isinstance(data.version, str) else data.version
    return await actions.revert(documents, document_id, viewer.user_id, version)


@get("/documents/{document_id:str}/authors", opt=COSTLY)
async def written_by(documents: Injected[Documents], viewer: CurrentViewer, document_id: FromPath[UUID]) -> Authors:
    """Who wrote what of a document's text, and when."""
    context = documents.context
    await access.visible(context.permissions, context.database, document_id, viewer.user_id)
    async with documents.texts.background.turn(viewer.user_id):
        return await history.authors(context.database, document_id, documents.texts.background)


ROUTES = [create, listing, one, edit, remove, past, text, revert, written_by]
"""Documents."""
