"""The rows in a dump, and nothing else of it.

`pg_restore` turns a dump into a script of SQL. Anyone who can write a dump chooses what that script says, so no word of
it reaches PostgreSQL: only the lines between `COPY table (columns) FROM stdin;` and `\\.` are passed on, as
values for a table and columns that the caller knows.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from coterie.backup.damage import DamagedError

BEGIN: Final = re.compile(
    rb'COPY (?P<schema>\w+|"[^"\n]+")\.(?P<table>\w+|"[^"\n]+") \((?P<columns>[^\n]*)\) FROM stdin;'
)
END: Final = b"\n\\.\n"
LINE: Final = 1024 * 1024
"""How many bytes a line between the tables can have."""


@dataclass(frozen=True, slots=True)
class DumpedTable:
    """The rows of a table in PostgreSQL's text format, to be read to their end before the next table."""

    schema: str
    name: str
    columns: tuple[str, ...]
    rows: AsyncIterator[bytes]


async def dumped_tables(script: AsyncIterator[bytes]) -> AsyncIterator[DumpedTable]:
    """The tables of a script, in order. Raises `DamagedError`."""
    reading = _Script(script)
    while (line := await reading.line()) is not None:
        if found := BEGIN.fullmatch(line):
            columns = tuple(_name(each) for each in found["columns"].split(b", "))
            yield DumpedTable(_name(found["schema"]), _name(found["table"]), columns, reading.rows())


def _name(text: bytes) -> str:
    return text.decode(errors="replace").strip('"')


class _Script:
    """A script that is read as a stream, by lines or by the rows of a table."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks: Final = chunks
        self._buffer = b""

    async def line(self) -> bytes | None:
        """The next line without its end; None at the end of the script."""
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > LINE:
                raise DamagedError("its dump has a line that is longer than possible")
            if not await self._more():
                return None
        line, self._buffer = self._buffer[:end], self._buffer[end + 1 :]
        return line

    async def rows(self) -> AsyncIterator[bytes]:
        """Everything up to the mark that ends a table's rows, which stands in a line of its own."""
        self._buffer, skipped = b"\n" + self._buffer, 1  # so that the mark of an empty table follows a line end too
        while (end := self._buffer.find(END)) < 0:
            sure = max(0, len(self._buffer) - len(END) + 1)
            if sure:
                yield self._buffer[skipped:sure]
                self._buffer, skipped = self._buffer[sure:], 0
            if not await self._more():
                raise DamagedError("the end of its dump is missing")
        rows, self._buffer = self._buffer[skipped : end + 1], self._buffer[end + len(END) :]
        yield rows

    async def _more(self) -> bool:
        chunk = await anext(self._chunks, b"")
        self._buffer += chunk
        return bool(chunk)
