"""The routes of files: those of messages, and the pictures of accounts and servers."""

from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Request, get, post, route
from litestar.params import FromPath, QueryParameter
from litestar.types import ASGIApp

from coterie.files import actions
from coterie.files.answers import FileAnswer
from coterie.files.documented import FileOperation, FilesOperation
from coterie.files.form import Form
from coterie.files.limits import UPLOADS
from coterie.files.models import FileUpload
from coterie.files.receiving import Files
from coterie.http.injection import COOKIE, UPLOADING, CurrentViewer, Injected, counted
from coterie.messages.models import Attachment

UploadNonce = Annotated[
    str | None, QueryParameter(min_length=1, max_length=64, pattern="^[!-~]+$", description="Your key for this upload.")
]


@post(
    "/messages/{message_id:str}/attachments",
    opt=counted(UPLOADS) | UPLOADING,
    request_max_body_size=None,
    operation_class=FilesOperation,
)
async def attach(
    request: Request[Any, Any, Any],
    files: Injected[Files],
    viewer: CurrentViewer,
    message_id: FromPath[UUID],
    *,
    nonce: UploadNonce = None,
) -> list[Attachment]:
    """Add files to your own message. All of them are taken, or none. A repeated nonce adds nothing."""
    form = Form(request, files.limits.request)
    return await actions.attach(files, FileUpload(message_id, viewer.user_id, nonce), form)


@get("/messages/{message_id:str}/attachments")
async def attachments(files: Injected[Files], viewer: CurrentViewer, message_id: FromPath[UUID]) -> list[Attachment]:
    """The files of a message."""
    return await actions.attachments(files, message_id, viewer.user_id)


Size = Annotated[
    Literal["original", "thumbnail"], QueryParameter(description="A thumbnail is a WebP of at most 800 by 600 pixels.")
]
View = Annotated[bool, QueryParameter(description="Whether a browser is to show a PDF instead of saving it.")]


@get("/files/{message_id:str}/{name:str}", opt=COOKIE, operation_class=FileOperation)
async def file(
    request: Request[Any, Any, Any],
    files: Injected[Files],
    viewer: CurrentViewer,
    message_id: FromPath[UUID],
    name: FromPath[str],
    *,
    size: Size = "original",
    view: View = False,
) -> ASGIApp:
    """A file of a message, whole or in part. The session cookie counts here as well as a token."""
    found = await actions.served(files, message_id, name, viewer.user_id, "viewed" if view else size)
    return FileAnswer(files.storage, found, request)


file_head = route("/files/{message_id:str}/{name:str}", http_method="HEAD", opt=COOKIE, include_in_schema=False)(
    file.fn
)
"""What GET would answer, without the file."""


ROUTES = [attach, attachments, file, file_head]
