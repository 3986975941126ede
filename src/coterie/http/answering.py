"""How requests become calls and errors become answers, the same for every REST route.

The body is decoded strictly, once, into the type that the route declares; a body that does not fit is answered with the
wrong fields. Every error is JSON from the catalogue, whatever raised it.
"""

import re
from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

import asyncpg
import msgspec
import structlog
from litestar import Litestar, MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import Empty

from coterie import errors
from coterie.database.trouble import PASSING, PoolExhaustedError
from coterie.errors import CoterieError, Entry
from coterie.http import compression
from coterie.http.asgi import Receive, Scope, Send
from coterie.http.bodies import GoneError
from coterie.http.request_services import services_of
from coterie.process.tracebacks import traceback_of

log = structlog.get_logger(__name__)

encoder: Final = msgspec.json.Encoder()
ONE_LINE: Final = r"^[^\x00-\x1f\x7f]*$"
"""The characters of a name to search for, in the address of a request."""

BODILESS: Final = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}

CONSTRAINT: Final = re.compile(r"^Expected `[a-z]+` (of length|matching|<|>|that)")
UNKNOWN_STATUS: Final = re.compile(r"^Invalid enum value .* - at `\$\.status`$", re.DOTALL)
"""A status that does not exist: clients take it for a value out of bounds, unlike the other enumerations."""

PLACE: Final = re.compile(r"^(?P<reason>.*?)(?: - at `\$\.?(?P<field>.*)`)?$", re.DOTALL)
MISSING: Final = re.compile(r"(?P<how>missing required|unknown) field `(?P<field>[^`]*)`")

VIOLATIONS: Final = {
    "users_username": errors.USERNAME_TAKEN,
    "users_email": errors.EMAIL_TAKEN,
    "server_members_pkey": errors.ALREADY_MEMBER,
    "contacts_pkey": errors.ALREADY_FRIENDS,
    "friend_requests_pending": errors.REQUEST_PENDING,
}
"""What a violated constraint means if two requests raced past the check."""

BUSY_SECONDS: Final = 2
"""A client that got no turn may ask again after this time."""

UNSTORABLE: Final = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)
STATUSES: Final = {
    HTTPStatus.BAD_REQUEST: errors.INVALID,
    HTTPStatus.UNAUTHORIZED: errors.UNAUTHENTICATED,
    HTTPStatus.NOT_FOUND: errors.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED: errors.METHOD_NOT_ALLOWED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: errors.TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: errors.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.TOO_MANY_REQUESTS: errors.RATE_LIMITED,
}


class JsonRequest(Request[Any, Any, Any]):
    """A request whose body is decoded straight into the type that its route declares."""

    async def body(self) -> bytes:
        limit = self.route_handler.resolve_request_max_body_size()
        if limit is None or self._body is not Empty:
            return await super().body()
        bodies = services_of(self).bodies
        if self.route_handler.opt.get("body") == "text":
            limit = bodies.text_limit
        try:
            body: bytes = await bodies.read(self.scope, self.receive, limit)  # type: ignore[arg-type]
        except GoneError:
            raise CoterieError(errors.REQUEST_TIMEOUT) from None
        self._body = body
        return body

    async def json(self) -> Any:
        body = await self.body()
        field = self.route_handler.parsed_data_field
        content_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != "application/json" and not content_type.endswith("+json"):
            raise CoterieError(errors.UNSUPPORTED_MEDIA_TYPE)
        return decode(body, field.annotation if field else Any)


class JsonResponse(Response[Any]):
    """A route's answer; plain JSON without headers of its own takes a shorter path than the framework's."""

    def to_asgi_response(self, app: Litestar | None, request: Request[Any, Any, Any], **given: Any) -> Any:
        status = self.status_code or HTTPStatus.OK
        is_plain = self.media_type == MediaType.JSON and status not in BODILESS
        if not is_plain or self.headers or given.get("headers") or given.get("cookies"):
            return super().to_asgi_response(app, request, **given)
        body = encoder.encode(self.content)
        may_shrink = len(body) >= compression.SMALLEST and request.route_handler.opt.get("compressed")
        if may_shrink and not compression.is_secret(body):
            return LongJson(status, body)
        return Json(status, body)


class Json:
    """An answer that is JSON already."""

    __slots__ = ("_body", "_status")

    def __init__(self, status: int, body: bytes) -> None:
        self._status = status
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._send(send, self._body)

    async def _send(self, send: Send, body: bytes, *also: tuple[bytes, bytes]) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), *also]
        await send({"type": "http.response.start", "status": self._status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})


class LongJson(Json):
    """One that is compressed for clients that accept it."""

    __slots__ = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        header = dict(scope["headers"]).get(b"accept-encoding", b"")
        varies = (b"vary", b"Accept-Encoding")
        if b"gzip" in compression.accepted(header):
            body = await compression.compressed(self._body)
            await self._send(send, body, (b"content-encoding", b"gzip"), varies)
        else:
            await self._send(send, self._body, varies)


def decode(body: bytes, type: Any) -> Any:
    """Decode JSON strictly; raises INVALID for a value out of bounds, UNPROCESSABLE for a wrong shape."""
    try:
        return msgspec.json.decode(body, type=type)
    except msgspec.ValidationError as error:
        raise invalid(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise CoterieError(errors.MALFORMED_JSON) from None


def invalid(message: str) -> CoterieError:
    """The catalogue error for a message of the decoder, such as "Expected `int`, got `str` - at `$.limit`"."""
    found = PLACE.match(message)
    reason = found["reason"] if found else message
    named = MISSING.search(reason)
    field = named["field"] if named else (found and found["field"]) or ""
    is_out_of_bounds = CONSTRAINT.match(reason) or UNKNOWN_STATUS.match(message)
    entry = errors.INVALID if is_out_of_bounds else errors.UNPROCESSABLE
    sentence = f"This field is {named['how'].removeprefix('missing ')}." if named else reason.replace("`", "")
    return CoterieError(
        entry, f"{field}: {sentence}" if field else sentence, fields={field: sentence} if field else None
    )


def answer(error: CoterieError) -> Response[dict[str, Any]]:
    """An error as it goes over the wire."""
    return Response(error.body(), status_code=error.entry.status, headers=error.headers(), media_type=MediaType.JSON)


def on_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The only exception handler of REST: for any exception, the client gets a catalogue entry."""
    response = answer(meaning(error, request.method, request.scope["path"]))
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)
    return response


def meaning(error: BaseException, method: str, path: str) -> CoterieError:
    """What the client receives for an error; an unexpected one is logged, and answered with its incident number."""
    return translate(error) or incident(error, method=method, path=path)


def translate(error: BaseException) -> CoterieError | None:
    """The catalogue error for an exception, or None if it is unexpected."""
    if isinstance(error, CoterieError):
        return error
    if isinstance(error, ValidationException):
        return _parameters(error)
    if isinstance(error, HTTPException):
        entry = STATUSES.get(HTTPStatus(error.status_code))
        return CoterieError(entry) if entry else None
    return _database(error)


def _database(error: BaseException) -> CoterieError | None:
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        entry: Entry | None = VIOLATIONS.get(getattr(error, "constraint_name", "") or "")
        if entry is None and isinstance(error, asyncpg.ForeignKeyViolationError):
            entry = errors.NOT_FOUND  # its target was removed meanwhile
        return CoterieError(entry) if entry else None
    if isinstance(error, UNSTORABLE):
        return CoterieError(errors.INVALID, "Text can't contain the character U+0000.")
    if isinstance(error, PoolExhaustedError):
        return overloaded()
    if isinstance(error, PASSING):
        log.error("database.unreachable", reason=type(error).__name__)
        return CoterieError(errors.UNAVAILABLE, retry_after=2)
    return None


def _parameters(error: ValidationException) -> CoterieError:
    """An invalid path or query parameter, or (the framework's parameter `data`) a missing body."""
    extra = error.extra if isinstance(error.extra, list) else []
    if any(each.get("key") == "data" for each in extra):
        return CoterieError(errors.MALFORMED_JSON, "This request needs a JSON body.")
    fields = {str(each.get("key", "")): str(each.get("message", "")).replace("`", "") for each in extra}
    sentence = "; ".join(f"{name}: {reason}" for name, reason in fields.items())
    return CoterieError(errors.INVALID, sentence or error.detail, fields=fields)


def incident(error: BaseException, **where: str) -> CoterieError:
    """Log an unexpected error, without what it quotes of a row, under a number that the client receives."""
    number = uuid4().hex[:12]
    log.error(
        "request.failed",
        incident=number,
        **where,
        error=type(error).__name__,
        traceback=traceback_of(error),
    )
    sentence = f"{errors.INTERNAL.sentence} If it happens again, give the operator this number: {number}"
    return CoterieError(errors.INTERNAL, sentence)


def overloaded() -> CoterieError:
    """This request got no turn in time."""
    return CoterieError(errors.OVERLOADED, retry_after=BUSY_SECONDS)


async def refuse(error: CoterieError, send: Send, *also: tuple[bytes, bytes], kind: str = "http") -> None:
    """Answer with an error by plain ASGI, adding the headers `also`; `kind` is "websocket.http" for a handshake."""
    body = encoder.encode(error.body())
    given = {"content-type": "application/json", "content-length": str(len(body)), "cache-control": "no-store"}
    named = given | {name.lower(): value for name, value in error.headers().items()}
    headers = [*((name.encode(), value.encode("latin-1")) for name, value in named.items()), *also]
    await send({"type": f"{kind}.response.start", "status": error.entry.status, "headers": headers})
    await send({"type": f"{kind}.response.body", "body": body, "more_body": False})
