"""Tracebacks for the server log that quote nothing that users wrote.

PostgreSQL quotes the row that it refused (DETAIL), the line of a COPY (CONTEXT), and, in the message itself, values
that it cannot read; asyncpg quotes arguments that it cannot encode. So an unexpected error could put a password's hash
or a private message into the log. Every traceback that is logged goes through here.
"""

import traceback
from collections.abc import Iterator

import asyncpg


def traceback_of(error: BaseException) -> str:
    """The traceback of an error and of its causes."""
    return "".join(traceback.format_exception(without_rows(error)))


def without_rows(error: BaseException) -> BaseException:
    """The error, without the values that it and its causes quote."""
    for each in _chain(error, set()):
        if isinstance(each, asyncpg.PostgresError):
            each.detail = each.hint = each.context = None
        if isinstance(each, asyncpg.DataError):  # PostgreSQL's class 22, and what asyncpg cannot encode
            each.args = ("(left out: the message may quote a value)",)
    return error


def _chain(error: BaseException | None, seen: set[int]) -> Iterator[BaseException]:
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    yield error
    for behind in (error.__cause__, error.__context__, *getattr(error, "exceptions", ())):
        yield from _chain(behind, seen)
