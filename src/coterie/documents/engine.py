"""The engine that holds a text: a Loro document that begins with a snapshot's text and takes the edits since.

Edits come here in the order of their positions, already moved to where they belong (see `deltas`), so its history is a
straight line of one peer, the same in every process. docs/decisions/0165 says why it is not asked to merge, and why it
begins anew from time to time. Loro is loaded with the first text: it takes a tenth of a second and some megabytes,
which no command and no server without documents needs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from coterie.documents.deltas import Delta

PEER: Final = 1
NAME: Final = "text"

BYTES: Final = 20_000
BYTES_PER_CODE_POINT: Final = 16
"""What an engine takes of memory, roughly: measured with texts from one to a million code points."""


class Engine:
    """One text."""

    def __init__(self, text: str = "") -> None:
        from loro import LoroDoc

        self._document: Final = LoroDoc()  # type: ignore[no-untyped-call]
        self._document.peer_id = PEER
        self._text: Final = self._document.get_text(NAME)
        if text:
            self._text.insert(0, text)
            self._document.commit()

    def __str__(self) -> str:
        return str(self._text)

    def __len__(self) -> int:
        return len(self._text)

    def apply(self, delta: Delta) -> bytes:
        """Change the text; answers the bytes with which `take` does the same elsewhere.

        Raises ValueError for what reaches beyond the text.
        """
        from loro import ExportMode

        with _refusing():
            before = self._document.oplog_vv
            self._change(delta)
            self._document.commit()
            return self._document.export(ExportMode.Updates(before))

    def _change(self, delta: Delta) -> None:
        at = 0
        for op in delta:
            if isinstance(op, str):
                self._text.insert(at, op)
                at += len(op)
            elif op > 0:
                at += op
            else:
                self._text.delete(at, -op)

    def take(self, updates: list[bytes]) -> None:
        """Follow edits that were made elsewhere, in their order; raises ValueError if they do not fit."""
        with _refusing():
            status = self._document.import_batch(updates)
        if status.pending:
            raise ValueError("an edit is missing in between")

    @property
    def weight(self) -> int:
        """The bytes of memory that it takes, roughly."""
        return BYTES + BYTES_PER_CODE_POINT * len(self._text)


@contextmanager
def _refusing() -> Iterator[None]:
    """Loro's errors are no `Exception`: nobody who means to catch all would catch them."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        raise ValueError(str(error)) from error
