"""Log lines: structlog's, and those of every library, in one form and without secrets.

One JSON object per line in production, readable text in development. Passwords and tokens are removed from every value
before a line is written, since URLs carry them. Lines written while a request is handled include the request's id.
"""

import asyncio
import logging
import re
import sys
from contextvars import ContextVar
from typing import Any, Final, TextIO

import structlog

from coterie.process.tracebacks import traceback_of
from coterie.settings.record import Settings

_SECRETS: Final = (
    (re.compile(r"(?<=://)([^/\s:@]*):[^/\s@]+@"), r"\1:***@"),
    (
        re.compile(r"(?i)\b((?:access_|refresh_|bot_|reset_)?token|password|secret|sslpassword)=[^&\s\"']+"),
        r"\1=***",
    ),
    (re.compile(r"(?i)\b(bearer|bot)[\s.]+[\w.~+/=-]{16,}"), r"\1 ***"),
    (re.compile(r"\b(coterie_(?:session|refresh|device))=[^;,\s\"']+"), r"\1=***"),
)
_SECRET_NAMES: Final = frozenset(
    {"password", "new_password", "token", "access_token", "refresh_token", "bot_token", "secret"}
)

request_id: Final[ContextVar[str]] = ContextVar("request_id", default="")
"""The id of the request that is being handled (`coterie.http.request_ids`); empty outside a request."""


def redact(text: str) -> str:
    """The text with passwords in URLs, tokens in query strings and bearer tokens replaced by `***`."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def configure(settings: Settings, stream: TextIO | None = None) -> None:
    """Send structlog and the standard library's loggers to `stream` (standard output) in the chosen format."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared = _processors(settings.log_format)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    output = logging.StreamHandler(stream or sys.stdout)
    output.setFormatter(_formatter(settings.log_format, shared))
    root = logging.getLogger()
    root.handlers = [output]
    root.setLevel(level)
    _quieten(level)


def _quieten(level: int) -> None:
    """Uvicorn warns about every request that it cannot parse, and any stranger can send those endlessly. It also logs
    the query string of a WebSocket, which may contain a token."""
    errors = logging.getLogger("uvicorn.error")
    errors.setLevel(max(level, logging.ERROR))
    errors.addFilter(_is_no_cancellation)
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger("asyncpg.pool").addFilter(_in_one_line)
    for name in ("asyncio", "httpx", "websockets"):
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def _processors(form: str) -> list[structlog.typing.Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        _with_request_id,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso" if form == "json" else "%H:%M:%S", utc=form == "json"),
        _without_secrets,
    ]


def _formatter(form: str, shared: list[structlog.typing.Processor]) -> structlog.stdlib.ProcessorFormatter:
    """Tracebacks are plain text in both formats: structured ones show local variables, and with them secrets."""
    last = structlog.processors.JSONRenderer(default=str) if form == "json" else _for_people()
    ends: list[structlog.typing.Processor] = [_format_traceback, _without_secrets, last]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ends],
    )


_format_traceback: Final = structlog.processors.ExceptionRenderer(lambda info: traceback_of(info[1]))
"""Tracebacks are text, and quote no row."""


def _for_people() -> structlog.dev.ConsoleRenderer:
    """Plain tracebacks: the pretty ones show local variables, and with them secrets."""
    return structlog.dev.ConsoleRenderer(
        colors=sys.stdout.isatty(), pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
    )


def _in_one_line(record: logging.LogRecord) -> bool:
    """Shorten what the pool logs each time it cannot reach the database: its traceback says nothing more."""
    if record.exc_info and (problem := record.exc_info[1]):
        reason = str(problem).partition("\n")[0]
        record.msg, record.args = f"{record.getMessage()} ({type(problem).__name__}: {reason})", None
        record.exc_info = record.exc_text = None
    return True


def _is_no_cancellation(record: logging.LogRecord) -> bool:
    """False for a task that the shutdown cancelled, which uvicorn logs as an error of the application."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


def _with_request_id(logger: Any, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if id := request_id.get():
        event.setdefault("request_id", id)
    return event


def _without_secrets(logger: Any, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {name: "***" if name in _SECRET_NAMES else _cleaned(value) for name, value in event.items()}


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {name: "***" if name in _SECRET_NAMES else _cleaned(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_cleaned(inner) for inner in value]
    return value
