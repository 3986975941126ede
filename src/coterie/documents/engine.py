"""The engine that holds a text: a Loro document, whose bytes are small, and from which every earlier state can be had.

Edits come here in the order of their positions, already moved to where they belong (see `deltas`), so its history is a
straight line of one peer, and its counter after an edit names the state at that position. docs/decisions/0165 says why
it is not asked to merge.
"""

from typing import Final

from loro import ExportMode, LoroDoc

from coterie.documents.deltas import Delta

PEER: Final = 1
NAME: Final = "text"

BYTES: Final = 20_000
BYTES_PER_CODE_POINT: Final = 16
"""What an engine takes of memory, roughly: measured with texts from one to a million code points."""


class Engine:
    """One text. `stored` is what `snapshot` answered; without it the text is empty."""

    def __init__(self, stored: bytes | None = None) -> None:
        self._document: Final = LoroDoc()  # type: ignore[no-untyped-call]
        if stored is not None:
            self._document.import_(stored)
        self._document.peer_id = PEER
        self._text: Final = self._document.get_text(NAME)

    def __str__(self) -> str:
        return str(self._text)

    def __len__(self) -> int:
        return len(self._text)

    def apply(self, delta: Delta) -> bytes:
        """Change the text; answers the bytes with which `take` does the same elsewhere."""
        before = self._document.oplog_vv
        at = 0
        for op in delta:
            if isinstance(op, str):
                self._text.insert(at, op)
                at += len(op)
            elif op > 0:
                at += op
            else:
                self._text.delete(at, -op)
        self._document.commit()
        return self._document.export(ExportMode.Updates(before))

    def take(self, updates: list[bytes]) -> None:
        """Follow edits that were made elsewhere, in their order."""
        status = self._document.import_batch(updates)
        if status.pending:
            raise ValueError("an edit is missing in between")

    def snapshot(self) -> bytes:
        """Everything, with the history."""
        return self._document.export(ExportMode.Snapshot())

    @property
    def weight(self) -> int:
        """The bytes of memory that it takes, roughly."""
        return BYTES + BYTES_PER_CODE_POINT * len(self._text)
