"""A file as an answer: streamed, whole or in part, cached by browsers for good, and harmless whatever it contains.

The content at an address never changes, so the file's id is its ETag. Whatever a file contains, browsers treat it as
its declared type (nosniff), give it no origin, and run nothing in it (the policy).
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from litestar import Request
from litestar.types import Receive, Scope, Send

from coterie.errors import CoterieError
from coterie.files.content import TEXTS
from coterie.files.errors import RANGE_NOT_SATISFIABLE
from coterie.files.storage import Storage

POLICY: Final = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
VIEWED: Final = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""For a PDF in the browser's own viewer, which keeps it from the origin; Safari shows an empty page under `sandbox`."""

FOR_EVER: Final = "private, max-age=31536000, immutable"
PUBLIC_FOREVER: Final = "public, max-age=31536000, immutable"
FOR_A_DAY: Final = "public, max-age=86400"
RANGE: Final = re.compile(r"bytes=(?P<first>\d{0,18})-(?P<last>\d{0,18})")


@dataclass(frozen=True, slots=True)
class Served:
    """What to serve: an object of the storage, or its thumbnail; `size` in bytes."""

    id: UUID
    part: str
    size: int
    mime_type: str
    disposition: str
    cache_control: str
    resource_policy: Literal["same-origin", "cross-origin"] = "same-origin"
    policy: str = POLICY

    @property
    def etag(self) -> str:
        return f'"{self.id.hex}{self.part}"'


class FileAnswer:
    """Answers one request for a file, as plain ASGI."""

    def __init__(self, storage: Storage, file: Served, request: Request[Any, Any, Any]) -> None:
        """Raises RANGE_NOT_SATISFIABLE."""
        self._storage: Final = storage
        self._file: Final = file
        self._is_known: Final = is_named(request.headers.get("if-none-match", ""), file.etag)
        self._is_head: Final = request.method == "HEAD"
        wants = request.headers.get("range") if request.headers.get("if-range", file.etag) == file.etag else None
        self._range: Final = None if self._is_head or wants is None else chosen(wants, file.size)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = 304 if self._is_known else 206 if self._range else 200
        start, end = self._range or (0, self._file.size)
        content = self._storage.read(self._file.id, self._file.part, start, end)
        first = await anext(content, b"") if status != 304 and not self._is_head else b""
        await send({"type": "http.response.start", "status": status, "headers": self._headers(status, start, end)})
        if first:
            await self._stream(send, first, content)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _stream(self, send: Send, first: bytes, rest: AsyncIterator[bytes]) -> None:
        await send({"type": "http.response.body", "body": first, "more_body": True})
        async for chunk in rest:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})

    def _headers(self, status: int, start: int, end: int) -> list[tuple[bytes, bytes]]:
        file = self._file
        headers = {
            "etag": file.etag,
            "cache-control": file.cache_control,
            "cross-origin-resource-policy": file.resource_policy,
        }
        if status != 304:
            headers |= {
                "content-type": f"{file.mime_type}; charset=utf-8" if file.mime_type in TEXTS else file.mime_type,
                "content-length": str(end - start),
                "content-disposition": file.disposition,
                "accept-ranges": "bytes",
                "content-security-policy": file.policy,
                "x-content-type-options": "nosniff",
            }
        if status == 206:
            headers["content-range"] = f"bytes {start}-{end - 1}/{file.size}"
        return [(name.encode(), value.encode()) for name, value in headers.items()]


def is_named(if_none_match: str, etag: str) -> bool:
    """Whether the header names this version; a W/ prefix makes no difference here (RFC 9110, 13.1.2)."""
    names = [each.strip().removeprefix("W/") for each in if_none_match.split(",")]
    return etag in names or names == ["*"]


def chosen(header: str, size: int) -> tuple[int, int] | None:
    """The bytes that a Range header asks for: from, and up to but not including. None for the whole file.

    Several ranges at once, other units and invalid headers get the whole file, as RFC 9110 allows.
    """
    found = RANGE.fullmatch(header.strip())
    if found is None or not (found["first"] or found["last"]):
        return None
    if found["first"]:
        start, end = int(found["first"]), min(int(found["last"] or size), size - 1) + 1
        if found["last"] and int(found["last"]) < start:
            return None
    else:
        start, end = max(0, size - int(found["last"])), size
    if start >= size or start == end:
        raise CoterieError(RANGE_NOT_SATISFIABLE, headers={"Content-Range": f"bytes */{size}"})
    return start, end
