"""The routes of files: those of messages, and the pictures of accounts and servers."""

from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Request, delete, get, post, put, route
from litestar.params import FromPath, QueryParameter
from litestar.types import ASGIApp

from coterie.accounts.models import User
from coterie.files import actions, portraits
from coterie.files.answers import FileAnswer
from coterie.files.documented import FileOperation, FilesOperation, PictureOperation
from coterie.files.form import Form
from coterie.guards import COOKIE, PUBLIC, UPLOADS, Asking, Here
from coterie.messages.models import Attachment
from coterie.servers.models import CountedServer


@post("/messages/{message_id:str}/attachments", opt=UPLOADS, request_max_body_size=None, operation_class=FilesOperation)
async def attach(
    request: Request[Any, Any, Any], services: Here, viewer: Asking, message_id: FromPath[UUID]
) -> list[Attachment]:
    """Add files to a message that one wrote. All of them are taken, or none."""
    form = Form(request, services.files.limits.request)
    return await actions.attach(services.files, message_id, viewer.user_id, form)


@get("/messages/{message_id:str}/attachments")
async def attachments(services: Here, viewer: Asking, message_id: FromPath[UUID]) -> list[Attachment]:
    """The files of a message."""
    return await actions.attachments(services.files, message_id, viewer.user_id)


Size = Annotated[
    Literal["original", "thumbnail"], QueryParameter(description="A thumbnail is a WebP of 800 by 600 at most.")
]


@get("/files/{message_id:str}/{name:str}", opt=COOKIE, operation_class=FileOperation)
async def file(
    request: Request[Any, Any, Any],
    services: Here,
    viewer: Asking,
    message_id: FromPath[UUID],
    name: FromPath[str],
    *,
    size: Size = "original",
) -> ASGIApp:
    """A file of a message, whole or in part. The session cookie counts here as well as a token."""
    found = await actions.served(services.files, message_id, name, viewer.user_id, is_thumbnail=size == "thumbnail")
    return FileAnswer(services.files.storage, found, request)


file_head = route("/files/{message_id:str}/{name:str}", http_method="HEAD", opt=COOKIE, include_in_schema=False)(
    file.fn
)
"""What GET would answer, without the file."""


@put("/users/@me/avatar", opt=UPLOADS, request_max_body_size=None, operation_class=PictureOperation)
async def set_avatar(request: Request[Any, Any, Any], services: Here, viewer: Asking) -> User:
    """Upload one's picture. It is drawn anew, as a square WebP of 256 pixels."""
    return await portraits.set_avatar(services.files, viewer.user_id, Form(request, portraits.FORM_BYTES))


@delete("/users/@me/avatar")
async def clear_avatar(services: Here, viewer: Asking) -> None:
    """Remove one's picture."""
    await portraits.clear_avatar(services.files, viewer.user_id)


@put("/servers/{server_id:str}/icon", opt=UPLOADS, request_max_body_size=None, operation_class=PictureOperation)
async def set_icon(
    request: Request[Any, Any, Any], services: Here, viewer: Asking, server_id: FromPath[UUID]
) -> CountedServer:
    """Upload the picture of a server. It is drawn anew, as a square WebP of 256 pixels."""
    form = Form(request, portraits.FORM_BYTES)
    return await portraits.set_icon(services.files, server_id, viewer.user_id, form)


@delete("/servers/{server_id:str}/icon")
async def clear_icon(services: Here, viewer: Asking, server_id: FromPath[UUID]) -> None:
    """Remove the picture of a server."""
    await portraits.clear_icon(services.files, server_id, viewer.user_id)


@get("/pictures/{file_id:str}", opt=PUBLIC, operation_class=FileOperation)
async def portrait(request: Request[Any, Any, Any], services: Here, file_id: FromPath[UUID]) -> ASGIApp:
    """The picture of an account or a server, as their profiles name it."""
    return FileAnswer(services.files.storage, await portraits.served(services.files, file_id), request)


ROUTES = [attach, attachments, file, file_head, set_avatar, clear_avatar, set_icon, clear_icon, portrait]
