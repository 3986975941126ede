"""How requests become calls and errors become answers, for every REST route alike.

The body is read strictly, once, into the type that the route names; what does not fit is answered with the fields
that are wrong. Every error is JSON from the catalogue, whatever raised it.
"""

import re
import traceback
from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

import asyncpg
import msgspec
import structlog
from litestar import Litestar, MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException

from coterie import deadlines, errors
from coterie.asgi import Receive, Scope, Send
from coterie.database.trouble import PASSING, PoolExhaustedError
from coterie.errors import CoterieError, Entry

log = structlog.get_logger(__name__)

encoder: Final = msgspec.json.Encoder()
ONE_LINE: Final = r"^[^\x00-\x1f\x7f]*$"
"""What a name that is looked for may be of, in the address of a request."""

BODILESS: Final = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}

CONSTRAINT: Final = re.compile(r"^Expected `[a-z]+` (of length|matching|<|>|that)")
PLACE: Final = re.compile(r"^(?P<reason>.*?)(?: - at `\$\.?(?P<field>.*)`)?$", re.DOTALL)
MISSING: Final = re.compile(r"(missing required|unknown) field `(?P<field>[^`]*)`")

VIOLATIONS: Final = {
    "users_username": errors.USERNAME_TAKEN,
    "users_email": errors.EMAIL_TAKEN,
    "server_members_pkey": errors.ALREADY_MEMBER,
    "contacts_pkey": errors.ALREADY_FRIENDS,
    "friend_requests_pending": errors.REQUEST_PENDING,
    "custom_emojis_name": errors.EMOJI_NAME_TAKEN,
}
"""What a violated constraint means where two requests raced past the check."""

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
    """A request whose body is decoded straight into the type that its route names."""

    async def json(self) -> Any:
        body = await self.body()
        field = self.route_handler.parsed_data_field
        content_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != "application/json" and not content_type.endswith("+json"):
            raise CoterieError(errors.UNSUPPORTED_MEDIA_TYPE)
        return decode(body, field.annotation if field else Any)


class JsonResponse(Response[Any]):
    """What a route answers; plain JSON without headers of its own goes out with a few steps instead of many."""

    def to_asgi_response(self, app: Litestar | None, request: Request[Any, Any, Any], **given: Any) -> Any:
        status = self.status_code or HTTPStatus.OK
        is_plain = self.media_type == MediaType.JSON and status not in BODILESS
        if not is_plain or self.headers or given.get("headers") or given.get("cookies"):
            return super().to_asgi_response(app, request, **given)
        return Json(status, encoder.encode(self.content))


class Json:
    """An answer that is JSON already."""

    __slots__ = ("_body", "_status")

    def __init__(self, status: int, body: bytes) -> None:
        self._status = status
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(self._body))]
        await send({"type": "http.response.start", "status": self._status, "headers": headers})
        await send({"type": "http.response.body", "body": self._body, "more_body": False})


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
    entry = errors.INVALID if CONSTRAINT.match(reason) else errors.UNPROCESSABLE
    sentence = reason.replace("`", "")
    return CoterieError(
        entry, f"{field}: {sentence}" if field else sentence, fields={field: sentence} if field else None
    )


def answer(error: CoterieError) -> Response[dict[str, Any]]:
    """An error as it goes over the wire."""
    return Response(error.body(), status_code=error.entry.status, headers=error.headers(), media_type=MediaType.JSON)


def on_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The one exception handler: whatever happened, the client gets a catalogue entry."""
    found = translate(error)
    response = answer(found or _internal(request, error))
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)
    return response


def translate(error: Exception) -> CoterieError | None:
    """The catalogue error that an exception means, or None if nobody foresaw it."""
    if isinstance(error, CoterieError):
        return error
    if isinstance(error, ValidationException):
        return _parameters(error)
    if isinstance(error, HTTPException):
        entry = STATUSES.get(HTTPStatus(error.status_code))
        return CoterieError(entry) if entry else None
    return _database(error)


def _database(error: Exception) -> CoterieError | None:
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        entry: Entry | None = VIOLATIONS.get(getattr(error, "constraint_name", "") or "")
        if entry is None and isinstance(error, asyncpg.ForeignKeyViolationError):
            entry = errors.NOT_FOUND  # what it refers to went away meanwhile
        return CoterieError(entry) if entry else None
    if isinstance(error, UNSTORABLE):
        return CoterieError(errors.INVALID, "Text may not contain the character U+0000.")
    if isinstance(error, PoolExhaustedError):
        return deadlines.busy()
    if isinstance(error, PASSING):
        log.error("database.unreachable", reason=type(error).__name__)
        return CoterieError(errors.UNAVAILABLE, retry_after=2)
    return None


def _parameters(error: ValidationException) -> CoterieError:
    """A path or query parameter that does not fit, or (the framework's parameter `data`) no body at all."""
    extra = error.extra if isinstance(error.extra, list) else []
    if any(each.get("key") == "data" for each in extra):
        return CoterieError(errors.MALFORMED_JSON, "This call needs a JSON body.")
    fields = {str(each.get("key", "")): str(each.get("message", "")).replace("`", "") for each in extra}
    sentence = "; ".join(f"{name}: {reason}" for name, reason in fields.items())
    return CoterieError(errors.INVALID, sentence or error.detail, fields=fields)


def _internal(request: Request[Any, Any, Any], error: Exception) -> CoterieError:
    incident = uuid4().hex[:12]
    _without_rows(error)
    log.error(
        "request.failed",
        incident=incident,
        method=request.method,
        path=request.scope["path"],
        error=type(error).__name__,
        traceback="".join(traceback.format_exception(error)),
    )
    sentence = f"{errors.INTERNAL.sentence} If it happens again, tell the operator this number: {incident}"
    return CoterieError(errors.INTERNAL, sentence)


def _without_rows(error: BaseException | None) -> None:
    """Take out of the log what PostgreSQL quotes of a row that it refused: a password's hash, a person's words."""
    while error is not None:
        if isinstance(error, asyncpg.PostgresError):
            error.detail = None
        error = error.__cause__ or error.__context__


def encode_error(entry: Entry) -> bytes:
    """A catalogue entry as JSON, for answers outside of the framework."""
    return msgspec.json.encode(CoterieError(entry).body())
