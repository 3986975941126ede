"""The routes of avatars and server icons."""

from typing import Any
from uuid import UUID

from litestar import Request, delete, get, put
from litestar.params import FromPath
from litestar.types import ASGIApp

from coterie.accounts.models import User
from coterie.avatars import actions
from coterie.files.answers import FileAnswer
from coterie.files.documented import FileOperation, PictureOperation
from coterie.files.form import Form
from coterie.files.limits import UPLOADS
from coterie.files.receiving import Files
from coterie.http.injection import PUBLIC, UPLOADING, CurrentViewer, Injected, counted
from coterie.profiles.limits import PROFILE
from coterie.servers.models import CountedServer


@put(
    "/users/@me/avatar",
    opt=counted(UPLOADS, PROFILE) | UPLOADING,
    request_max_body_size=None,
    operation_class=PictureOperation,
)
async def set_avatar(request: Request[Any, Any, Any], files: Injected[Files], viewer: CurrentViewer) -> User:
    """Upload your picture. It is encoded again, as a square WebP of 256 pixels."""
    return await actions.set_avatar(files, viewer.user_id, Form(request, actions.FORM_BYTES))


@delete("/users/@me/avatar", opt=counted(PROFILE))
async def clear_avatar(files: Injected[Files], viewer: CurrentViewer) -> None:
    """Remove your picture."""
    await actions.clear_avatar(files, viewer.user_id)


@put(
    "/servers/{server_id:str}/icon",
    opt=counted(UPLOADS) | UPLOADING,
    request_max_body_size=None,
    operation_class=PictureOperation,
)
async def set_icon(
    request: Request[Any, Any, Any], files: Injected[Files], viewer: CurrentViewer, server_id: FromPath[UUID]
) -> CountedServer:
    """Upload the picture of a server. It is encoded again, as a square WebP of 256 pixels."""
    form = Form(request, actions.FORM_BYTES)
    return await actions.set_icon(files, server_id, viewer.user_id, form)


@delete("/servers/{server_id:str}/icon")
async def clear_icon(files: Injected[Files], viewer: CurrentViewer, server_id: FromPath[UUID]) -> None:
    """Remove the picture of a server."""
    await actions.clear_icon(files, server_id, viewer.user_id)


@get("/pictures/{file_id:str}", opt=PUBLIC, operation_class=FileOperation)
async def picture(request: Request[Any, Any, Any], files: Injected[Files], file_id: FromPath[UUID]) -> ASGIApp:
    """The picture of an account or a server, as their profiles name it."""
    return FileAnswer(files.storage, await actions.served(files, file_id), request)


ROUTES = [set_avatar, clear_avatar, set_icon, clear_icon, picture]
