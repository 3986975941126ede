"""A multipart body, read part by part as its bytes arrive. At most one chunk of it is in memory.

The framework reads the whole body, to disk beyond a megabyte, before a route can look at it; here a part can be
refused after its first bytes.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final, TypeAlias

from litestar import Request
from multipart import (  # type: ignore[import-untyped]
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,
)

from coterie import errors
from coterie.errors import CoterieError
from coterie.files.errors import NOT_MULTIPART, UPLOAD_INTERRUPTED
from coterie.http.request_services import services_of

PART_LIMIT: Final = 200
"""Parts of one body, including those that are ignored."""

SILENCE_SECONDS: Final = 30.0
"""An upload is aborted when the client has sent nothing for this time."""

LEAST_BYTES_PER_SECOND: Final = 1024
"""An upload that is slower than this for longer than SILENCE_SECONDS is aborted too."""

OVERHEAD_BYTES: Final = 64 * 1024
"""What a form may contain besides its files."""

Event: TypeAlias = MultipartSegment | bytes | None


class Part:
    """One part; its bytes can be read once, before the next part."""

    def __init__(self, segment: MultipartSegment, events: AsyncIterator[Event]) -> None:
        self.name: Final[str] = segment.name
        self.filename: Final[str | None] = segment.filename
        self._events: Final = events
        self._is_over = False

    async def chunks(self) -> AsyncIterator[bytes]:
        """The bytes that have not been read yet."""
        while not self._is_over:
            event = await anext(self._events)
            self._is_over = event is None
            if event is not None:
                assert not isinstance(event, MultipartSegment), "a part must end before the next one begins"
                yield bytes(event)

    async def text(self, limit: int) -> str:
        """The whole part as text; raises INVALID if it is longer than `limit` bytes or not UTF-8."""
        content = bytearray()
        async for chunk in self.chunks():
            content += chunk
            if len(content) > limit:
                raise CoterieError(errors.INVALID, f"{self.name}: must have at most {limit} bytes")
        try:
            return content.decode()
        except UnicodeDecodeError:
            raise CoterieError(errors.INVALID, f"{self.name}: must be text in UTF-8") from None


class Form:
    """The body of a request, of at most `limit` bytes."""

    def __init__(self, request: Request[Any, Any, Any], limit: int) -> None:
        """Raises NOT_MULTIPART, or TOO_LARGE if the declared length is over the limit."""
        kind, options = parse_options_header(request.headers.get("content-type", ""))
        if kind != "multipart/form-data" or not options.get("boundary"):
            raise CoterieError(NOT_MULTIPART)
        length = request.headers.get("content-length", "")
        self._left = min(int(length), limit + 1) if length.isascii() and length.isdigit() else limit + 1
        if self._left > limit and length:
            raise CoterieError(errors.TOO_LARGE)
        self._limit: Final = limit
        self._received = 0
        self._waited = 0.0
        self._request: Final = request
        self._boundary: Final = options["boundary"]

    @property
    def still_to_come(self) -> int:
        """An upper bound of the bytes that have not been read yet."""
        return max(0, min(self._left, self._limit) - self._received)

    async def parts(self) -> AsyncIterator[Part]:
        """Every part in order; what is not read of a part is skipped."""
        events = self._events()
        async for event in events:
            assert isinstance(event, MultipartSegment), "a part must begin with its headers"
            part = Part(event, events)
            yield part
            async for _ in part.chunks():
                pass

    async def skip(self) -> None:
        """Read everything, and keep nothing: a client may not read the answer before it has sent its files."""
        async for _ in self.parts():
            pass

    async def _events(self) -> AsyncIterator[Event]:
        try:
            with PushMultipartParser(self._boundary, max_segment_count=PART_LIMIT) as parser:
                async for chunk in self._body():
                    for event in parser.parse(chunk):
                        yield event
        except MultipartError as error:
            raise CoterieError(UPLOAD_INTERRUPTED, f"The form can't be read: {error}.") from None

    async def _body(self) -> AsyncIterator[bytes]:
        services_of(self._request).bodies.upload(self._request.scope)  # type: ignore[arg-type]
        more = True
        while more:
            message = await self._next()
            more = message.get("more_body", False)
            chunk: bytes = message.get("body", b"")
            if self._received > self._limit:
                raise CoterieError(errors.TOO_LARGE)
            if chunk:
                yield chunk

    @property
    def patience(self) -> float:
        """How long the client may still let the server wait, in seconds; what the server itself does is no waiting."""
        earned = self._received / LEAST_BYTES_PER_SECOND
        return min(SILENCE_SECONDS, SILENCE_SECONDS + earned - self._waited)

    def note(self, size: int, *, waited: float) -> None:
        """Record bytes that have arrived after this many seconds."""
        self._received += size
        self._waited += waited

    async def _next(self) -> Any:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(self.patience):
                message = await self._request.receive()
        except TimeoutError:
            raise CoterieError(errors.UPLOAD_TIMEOUT) from None
        body: bytes = message.get("body", b"")  # type: ignore[assignment]
        self.note(len(body), waited=loop.time() - began)
        if message["type"] != "http.request":
            raise CoterieError(UPLOAD_INTERRUPTED)
        return message
