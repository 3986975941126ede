"""The routes of exports."""

from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Request, delete, get, post
from litestar.params import FromPath, QueryParameter
from litestar.types import ASGIApp

from coterie.exporting.actions import Exports
from coterie.exporting.models import Export, ExportState
from coterie.exporting.subjects import ServerSubject
from coterie.files.answers import FileAnswer
from coterie.files.documented import FileOperation
from coterie.http.injection import CurrentViewer, Injected

ARCHIVE: Final = {"cookie": True, "deadline": False}
STARTING: Final = {"upload": True}

ExportId = Annotated[UUID | None, QueryParameter(name="id", description="The export whose archive is downloaded.")]


@get("/servers/{server_id:str}/export", opt=ARCHIVE, operation_class=FileOperation)
async def download(
    request: Request[Any, Any, Any],
    exports: Injected[Exports],
    viewer: CurrentViewer,
    server_id: FromPath[UUID],
    *,
    export_id: ExportId = None,
) -> ASGIApp:
    """Everything in a server that you own, as a zip archive, whole or in part.

    Without `id` this waits up to 10 minutes until an archive is made that is younger than 5 minutes; a request with
    Range gets the last one. The session cookie counts here as well as a token.
    """
    is_part = "range" in request.headers
    return FileAnswer(
        exports.files.storage,
        await exports.archive(ServerSubject(server_id, viewer.user_id), export_id, is_part=is_part),
        request,
    )


@get("/servers/{server_id:str}/export/status")
async def status(exports: Injected[Exports], viewer: CurrentViewer, server_id: FromPath[UUID]) -> ExportState:
    """How far your last export of a server that you own is, and where its archive is."""
    return ExportState(await exports.last(ServerSubject(server_id, viewer.user_id)))


@post("/servers/{server_id:str}/export", opt=STARTING, status_code=202)
async def start(exports: Injected[Exports], viewer: CurrentViewer, server_id: FromPath[UUID]) -> Export:
    """Start making the archive of a server that you own. One that is being made, or is new, is answered instead."""
    return await exports.start(ServerSubject(server_id, viewer.user_id))


@delete("/servers/{server_id:str}/export")
async def remove(exports: Injected[Exports], viewer: CurrentViewer, server_id: FromPath[UUID]) -> None:
    """Remove the archive of a server that you own, or stop making it."""
    await exports.remove(ServerSubject(server_id, viewer.user_id))


ROUTES = [download, status, start, remove]
